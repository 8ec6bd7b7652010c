/** Of all rounds, the middle one and the range. */
export interface Spread {
  median: number
  min: number
  max: number
}

export function toSpread(values: readonly number[]): Spread {
  return { median: percentile(values, 0.5), min: Math.min(...values), max: Math.max(...values) }
}

/** `part` from 0 to 1; between two values it is drawn straight. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * part
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place % 1)
}

/** One after the other, so that what else the machine does strikes both alike; who begins changes. */
export async function interleave(
  rounds: number,
  kit: () => Promise<number>,
  bare: () => Promise<number>,
): Promise<{ kit: Spread; bare: Spread; ratio: Spread }> {
  const kits: number[] = []
  const bares: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 0) kits.push(await kit())
    bares.push(await bare())
    if (round % 2 === 1) kits.push(await kit())
  }
  const ratios = kits.map((value, round) => value / (bares[round] ?? Number.NaN))
  return { kit: toSpread(kits), bare: toSpread(bares), ratio: toSpread(ratios) }
}
