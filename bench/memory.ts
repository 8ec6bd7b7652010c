import { build } from './run/build.ts'
import type { Target } from './run/client.ts'
import { ask, kitAt } from './run/client.ts'
import { startModel } from './run/model.ts'
import type { Bench, Finding } from './run/report.ts'
import { judge, times } from './run/report.ts'
import { modelVars } from './run/sides.ts'
import { percentile } from './run/stats.ts'
import { serve } from './run/workerd.ts'

const SAMPLES = 100
const WARM_UP = 20
const PROMPT = 'stream 5 words every 1 ms'
/** How long the threads are that are compared, in messages. */
const [SHORT, LONG] = [20, 10_000]
const AIM_MS = 3
/** A turn on the long thread, over one on the short. */
const AIM_GROWTH = 1.15

export const memory: Bench = {
  name: 'memory',
  about: 'what memory adds to the time to first text, and how it grows with a thread',
  async *run() {
    const model = await startModel()
    const worker = await serve(await build('bench/memory/wrangler.toml'), { vars: modelVars(model.url) })
    try {
      yield* measure(worker.url)
    } finally {
      await Promise.all([worker.stop(), model.stop()])
    }
  },
}

interface Case {
  target: Target
  thread: string
}

async function* measure(url: string): AsyncGenerator<Finding> {
  const names = [
    'helper-short',
    'helper-long',
    'rememberer-short',
    'rememberer-long',
    'wordless-long',
  ] as const
  for (const name of names) {
    const response = await fetch(`${url}/bench/fill/${name}/${name.endsWith('long') ? LONG : SHORT}`)
    if (!response.ok) throw new Error(`Cannot fill ${name}: ${response.status}`)
  }
  const cases = names.map((thread): Case => ({ target: targetOf(url, thread), thread }))
  await sample(cases, WARM_UP)
  const [short = 0, long = 0, recalling = 0, recallingLong = 0, wordless = 0] = await sample(cases, SAMPLES)
  const added = recalling - short
  yield {
    what: 'recall and working memory, p50',
    found: `+${added.toFixed(2)} ms  ${recalling.toFixed(2)} / ${short.toFixed(2)} ms without`,
    aim: `${AIM_MS} ms`,
    verdict: judge(added, AIM_MS),
  }
  yield {
    what: `${LONG} messages over ${SHORT}, default options`,
    found: `${times(long / short)}  ${long.toFixed(2)} / ${short.toFixed(2)} ms`,
    aim: times(AIM_GROWTH),
    verdict: judge(long / short, AIM_GROWTH),
  }
  yield {
    what: `the same with recall over ${LONG} vectors`,
    found: `${times(recallingLong / recalling)}  ${recallingLong.toFixed(2)} / ${recalling.toFixed(2)} ms`,
  }
  yield {
    what: 'of that, for words beside vectors',
    found: `${(recallingLong - wordless).toFixed(2)} ms  ${wordless.toFixed(2)} ms by vectors alone`,
  }
  const saved = await saving(url, ['rememberer-long', 'wordless-long'])
  yield {
    what: 'a message into the index',
    found: saved.map((ms) => `${(ms * 1000).toFixed(0)} µs`).join(' with words, without '),
  }
}

const SAVES = 20
const SAVED_AT_ONCE = 500

/** p50 of what a message costs that is put into an index, in milliseconds; they take turns. */
async function saving(url: string, threads: readonly string[]): Promise<number[]> {
  const found: number[][] = threads.map(() => [])
  for (let round = 0; round < SAVES; round += 1) {
    for (const [place, thread] of threads.entries()) {
      const start = performance.now()
      const response = await fetch(`${url}/bench/index/${thread}/${SAVED_AT_ONCE}`)
      if (!response.ok) throw new Error(`Cannot fill ${thread}: ${response.status}`)
      await response.arrayBuffer()
      found[place]?.push((performance.now() - start) / SAVED_AT_ONCE)
    }
  }
  return found.map((samples) => percentile(samples, 0.5))
}

function targetOf(url: string, thread: string): Target {
  const kit = kitAt(url)
  const [agent] = thread.split('-')
  return {
    ...kit,
    path: `/api/agents/${agent}/chat`,
    toBody: (asked) => Object.assign({ resourceId: thread }, kit.toBody(asked)),
  }
}

/** p50 of each, in milliseconds; they take turns. */
async function sample(cases: readonly Case[], count: number): Promise<number[]> {
  const found: number[][] = cases.map(() => [])
  for (let round = 0; round < count; round += 1) {
    for (const [place, { target, thread }] of cases.entries()) {
      const { firstMs } = await ask(target, `${PROMPT} (${round})`, thread)
      found[place]?.push(firstMs)
    }
  }
  return found.map((samples) => percentile(samples, 0.5))
}
