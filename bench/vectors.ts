import type { Bundle } from './run/build.ts'
import { build } from './run/build.ts'
import type { Bench, Finding } from './run/report.ts'
import { judge } from './run/report.ts'
import { percentile } from './run/stats.ts'
import type { ServedWorker } from './run/workerd.ts'
import { serve } from './run/workerd.ts'
import type { Asked } from './vectors/index.ts'
import { nearestOf } from './vectors/exact.ts'
import { buildReader } from './vectors/memory-rate.ts'
import { measurePeers } from './vectors/peers.ts'
import type { SetName } from './vectors/sets.ts'
import { DIMENSION } from './vectors/sets.ts'

/** As floats the first fits into the cache of a processor, the second does not. */
const [SMALL, MIDDLE, LARGE] = [10_000, 30_000, 100_000]
const AIM_FLOATS_MS = 1.7
const AIM_BYTES_MS = 9
const AIM_RATE = 0.85
/** Queries of one request, and how often one is made. */
const [QUERIES, ROUNDS] = [20, 15]
const RECALL_QUERIES = 20
const FILL_AT_ONCE = 1000

/**
 * The search of a Store object in workerd. Clocks there do not run while it computes, so the time is taken from outside,
 * and the way there and back, measured in the same run on an index of one vector, is taken off.
 */
export const vectors: Bench = {
  name: 'vectors',
  about: 'the nearest 10 of many vectors in a Store object, beside sqlite-vec and usearch in Node',
  async *run() {
    await buildReader()
    const bundle = await build('bench/vectors/wrangler.toml')
    yield* measureRate(await measure(bundle, 'FLOATS', 'unstructured', MIDDLE))
    for (const set of ['unstructured', 'clustered'] as const) {
      yield speed(`${SMALL} as floats, ${set}`, await measure(bundle, 'FLOATS', set, SMALL), AIM_FLOATS_MS)
      yield speed(`${SMALL} as bytes, ${set}`, await measure(bundle, 'BYTES', set, SMALL))
      yield speed(`${LARGE} as bytes, ${set}`, await measure(bundle, 'BYTES', set, LARGE), AIM_BYTES_MS)
    }
    yield speed(`${LARGE} with the memory of an app`, await measure(bundle, 'STORE', 'unstructured', LARGE))
    yield speed(`${SMALL} in plain JavaScript`, await measure(bundle, 'PLAIN', 'unstructured', SMALL))
    yield* measurePeers([SMALL, LARGE])
  },
}

interface Measured {
  /** Of one query: of CPU, which is its time where nothing else runs, p50; and by the clock, p50 and the best round. */
  cpuMs: number
  ms: number
  bestMs: number
  /** CPU to read as many bytes as the set has as floats, in the same process, between the queries. */
  readMs: number
  /** Of the first one, when nothing is in memory. */
  coldMs: number
  recall: number
}

async function measure(
  bundle: Bundle,
  binding: Asked['binding'],
  set: SetName,
  count: number,
): Promise<Measured> {
  // First, because it takes so long that a connection would be closed meanwhile.
  const expected = nearestOf(set, count, RECALL_QUERIES)
  const worker = await serve(bundle)
  const ask = async (asked: Pick<Asked, 'do' | 'from' | 'count' | 'isEmpty'>): Promise<string[][]> => {
    const body = JSON.stringify({ binding, set, ...asked } satisfies Asked)
    const response = await fetch(worker.url, { method: 'POST', body })
    if (!response.ok) throw new Error(`Cannot measure: ${response.status} ${await response.text()}`)
    // What the Worker of this bench says.
    return (await response.json()) as string[][]
  }
  try {
    await ask({ do: 'fill', from: 0, count: 1, isEmpty: true })
    for (let from = 0; from < count; from += FILL_AT_ONCE)
      await ask({ do: 'fill', from, count: Math.min(FILL_AT_ONCE, count - from) })
    const { cpuMs: coldMs } = await take(worker, () => ask({ do: 'query', from: 1, count: 1 }))
    const found = await ask({ do: 'query', from: 1, count: RECALL_QUERIES })
    const readCount = Math.min(count, MIDDLE)
    const hits = found.flatMap((ids, at) => ids.filter((id) => expected[at]?.has(id)))
    const [all, one, read]: [Taken[], Taken[], Taken[]] = [[], [], []]
    await ask({ do: 'read', from: readCount, count: QUERIES })
    for (let round = 0; round < ROUNDS; round += 1) {
      const from = 1000 + QUERIES * round
      all.push(await take(worker, () => ask({ do: 'query', from, count: QUERIES })))
      one.push(await take(worker, () => ask({ do: 'query', from, count: QUERIES, isEmpty: true })))
      read.push(await take(worker, () => ask({ do: 'read', from: readCount, count: QUERIES })))
    }
    const cpu = (taken: Taken[]): number => middle(taken.map(({ cpuMs }) => cpuMs)) / QUERIES
    const clock = (taken: Taken[]): number[] => taken.map(({ ms }) => ms / QUERIES)
    return {
      cpuMs: cpu(all) - cpu(one),
      readMs: cpu(read),
      ms: middle(clock(all)) - middle(clock(one)),
      bestMs: Math.min(...clock(all)) - Math.min(...clock(one)),
      coldMs,
      recall: hits.length / (10 * RECALL_QUERIES),
    }
  } finally {
    await worker.stop()
  }
}

function* measureRate(floats: Measured): Generator<Finding> {
  yield speed(`${MIDDLE} as floats`, floats)
  const reached = floats.readMs / floats.cpuMs
  const bytes = 4 * DIMENSION * MIDDLE
  const rates = [floats.cpuMs, floats.readMs].map((ms) => (bytes / ms / 1e6).toFixed(1))
  yield {
    what: '  of what a stream reads from memory',
    found: `${(100 * reached).toFixed(0)} %  ${rates.join(' / ')} GB/s`,
    aim: `${100 * AIM_RATE} %`,
    verdict: judge(AIM_RATE, reached),
  }
}

function speed(what: string, { cpuMs, ms, bestMs, coldMs, recall }: Measured, aim?: number): Finding {
  const found = `${cpuMs.toFixed(2)} ms of CPU, ${ms.toFixed(2)} by the clock (best ${bestMs.toFixed(2)}); the first ${coldMs.toFixed(0)} ms, recall@10 ${recall.toFixed(3)}`
  if (recall < 1) return { what, found, aim: 'recall 1.000', verdict: 'wrong' }
  return aim === undefined ? { what, found } : { what, found, aim: `${aim} ms`, verdict: judge(cpuMs, aim) }
}

interface Taken {
  ms: number
  cpuMs: number
}

async function take(worker: ServedWorker, work: () => Promise<unknown>): Promise<Taken> {
  const [began, cpu] = [performance.now(), worker.cpuMs()]
  await work()
  return { ms: performance.now() - began, cpuMs: worker.cpuMs() - cpu }
}

function middle(values: number[]): number {
  return percentile(values, 0.5)
}
