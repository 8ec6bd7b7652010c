import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from './run/build.ts'
import type { Bench, Finding } from './run/report.ts'
import { judge, kib, times } from './run/report.ts'
import { interleave, percentile } from './run/stats.ts'
import type { ServedWorker } from './run/workerd.ts'
import { serve } from './run/workerd.ts'

/** A workflow, what it is given, and how many steps or items its CPU is divided by. */
interface Load {
  id: string
  what: string
  steps: number
  /** Runs a round: enough that one round is some hundred milliseconds. */
  runs: number
  aimMs?: number
  isList?: boolean
}

const LOADS: readonly Load[] = [
  { id: 'w3', what: 'W3: CPU a step, 3 steps that never wait', steps: 3, runs: 60 },
  { id: 'w100', what: 'W100: 100 such steps', steps: 100, runs: 10 },
  { id: 'w1000', what: 'W1000: 1,000 such steps', steps: 1000, runs: 2 },
  { id: 'y100', what: 'Y100: 100 steps that each wait', steps: 100, runs: 10, aimMs: 0.32 },
  { id: 'f1000', what: 'F1000: CPU an item, ten at a time', steps: 1000, runs: 4, aimMs: 0.08, isList: true },
]

const ROUNDS = 6
const ANSWERS = 100
/** From the answer to the step behind it, over the floor's time on the same way. */
const RESUME_MS = 1.2

export const workflows: Bench = {
  name: 'workflows',
  about: 'durable runs against an object that writes one row a step and can do nothing else, kit / floor',
  async *run() {
    const kit = await serve(await build('bench/workflows/kit/wrangler.toml'))
    const floor = await serve(await build('bench/workflows/floor/wrangler.toml'))
    try {
      for (const load of LOADS) await spend(kit, load, runOnKit)
      for (const load of LOADS) yield* measure(kit, floor, load)
      yield* measureResume(kit, floor)
    } finally {
      await Promise.all([kit.stop(), floor.stop()])
    }
    yield* count()
  },
}

async function* measure(kit: ServedWorker, floor: ServedWorker, load: Load): AsyncGenerator<Finding> {
  const { ratio, ...ms } = await interleave(
    ROUNDS,
    () => spend(kit, load, runOnKit),
    () => spend(floor, load, runOnFloor),
  )
  const range = `${times(ratio.median)} (${ratio.min.toFixed(2)}..${ratio.max.toFixed(2)})`
  const found = `${range}  ${ms.kit.median.toFixed(3)} / ${ms.bare.median.toFixed(3)} ms`
  const { what, aimMs } = load
  if (aimMs === undefined) yield { what, found }
  else yield { what, found, aim: `${aimMs} ms`, verdict: judge(ms.kit.median, aimMs) }
}

let runs = 0

/** CPU milliseconds a step. */
async function spend(
  worker: ServedWorker,
  load: Load,
  run: (url: string, load: Load, runId: string) => Promise<void>,
): Promise<number> {
  const before = worker.cpuMs()
  for (let i = 0; i < load.runs; i += 1) await run(worker.url, load, `run-${(runs += 1)}`)
  return (worker.cpuMs() - before) / load.runs / load.steps
}

async function runOnKit(url: string, { id, isList = false }: Load, runId: string): Promise<void> {
  const inputData = isList ? Array.from({ length: 1000 }, (_, n) => ({ n })) : { n: 0 }
  await post(`${url}/api/workflows/${id}/start-async?runId=${runId}`, { inputData })
}

async function runOnFloor(url: string, { id }: Load, runId: string): Promise<void> {
  await post(`${url}/${runId}/${id}?sync`, {})
}

async function post(url: string, body: unknown): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`)
  return text
}

/** From the answer's leaving here to the call with which the next step begins; each on a run of its own. */
async function* measureResume(kit: ServedWorker, floor: ServedWorker): AsyncGenerator<Finding> {
  const told = await startEar()
  const times: Record<'kit' | 'floor', number[]> = { kit: [], floor: [] }
  try {
    for (let i = 0; i < ANSWERS; i += 1) {
      const runId = `ask-${i}`
      await post(`${kit.url}/api/workflows/asks/start-async?runId=${runId}`, { inputData: { url: told.url } })
      await post(`${floor.url}/${runId}/asks?url=${encodeURIComponent(told.url)}`, {})
      const answer = { resumeData: {} }
      times.kit.push(
        await told.hear(() => post(`${kit.url}/api/workflows/asks/resume-async?runId=${runId}`, answer)),
      )
      times.floor.push(await told.hear(() => post(`${floor.url}/${runId}/answer`, {})))
    }
  } finally {
    told.close()
  }
  const [ofKit, ofFloor] = [percentile(times.kit, 0.5), percentile(times.floor, 0.5)]
  const more = ofKit - ofFloor
  yield {
    what: 'answer to the next step, p50',
    found: `${ofKit.toFixed(2)} / ${ofFloor.toFixed(2)} ms, ${more.toFixed(2)} ms more than the floor`,
    aim: `${RESUME_MS} ms more`,
    verdict: judge(more, RESUME_MS),
  }
}

/** Somebody in the world who notes when he is called. */
async function startEar() {
  let heard: (() => void) | undefined
  const server = createServer((_request, response) => {
    heard?.()
    response.end('ok')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    // It listens on a TCP port.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    hear: async (ask: () => Promise<unknown>): Promise<number> => {
      const started = performance.now()
      const called = new Promise<number>((resolve) => (heard = () => resolve(performance.now() - started)))
      const [ms] = await Promise.all([called, ask()])
      return ms
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** Rows and bytes, on a Worker that counts. */
async function* count(): AsyncGenerator<Finding> {
  const worker = await serve(await build('bench/workflows/kit/wrangler.toml'), { vars: { COUNT: '1' } })
  const tally = async () =>
    JSON.parse(await (await fetch(`${worker.url}/bench/tally`)).text()) as { written: number; alarms: number }
  try {
    const found: string[] = []
    for (const load of LOADS) {
      await tally()
      await runOnKit(worker.url, load, 'counted')
      const { written, alarms } = await tally()
      found.push(`${load.id} ${written + alarms}`)
    }
    yield { what: 'rows a run, alarm and outbox included', found: found.join(', ') }
    const sizes = LOADS.map(async ({ id }): Promise<[string, number]> => {
      const response = await fetch(`${worker.url}/bench/bytes/${id}/counted`)
      return [id, (JSON.parse(await response.text()) as { bytes: number }).bytes]
    })
    const bytes = new Map(await Promise.all(sizes))
    const most = bytes.get('w1000') ?? Number.NaN
    yield {
      what: 'a run on disk',
      found: `${[...bytes].map(([id, size]) => `${id} ${kib(size)}`).join(', ')} `,
      aim: 'w1000 60 KiB',
      verdict: judge(most, 60 * 1024),
    }
  } finally {
    await worker.stop()
  }
}
