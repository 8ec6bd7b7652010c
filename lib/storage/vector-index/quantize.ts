import type { VectorMetric } from '../vectors.ts'

/** A vector as rows are compared: for the metric cosine its direction, else as it is. */
export interface Prepared {
  numbers: Float64Array
  /** Of `numbers`: for cosine 1, or 0 where there is no direction. */
  length: number
}

export function prepare(metric: VectorMetric, vector: Float32Array): Prepared {
  const numbers = Float64Array.from(vector)
  const length = lengthOf(numbers)
  if (metric !== 'cosine' || length === 0) return { numbers, length }
  for (let at = 0; at < numbers.length; at += 1) numbers[at] = (numbers[at] ?? 0) / length
  return { numbers, length: 1 }
}

/** Numbers rounded to steps: `numbers` is about `scale * codes`, and `error` is the length of what is missing. */
export interface Rounded {
  scale: number
  error: number
}

/**
 * Rounds to integers from `-most` to `most`. The scale is what a 32-bit float holds, so that the error is known
 * exactly, wherever it is kept.
 */
export function round(numbers: Float64Array, most: number, codes: Int8Array | Int16Array): Rounded {
  let largest = 0
  for (const number of numbers) largest = Math.max(largest, Math.abs(number))
  const scale = Math.fround(largest / most)
  let squares = 0
  for (let at = 0; at < numbers.length; at += 1) {
    const number = numbers[at] ?? 0
    // Beyond `most` only where 32-bit floats are too coarse for the scale.
    const code = scale === 0 ? 0 : Math.max(-most, Math.min(most, Math.round(number / scale)))
    codes[at] = code
    squares += (number - code * scale) ** 2
  }
  return { scale, error: Math.sqrt(squares) }
}

/** Sums of products with 8-bit codes must stay within 32 bits. */
export function mostOfQuery(dimension: number): number {
  return Math.min(0x3fff, Math.floor(0x7fff_ffff / (127 * dimension)))
}

/** Never less than it was: what bounds an error may not be rounded down. */
export function roundUp(number: number): number {
  return Math.fround(number * (1 + 1e-6))
}

function lengthOf(numbers: Float64Array): number {
  let squares = 0
  for (const number of numbers) squares += number * number
  return Math.sqrt(squares)
}
