import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Message, ToolPart } from '../../lib/protocol/message.ts'
import { DEADMAN_MS } from '../../lib/threads/wake.ts'
import { holdBefore, say } from '../fixtures/openai/index.ts'
import { chat, contextOf, hearAll, messagesOf, newId, post, resultOf } from './client.ts'
import type { Recorder } from './heard.ts'
import { foldHeard, hasBegun, recordThread } from './heard.ts'
import type { Journal } from './journal.ts'
import { eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'
import type { Effect } from './sink.ts'
import type { Cue, Line } from './stage.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

/** A turn that was brought to a point, to be killed there. */
interface Victim {
  thread: string
  cues: Journal<Cue>
  recorder: Recorder
  askedAt: number
  /** The request with which its last answer begins, once a life after this one makes it. */
  last: () => Promise<Cue>
}

/** How long after its alarm is due a turn may be taken up. */
const GRACE_MS = 10_000

describe.each([
  ['the whole process group, early in a turn', 'group', 0],
  ['the whole process group, while the alarm waits with the turn', 'group', 4000],
  ['workerd alone, early in a turn', 'workerd', 0],
  ['workerd alone, while the alarm waits with the turn', 'workerd', 4000],
] as const)('SIGKILL for %s', (_what, target, age) => {
  let victims: Awaited<ReturnType<typeof bringToTheirPoints>>
  let killedAt: number

  beforeAll(async () => {
    victims = await bringToTheirPoints()
    const turns = Object.values(victims.turns)
    const youngest = Math.max(...turns.map(({ askedAt }) => askedAt))
    await eventually('the age of the turns', () => Date.now() - youngest >= age || undefined)
    killedAt = Date.now()
    await (target === 'group' ? world.kill() : world.killWorkerd())
    victims.releaseSink()
    if (target === 'group') await world.restart()
    await untilAllAreDone(turns)
  })

  it.each(['words', 'charge', 'reserve', 'lookUp', 'pair', 'answered', 'second', 'queue'] as const)(
    'leaves a turn to be taken up without a request, in time: %s',
    (name) => {
      const { cues, askedAt } = victims.turns[name]
      const revival = cues.items.find(({ at }) => at >= killedAt)
      expect((revival?.at ?? Infinity) - (askedAt + DEADMAN_MS)).toBeLessThan(GRACE_MS)
    },
  )

  it('makes a model step that was cut off a new attempt', async () => {
    const { thread, cues } = victims.turns.words
    expect(await answersOf(thread)).toMatchObject([
      {
        parts: [{ type: 'step-start' }, { type: 'text', text: 'The whole answer.' }],
        outcome: { status: 'completed' },
      },
    ])
    expect(cues.items.map(({ step }) => step)).toEqual([0, 0])
    expect(await cues.items[0]?.request.closed).toBe('aborted')
  })

  it("never repeats a call whose effect is 'once': the model is told that its outcome is unknown", async () => {
    const { thread, cues } = victims.turns.charge
    const [answer] = await answersOf(thread)
    expect(toolsOf(answer)).toMatchObject([{ state: 'failed', error: { code: 'tool_outcome_unknown' } }])
    expect(answer?.outcome).toMatchObject({ status: 'completed' })
    expect(effectsOf(thread)).toHaveLength(1)
    expect(cues.items.map(({ step }) => step)).toEqual([0, 1])
    expect(cues.items[1]?.results[0]?.output).toContain('tool_outcome_unknown: ')
  })

  it.each(['reserve', 'lookUp'] as const)(
    'repeats a call that may be repeated, under its one key: %s',
    async (name) => {
      const { thread, cues } = victims.turns[name]
      const [answer] = await answersOf(thread)
      expect(toolsOf(answer)).toMatchObject([{ state: 'done', output: { receipt: `${name} ${thread}-a` } }])
      const [first, second, ...more] = effectsOf(thread)
      expect(second).toEqual(first)
      expect(more).toEqual([])
      expect(cues.items.map(({ step }) => step)).toEqual([0, 1])
    },
  )

  it('never runs again what was committed, beside a call that was cut off', async () => {
    const { thread } = victims.turns.pair
    const [answer] = await answersOf(thread)
    expect(toolsOf(answer)).toMatchObject([
      { toolName: 'charge', state: 'done', output: { receipt: `charge ${thread}-a` } },
      { toolName: 'reserve', state: 'done', output: { receipt: `reserve ${thread}-b` } },
    ])
    expect(
      effectsOf(thread)
        .map(({ tool }) => tool)
        .toSorted(),
    ).toEqual(['charge', 'reserve', 'reserve'])
    expect(new Set(effectsOf(thread).map(({ key }) => key)).size).toBe(2)
  })

  it.each(['answered', 'second'] as const)('asks only for the step that was cut off: %s', async (name) => {
    const { thread, cues } = victims.turns[name]
    const [answer] = await answersOf(thread)
    expect(answer?.parts.at(-1)).toMatchObject({ type: 'text', text: 'Paid in full.' })
    expect(toolsOf(answer)).toMatchObject([{ state: 'done' }])
    expect(effectsOf(thread)).toHaveLength(1)
    expect(cues.items.map(({ step, results }) => [step, results.length])).toEqual([
      [0, 0],
      [1, 1],
      [1, 1],
    ])
  })

  it('keeps the queue, in its order', async () => {
    const { thread } = victims.turns.queue
    const messages = await messagesOf(world, thread)
    const texts = messages.map(({ parts }) => parts.at(-1))
    expect(texts).toMatchObject([
      { text: `#${thread}` },
      { text: 'The whole answer.' },
      { text: `#${thread}-next` },
      { text: 'And the next.' },
    ])
    expect(messages.filter(({ outcome }) => outcome?.status === 'completed')).toHaveLength(2)
  })

  it('keeps a run with a key, whose caller comes back for the answer', async () => {
    const { key, body, cues } = victims.run
    const result = await resultOf(
      await post(world, '/api/agents/clerk/generate', body, { headers: { 'idempotency-key': key } }),
    )
    expect(result).toMatchObject({ text: 'The whole answer.', finishReason: 'stop' })
    expect(cues.items).toHaveLength(2)
  })

  it('leaves every client with exactly the stored message, from whatever it had heard last', async () => {
    for (const { thread, recorder } of Object.values(victims.turns)) {
      const stored = await answersOf(thread)
      const { items } = recorder.heard
      expect(items.length).toBeGreaterThan(1)
      for (const [i, { id }] of items.entries()) {
        if (id === undefined) continue
        const rest = await hearAll(world, thread, id)
        expect({ id, fold: foldHeard([...items.slice(0, i + 1), ...rest]) }).toEqual({ id, fold: stored })
      }
    }
  })
})

/** Starts a turn for each point at which a turn can die, and waits until it is there. */
async function bringToTheirPoints() {
  const held = new Set<string>()
  const releaseSink = world.sink.hold(({ key }) => [...held].some((call) => key.endsWith(`/${call}`)))
  const holdCall = (call: string): string => (held.add(call), call)
  const toolTurn = async (name: string): Promise<Victim> => {
    const thread = newId('t')
    const call = { id: holdCall(`${thread}-a`), name, input: { amount: 3 } }
    const victim = await begin(
      thread,
      false,
      { type: 'reply', text: 'I go.', toolCalls: [call] },
      say('It is done.'),
    )
    await world.sink.effects.reached(`${name} of ${thread}`, isOf(thread))
    return victim
  }
  const [words, queue, charge, reserve, lookUp, pair, answered, second, run] = await Promise.all([
    begin(newId('t'), true, cut('Half ', 'an ')).then((victim) => heardWords(victim, 2)),
    beginQueue(cut('Half ')),
    toolTurn('charge'),
    toolTurn('reserve'),
    toolTurn('lookUp'),
    beginPair(holdCall),
    beginSecondStep(0),
    beginSecondStep(2),
    beginRun(cut('Half ')),
  ])
  return { turns: { words, queue, charge, reserve, lookUp, pair, answered, second }, run, releaseSink }
}

/** A step that is held after these words, and once it was cut off goes another way. */
function cut(...text: string[]): Line {
  const hold = holdBefore(text.length)
  return ({ tries }) =>
    tries === 0 ? { ...say(...text, ' lost'), gate: hold.gate } : say('The whole ', 'answer.')
}

async function begin(thread: string, isCut: boolean, ...lines: Line[]): Promise<Victim> {
  const cues = world.stage.play(thread, ...lines)
  const askedAt = Date.now()
  const { body } = await chat(world, { thread, text: `#${thread}` })
  await body?.cancel()
  const recorder = recordThread(world, thread)
  await cues.reached(`the first request of ${thread}`)
  await hasBegun(recorder)
  // A last step that waits for a tool is asked for once, one that is itself cut off a second time.
  const isLast = ({ step, tries }: Cue): boolean => step === lines.length - 1 && tries === (isCut ? 1 : 0)
  const last = (): Promise<Cue> => cues.reached(`the end of ${thread}`, isLast)
  return { thread, cues, recorder, askedAt, last }
}

async function heardWords(victim: Victim, count: number): Promise<Victim> {
  await victim.recorder.heard.reached(
    `words of ${victim.thread}`,
    ({ event }) => event.type === 'text-delta',
    count,
  )
  return victim
}

async function beginQueue(first: Line): Promise<Victim> {
  const victim = await heardWords(await begin(newId('t'), true, first), 1)
  const { thread } = victim
  const next = world.stage.play(`${thread}-next`, say('And ', 'the next.'))
  await (await chat(world, { thread, text: `#${thread}-next` })).body?.cancel()
  return { ...victim, last: () => next.reached('the request of the queued turn') }
}

/** One call of a pair is answered, and said to be; the other is held. */
async function beginPair(holdCall: (call: string) => string): Promise<Victim> {
  const thread = newId('t')
  const toolCalls = [
    { id: `${thread}-a`, name: 'charge', input: { amount: 1 } },
    { id: holdCall(`${thread}-b`), name: 'reserve', input: { amount: 2 } },
  ]
  const victim = await begin(thread, false, { type: 'reply', toolCalls }, say('It is done.'))
  await victim.recorder.heard.reached('the first result', ({ event }) => event.type === 'tool-result')
  await world.sink.effects.reached('the second effect', isOf(thread), 2)
  return victim
}

/** The tool has answered and the model is asked again; it has said so many words of its second step. */
async function beginSecondStep(count: number): Promise<Victim> {
  const thread = newId('t')
  const hold = holdBefore(count)
  const toolCalls = [{ id: `${thread}-a`, name: 'charge', input: { amount: 1 } }]
  const victim = await begin(thread, true, { type: 'reply', toolCalls }, ({ tries }) =>
    tries === 0 ? { ...say('Paid', ' by', ' half.'), gate: hold.gate } : say('Paid', ' in full.'),
  )
  await hold.reached
  return count === 0 ? victim : heardWords(victim, count)
}

async function beginRun(line: Line) {
  const key = newId('key')
  const cues = world.stage.play(key, line)
  const body = { messages: `#${key}`, runtimeContext: contextOf(world) }
  // Its caller dies with the server, and asks again later.
  post(world, '/api/agents/clerk/generate', body, { headers: { 'idempotency-key': key } }).catch(
    () => undefined,
  )
  await cues.reached('the request of the run')
  return { key, body, cues }
}

/** Waits by what the model sees alone: nobody asks the Worker before the last answers have been given. */
async function untilAllAreDone(turns: Victim[]): Promise<void> {
  for (const { last } of turns) expect(await (await last()).request.closed).toBe('answered')
  for (const { thread } of turns) {
    await eventually(`the end of ${thread}`, async () =>
      (await answersOf(thread)).every(({ outcome }) => outcome) ? true : undefined,
    )
  }
}

function isOf(thread: string): (effect: Effect) => boolean {
  return ({ key }) => key.includes(`/${thread}-`)
}

function effectsOf(thread: string): Effect[] {
  return world.sink.effects.items.filter(isOf(thread))
}

async function answersOf(thread: string): Promise<Message[]> {
  return (await messagesOf(world, thread)).filter(({ role }) => role === 'assistant')
}

function toolsOf(message: Message | undefined): ToolPart[] {
  return message?.parts.filter((part) => part.type === 'tool') ?? []
}
