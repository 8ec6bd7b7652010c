import type { Target } from './run/client.ts'
import { ask, modelAt } from './run/client.ts'
import type { Bench, Finding } from './run/report.ts'
import { judge, times } from './run/report.ts'
import { startSides } from './run/sides.ts'
import { percentile } from './run/stats.ts'

const SAMPLES = 200
const WARM_UP = 40
const PROMPT = 'stream 5 words every 1 ms'

export const ttft: Bench = {
  name: 'ttft',
  about: "time to the first piece of text, less the model's own, kit / bare, p50",
  async *run() {
    const sides = await startSides()
    try {
      const targets = [modelAt(sides.modelUrl), sides.bare.target, sides.kit.target, sides.kit.target]
      await sample(targets, WARM_UP, 'warm-up')
      const [model, bare, warm, fresh] = await sample(targets, SAMPLES, 'measured')
      const over = { bare: bare - model, warm: warm - model, fresh: fresh - model }
      yield toFinding('warm thread', over.warm, over.bare, 0.8)
      yield toFinding('new thread', over.fresh, over.bare, 1.3)
      yield { what: 'the model alone', found: `${model.toFixed(2)} ms` }
    } finally {
      await sides.stop()
    }
  },
}

/** p50 of the model, of bare, of the kit on one thread, and of the kit on a new thread each time: in turns. */
async function sample(
  targets: readonly Target[],
  count: number,
  name: string,
): Promise<[model: number, bare: number, warm: number, fresh: number]> {
  const times: number[][] = targets.map(() => [])
  for (let round = 0; round < count; round += 1) {
    for (const [place, target] of targets.entries()) {
      const thread = place === targets.length - 1 ? `${name}-${round}` : 'the-one'
      const { firstMs } = await ask(target, PROMPT, thread)
      times[place]?.push(firstMs)
    }
  }
  const [model = [], bare = [], warm = [], fresh = []] = times
  return [percentile(model, 0.5), percentile(bare, 0.5), percentile(warm, 0.5), percentile(fresh, 0.5)]
}

function toFinding(what: string, kit: number, bare: number, aim: number): Finding {
  const ratio = kit / bare
  const found = `${times(ratio)}  ${kit.toFixed(2)} / ${bare.toFixed(2)} ms over the model's`
  return { what, found, aim: times(aim), verdict: judge(ratio, aim) }
}
