import type { Target } from './run/client.ts'
import { ask, modelAt } from './run/client.ts'
import type { Bench, Finding } from './run/report.ts'
import { judge, times } from './run/report.ts'
import { startSides } from './run/sides.ts'
import { percentile } from './run/stats.ts'

const SAMPLES = 200
const WARM_UP = 40
const PROMPT = 'stream 5 words every 1 ms'
/** What a chat client posts again with every question, and what the kit's agent is shown of its thread. */
const PAST = Array.from({ length: 5 }, () => [PROMPT, 'word0 word1 word2 word3 word4']).flat()

interface Case {
  target: Target
  /** Undefined: a new one each time. */
  thread?: string
  past: readonly string[]
}

export const ttft: Bench = {
  name: 'ttft',
  about: "time to the first piece of text, less the model's own, kit / bare, p50",
  async *run() {
    const sides = await startSides()
    const [kit, bare, model] = [sides.kit.target, sides.bare.target, modelAt(sides.modelUrl)]
    const cases: Case[] = [
      { target: model, past: PAST },
      { target: bare, past: PAST },
      { target: kit, past: PAST, thread: 'one' },
      { target: model, past: [] },
      { target: bare, past: [] },
      { target: kit, past: [] },
    ]
    try {
      await sample(cases, WARM_UP)
      const [model, bare, kit, modelNew, bareNew, kitNew] = await sample(cases, SAMPLES)
      yield toFinding('warm thread', { model, bare, kit }, 0.8)
      yield toFinding('new thread', { model: modelNew, bare: bareNew, kit: kitNew }, 1.3)
    } finally {
      await sides.stop()
    }
  },
}

let threads = 0

/** p50 of each, in milliseconds; they take turns. */
async function sample(cases: readonly Case[], count: number): Promise<number[]> {
  const times: number[][] = cases.map(() => [])
  for (let round = 0; round < count; round += 1) {
    for (const [place, { target, thread, past }] of cases.entries()) {
      threads += 1
      const { firstMs } = await ask(target, PROMPT, thread ?? `ttft-${threads}`, past)
      times[place]?.push(firstMs)
    }
  }
  return times.map((samples) => percentile(samples, 0.5))
}

type Times = Record<'model' | 'bare' | 'kit', number | undefined>

function toFinding(what: string, { model = 0, bare = 0, kit = 0 }: Times, aim: number): Finding {
  const ratio = (kit - model) / (bare - model)
  const over = `${(kit - model).toFixed(2)} / ${(bare - model).toFixed(2)} ms`
  const found = `${times(ratio)}  ${over} over the model's ${model.toFixed(2)}`
  return { what, found, aim: times(aim), verdict: judge(ratio, aim) }
}
