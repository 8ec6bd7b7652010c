import { setTimeout as pause } from 'node:timers/promises'
import type { Tally } from './counted/tally.ts'
import { build } from './run/build.ts'
import type { Heard, Target } from './run/client.ts'
import { ask, kitAt } from './run/client.ts'
import type { Bench, Finding } from './run/report.ts'
import { judge, kib } from './run/report.ts'
import { startScriptedModel } from './run/scripted-model.ts'
import { modelVars } from './run/sides.ts'
import { serve } from './run/workerd.ts'

/** Until what a turn leaves to others (the list of threads) has been delivered. */
const SETTLE_MS = 500
/** Until the alarm of the turn before has gone off: then a turn sets its own. */
const ALARM_MS = 11_000
const AIM = { thread: 10, store: 3, bytes: 50_000 }

interface Counted {
  thread: Tally
  store: Tally
}

interface Ground {
  target: Target
  tally(): Promise<Counted>
  bytes(thread: string): Promise<number>
}

export const rows: Bench = {
  name: 'rows',
  about: 'rows written for a turn with one tool call',
  run: () => onGround(countRows),
}

export const bytes: Bench = {
  name: 'bytes',
  about: 'bytes of a thread on disk, and of a turn on the wire',
  run: () => onGround(weigh),
}

async function* onGround(measure: (ground: Ground) => AsyncGenerator<Finding>): AsyncGenerator<Finding> {
  const model = await startScriptedModel()
  const worker = await serve(await build('bench/counted/wrangler.toml'), { vars: modelVars(model.url) })
  const get = async (path: string): Promise<unknown> => (await fetch(worker.url + path)).json()
  try {
    yield* measure({
      target: kitAt(worker.url),
      tally: async () => {
        await pause(SETTLE_MS)
        // What the bench's own Worker says.
        return (await get('/bench/tally')) as Counted
      },
      bytes: async (thread) => ((await get(`/bench/bytes/${thread}`)) as { bytes: number }).bytes,
    })
  } finally {
    await Promise.all([worker.stop(), model.stop()])
  }
}

async function* countRows({ target, tally }: Ground): AsyncGenerator<Finding> {
  const turn = async (prompt: string, thread: string): Promise<Counted> => {
    await ask(target, prompt, thread)
    return tally()
  }
  await turn('say 10 words', 'another')
  await turn('say 10 words', 'one')
  const first = await turn('say 10 words', 'other')
  await pause(ALARM_MS)
  await tally()
  const short = await turn('say 10 words', 'one')
  const long = await turn('say 1000 words', 'other')
  const threadRows = total(short.thread)
  yield {
    what: 'Thread, alarm and outbox included',
    found: `${threadRows} (${say(short.thread)}); first of a thread ${total(first.thread)}`,
    aim: `${AIM.thread}`,
    verdict: judge(threadRows, AIM.thread),
  }
  yield {
    what: 'Store',
    found: `${total(short.store)} (${say(short.store)}); first of a thread ${total(first.store)}`,
    aim: `${AIM.store}`,
    verdict: judge(total(short.store), AIM.store),
  }
  const isEqual = JSON.stringify(short) === JSON.stringify(long)
  yield {
    what: '10 and 1,000 chunks',
    found: isEqual ? 'equal' : `differ: ${say(long.thread)} / ${say(long.store)}`,
    aim: 'equal',
    verdict: isEqual ? 'pass' : 'over',
  }
}

function total({ written, alarms }: Tally): number {
  return written + alarms
}

function say({ written, deleted, alarms }: Tally): string {
  return `${written} rows, ${alarms} setAlarm, ${deleted} deleted`
}

async function* weigh({ target, bytes }: Ground): AsyncGenerator<Finding> {
  const heard: Heard[] = []
  for (let turn = 1; turn <= 20; turn += 1) {
    heard.push(await ask(target, 'say 100 words', 'thread'))
    if (turn !== 4) continue
    const size = await bytes('thread')
    yield {
      what: 'four turns on disk, a tool call each',
      found: kib(size),
      aim: kib(AIM.bytes),
      verdict: judge(size, AIM.bytes),
    }
  }
  const [first, last] = [heard[0]?.bytes ?? 0, heard.at(-1)?.bytes ?? 0]
  yield {
    what: 'sent to the client, turn 1 and turn 20',
    found: `${first} and ${last} bytes`,
    aim: 'equal',
    verdict: first === last ? 'pass' : 'over',
  }
  yield { what: 'twenty turns on disk', found: kib(await bytes('thread')) }
}
