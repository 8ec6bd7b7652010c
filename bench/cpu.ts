import { ask } from './run/client.ts'
import type { Bench, Finding } from './run/report.ts'
import { judge, times } from './run/report.ts'
import type { Side, Sides } from './run/sides.ts'
import { startSides } from './run/sides.ts'
import { interleave } from './run/stats.ts'

interface Load {
  what: string
  streams: number
  prompt: string
  aim?: number
  wrong?: number
}

/**
 * Paced, so that each chunk arrives on its own, as a model sends it; unpaced, a whole answer comes in a few reads.
 * The pace leaves either side time to sleep: a side that cannot keep up would get its chunks in heaps.
 */
const LOADS: readonly Load[] = [
  {
    what: 'one stream, a chunk every 2 ms',
    streams: 1,
    prompt: 'stream 1000 words every 2 ms',
    aim: 0.55,
    wrong: 0.7,
  },
  {
    what: '20 streams, a chunk every 25 ms each',
    streams: 20,
    prompt: 'stream 200 words every 25 ms',
    aim: 0.45,
    wrong: 0.6,
  },
  { what: 'one stream, unpaced', streams: 1, prompt: 'stream 4000 words' },
]

const ROUNDS = 8

export const cpu: Bench = {
  name: 'cpu',
  about: 'CPU of workerd per 1,000 streamed chunks, kit / bare; every stream on a new thread',
  async *run() {
    const sides = await startSides()
    try {
      await warmUp(sides)
      for (const load of LOADS) yield await measure(sides, load)
    } finally {
      await sides.stop()
    }
  },
}

async function warmUp({ kit, bare }: Sides): Promise<void> {
  for (const side of [kit, bare]) {
    await spend(side, { what: '', streams: 20, prompt: 'stream 100 words every 10 ms' })
    await spend(side, { what: '', streams: 1, prompt: 'stream 2000 words' })
  }
}

async function measure({ kit, bare }: Sides, load: Load): Promise<Finding> {
  const { ratio, ...ms } = await interleave(
    ROUNDS,
    () => spend(kit, load),
    () => spend(bare, load),
  )
  const range = `${times(ratio.median)} (${ratio.min.toFixed(2)}..${ratio.max.toFixed(2)})`
  const found = `${range}  ${ms.kit.median.toFixed(0)} / ${ms.bare.median.toFixed(0)} ms`
  const { what, aim, wrong } = load
  if (aim === undefined) return { what, found }
  return { what, found, aim: `${times(aim)}`, verdict: judge(ratio.median, aim, wrong) }
}

let threads = 0

/** CPU milliseconds per 1,000 chunks. */
async function spend({ worker, target }: Side, { streams, prompt }: Load): Promise<number> {
  const before = worker.cpuMs()
  const answers = await Promise.all(
    Array.from({ length: streams }, () => ask(target, prompt, `cpu-${(threads += 1)}`)),
  )
  const spent = worker.cpuMs() - before
  return (spent / answers.reduce((sum, { chunks }) => sum + chunks, 0)) * 1000
}
