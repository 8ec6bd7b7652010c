import { setInterval } from 'node:timers/promises'
import type { Heard, Target } from './run/client.ts'
import { ask, kitAt } from './run/client.ts'
import { build } from './run/build.ts'
import { startModel } from './run/model.ts'
import type { Bench, Finding } from './run/report.ts'
import { modelVars } from './run/sides.ts'
import type { ServedWorker } from './run/workerd.ts'
import { serve } from './run/workerd.ts'

const STREAMS = 1000
/** Long enough that the last one begins while the first still runs. */
const WORDS = 60
const PROMPT = `stream ${WORDS} words every 500 ms`
/** What the second round may take over the first: memory that is given back is used again. */
const GROWTH_AIM = 1.1

export const streams: Bench = {
  name: 'streams',
  about: `${STREAMS} streams at once on one workerd, each a turn on a thread of its own, twice on the same threads`,
  async *run() {
    const model = await startModel()
    const worker = await serve(await build('bench/kit/wrangler.toml'), { vars: modelVars(model.url) })
    try {
      const target = kitAt(worker.url)
      const wanted = textOf(await ask(target, `stream ${WORDS} words every 1 ms`, 'streams-alone'))
      const idle = worker.rssBytes()
      const first = await runRound(worker, target, wanted)
      yield* describe('new threads', first)
      const second = await runRound(worker, target, wanted)
      yield* describe('the same again', second)
      const growth = second.most / first.most
      yield {
        what: 'resident memory: idle, first, second round',
        found: [idle, first.most, second.most].map((bytes) => mib(bytes)).join(', '),
        aim: `${GROWTH_AIM}x the first`,
        verdict: growth <= GROWTH_AIM ? 'pass' : 'over',
      }
    } finally {
      await Promise.all([worker.stop(), model.stop()])
    }
  },
}

interface Round {
  errors: number
  cut: number
  /** Milliseconds to each first token, in order. */
  firstMs: readonly number[]
  seconds: number
  cpuSeconds: number
  /** Resident bytes at their most. */
  most: number
}

async function runRound(worker: ServedWorker, target: Target, wanted: string): Promise<Round> {
  const memory = watchMemory(worker)
  const started = performance.now()
  const cpuBefore = worker.cpuMs()
  const answers = await Promise.allSettled(
    Array.from({ length: STREAMS }, (_, n) => ask(target, PROMPT, `streams-${n}`)),
  )
  const heard = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
  const whole = heard.filter(
    (answer) => answer.text.endsWith('data: [DONE]\n\n') && textOf(answer) === wanted,
  )
  return {
    errors: STREAMS - heard.length,
    cut: heard.length - whole.length,
    firstMs: heard.map(({ firstMs }) => firstMs).toSorted((a, b) => a - b),
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: (worker.cpuMs() - cpuBefore) / 1000,
    most: memory.stop(),
  }
}

function* describe(what: string, { errors, cut, firstMs, seconds, cpuSeconds }: Round): Generator<Finding> {
  const whole = STREAMS - errors - cut
  yield {
    what: `${what}: streams that ended whole`,
    found: `${whole} of ${STREAMS}, ${errors} errors, ${cut} cut`,
    aim: 'all',
    verdict: whole === STREAMS ? 'pass' : 'wrong',
  }
  yield {
    what: `${what}: first token, p50 and p99`,
    found: `${at(firstMs, 0.5)}, ${at(firstMs, 0.99)} s; all in ${seconds.toFixed(0)} s, ${cpuSeconds.toFixed(0)} s of CPU`,
  }
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`
}

function watchMemory(worker: ServedWorker): { stop(): number } {
  const leave = new AbortController()
  let most = worker.rssBytes()
  const watch = async (): Promise<void> => {
    for await (const _ of setInterval(250, undefined, { signal: leave.signal })) {
      most = Math.max(most, worker.rssBytes())
    }
  }
  // It ends by being aborted.
  watch().catch(() => undefined)
  return {
    stop: () => {
      leave.abort()
      return Math.max(most, worker.rssBytes())
    },
  }
}

/** What the stream said, put together. */
function textOf({ text }: Heard): string {
  let said = ''
  for (const [, data = ''] of text.matchAll(/^data: (\{.*"type":"text-delta".*\})$/gm)) {
    const { delta }: { delta: string } = JSON.parse(data)
    said += delta
  }
  return said
}

/** In seconds. */
function at(sorted: readonly number[], share: number): string {
  const ms = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return (ms / 1000).toFixed(1)
}
