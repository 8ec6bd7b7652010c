import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Message, ToolPart } from '../../lib/protocol/message.ts'
import { holdBefore, say } from '../fixtures/openai/index.ts'
import { answerOf, chat, hearAll, newId, post } from './client.ts'
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

/** A turn of the boss, whose chief asks a deputy, brought to a point to be killed there. */
interface Victim {
  thread: string
  /** What the model of the agent at the bottom is asked. */
  cues: Journal<Cue>
  recorder: Recorder
}

describe.each(['group', 'workerd'] as const)('SIGKILL for the %s', (target) => {
  let victims: Awaited<ReturnType<typeof bringToTheirPoints>>['victims']

  beforeAll(async () => {
    const brought = await bringToTheirPoints()
    victims = brought.victims
    await (target === 'group' ? world.kill() : world.killWorkerd())
    brought.releaseSink()
    if (target === 'group') await world.restart()
    const { asked, ...others } = victims
    for (const victim of Object.values(others)) await ended(victim)
    await approve(asked)
    await ended(asked)
  })

  it("in a sub-agent's words makes its step a new attempt, and asks those above it nothing again", async () => {
    const { thread, cues } = victims.words
    const answer = await answerOf(world, thread)
    expect(textsIn(answer)).toEqual(['The boss is done.', 'The chief is done.', 'The whole answer.'])
    expect(cues.items.map(({ step }) => step)).toEqual([0, 0])
    expect(await cues.items[0]?.request.closed).toBe('aborted')
  })

  it("in a sub-agent's tool never repeats a call whose effect is 'once'", async () => {
    const { thread, cues } = victims.charge
    const answer = await answerOf(world, thread)
    expect(bottomOf(answer)).toMatchObject({ state: 'failed', error: { code: 'tool_outcome_unknown' } })
    expect(answer.outcome).toMatchObject({ status: 'completed' })
    expect(effectsOf(thread)).toHaveLength(1)
    expect(cues.items.map(({ step }) => step)).toEqual([0, 1])
    expect(cues.items[1]?.results[0]?.output).toContain('tool_outcome_unknown: ')
  })

  it("in a sub-agent's tool repeats a call that may be repeated, under its one key", async () => {
    const { thread } = victims.reserve
    const answer = await answerOf(world, thread)
    expect(bottomOf(answer)).toMatchObject({ state: 'done', output: { receipt: `reserve ${thread}-a` } })
    const [first, second, ...more] = effectsOf(thread)
    expect(first?.key).toMatch(new RegExp(`/0/${thread}-b/0/${thread}-c/0/${thread}-a$`))
    expect([second, more]).toEqual([first, []])
  })

  it('behind a committed result of a sub-agent asks only for the step that was cut off', async () => {
    const { thread, cues } = victims.second
    const answer = await answerOf(world, thread)
    expect(textsIn(answer)).toEqual(['The boss is done.', 'The chief is done.', 'Paid in full.'])
    expect(effectsOf(thread)).toHaveLength(1)
    expect(cues.items.map(({ step, results }) => [step, results.length])).toEqual([
      [0, 0],
      [1, 1],
      [1, 1],
    ])
  })

  it('beside two sub-agents that speak at once loses nothing of the one that was done', async () => {
    const { thread, cues } = victims.pair
    const answer = await answerOf(world, thread)
    expect(textsIn(answer)).toEqual(['The boss is done.', 'It is seen.', 'The whole answer.'])
    expect(cues.items.map(({ step }) => step)).toEqual([0, 0])
    expect(effectsOf(thread).map(({ tool }) => tool)).toEqual(['charge'])
  })

  it("with a sub-agent's approval pending keeps the question, whose answer reaches the call", async () => {
    const { thread } = victims.asked
    const answer = await answerOf(world, thread)
    expect(bottomOf(answer)).toMatchObject({ state: 'done', output: { receipt: `transfer ${thread}-a` } })
    expect(effectsOf(thread)).toHaveLength(1)
    expect(textsIn(answer)).toEqual(['The boss is done.', 'The chief is done.', 'It is done.'])
    expect((await approve(victims.asked)).status).toBe(409)
  })

  it("in a sub-agent's call that was approved never makes it twice", async () => {
    const { thread } = victims.approved
    const answer = await answerOf(world, thread)
    expect(bottomOf(answer)).toMatchObject({ state: 'failed', error: { code: 'tool_outcome_unknown' } })
    expect(effectsOf(thread)).toHaveLength(1)
    expect(answer.outcome).toMatchObject({ status: 'completed' })
  })

  it('while a second model speaks for the first, which failed in its words, asks both anew', async () => {
    const { thread, cues } = victims.fallback
    const answer = await answerOf(world, thread)
    expect(answer.parts).toEqual([
      { type: 'step-start', model: 'openai/second' },
      { type: 'text', text: 'The whole answer.' },
    ])
    expect(cues.items.map(({ request }) => request.body['model'])).toEqual([
      'first',
      'second',
      'first',
      'second',
    ])
  })

  it('leaves every client with exactly the stored message, from whatever it had heard last', async () => {
    for (const { thread, recorder } of Object.values(victims)) {
      const stored = [await answerOf(world, thread)]
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
  const inTool = async (name: string): Promise<Victim> => {
    const thread = newId('t')
    held.add(`${thread}-a`)
    const victim = await begin(thread, calling(`${thread}-a`, name), say('It is ', 'done.'))
    await world.sink.effects.reached(`${name} of ${thread}`, isOf(thread))
    return victim
  }
  const askedFor = async (thread = newId('t')): Promise<Victim> => {
    const victim = await begin(thread, calling(`${thread}-a`, 'transfer'), say('It is ', 'done.'))
    await victim.recorder.heard.reached('the suspension', ({ event }) => event.type === 'turn-suspend')
    return victim
  }
  const approved = async (): Promise<Victim> => {
    const victim = await askedFor()
    held.add(`${victim.thread}-a`)
    // Its caller dies with the server.
    approve(victim).catch(() => undefined)
    await world.sink.effects.reached(`the transfer of ${victim.thread}`, isOf(victim.thread))
    return victim
  }
  const [words, charge, reserve, second, pair, asked, wasApproved, fallback] = await Promise.all([
    begin(newId('t'), cut('Half ', 'an ')).then((victim) => heardWords(victim, 2)),
    inTool('charge'),
    inTool('reserve'),
    beginSecond(newId('t')),
    beginPair(newId('t')),
    askedFor(),
    approved(),
    beginFallback(newId('t')),
  ])
  return {
    victims: { words, charge, reserve, second, pair, asked, approved: wasApproved, fallback },
    releaseSink,
  }
}

function calling(id: string, name: string, input: object = { amount: 3 }): Line {
  return { type: 'reply', text: 'I go.', toolCalls: [{ id, name, input }] }
}

/** A step that is held after these words, and once it was cut off goes another way. */
function cut(...text: string[]): Line {
  const hold = holdBefore(text.length)
  return ({ tries }) =>
    tries === 0 ? { ...say(...text, ' lost'), gate: hold.gate } : say('The whole ', 'answer.')
}

/** The boss asks its chief, which asks a deputy, who says these lines. */
async function begin(thread: string, ...lines: Line[]): Promise<Victim> {
  const chief = calling(`${thread}-b`, 'agent-chief', { prompt: `#${thread}-chief` })
  const deputy = calling(`${thread}-c`, 'agent-deputy', { prompt: `#${thread}-deputy` })
  world.stage.play(thread, chief, say('The boss ', 'is done.'))
  world.stage.play(`${thread}-chief`, deputy, say('The chief ', 'is done.'))
  const cues = world.stage.play(`${thread}-deputy`, ...lines)
  return start(thread, cues, 'boss')
}

async function start(thread: string, cues: Journal<Cue>, agent: string): Promise<Victim> {
  const { body } = await chat(world, { thread, text: `#${thread}`, agent })
  await body?.cancel()
  const recorder = recordThread(world, thread)
  await cues.reached(`the first request of ${thread}`)
  await hasBegun(recorder)
  return { thread, cues, recorder }
}

/** Words of whoever speaks in the turn. */
async function heardWords(victim: Victim, count: number, word?: string): Promise<Victim> {
  const isWord = ({ event }: { event: { type: string } }): boolean => {
    const said = 'event' in event ? (event.event as { type: string; delta?: string }) : event
    return said.type === 'text-delta' && (word === undefined || ('delta' in said && said.delta === word))
  }
  // Two of them are what those above said before.
  const before = word === undefined ? 2 : 0
  await victim.recorder.heard.reached(`words of ${victim.thread}`, isWord, before + count)
  return victim
}

/** The deputy's tool has answered, and it speaks again. */
async function beginSecond(thread: string): Promise<Victim> {
  const hold = holdBefore(2)
  const victim = await begin(thread, calling(`${thread}-a`, 'charge'), ({ tries }) =>
    tries === 0 ? { ...say('Paid', ' by', ' half.'), gate: hold.gate } : say('Paid', ' in full.'),
  )
  await hold.reached
  return heardWords(victim, 1, ' by')
}

/** Two deputies at once: one is done, the other speaks. */
async function beginPair(thread: string): Promise<Victim> {
  const toolCalls = [1, 2].map((n) => ({
    id: `${thread}-b${n}`,
    name: 'agent-deputy',
    input: { prompt: `#${thread}-deputy${n}` },
  }))
  world.stage.play(thread, { type: 'reply', toolCalls }, say('The boss ', 'is done.'))
  world.stage.play(`${thread}-deputy1`, calling(`${thread}-a`, 'charge'), say('It is ', 'seen.'))
  const cues = world.stage.play(`${thread}-deputy2`, cut('Half ', 'an '))
  const victim = await start(thread, cues, 'boss')
  await victim.recorder.heard.reached('the first result', ({ event }) => event.type === 'tool-result')
  return heardWords(victim, 1, 'an ')
}

/** The first model fails in the middle of its words; the second is held in its own. */
async function beginFallback(thread: string): Promise<Victim> {
  const hold = holdBefore(2)
  // Words that are void are heard by those alone who are there in time.
  const cutOff = holdBefore(1)
  const line: Line = ({ request, tries }) => {
    if (request.body['model'] === 'first') {
      const gate = tries === 0 ? { gate: cutOff.gate } : {}
      return { ...say('From ', 'the first'), delayMs: 1, ...gate, fault: { type: 'cut', after: 1 } }
    }
    return tries < 2 ? { ...say('Half ', 'an ', ' lost'), gate: hold.gate } : say('The whole ', 'answer.')
  }
  const victim = await start(thread, world.stage.play(thread, line), 'twofold')
  await heardWords(victim, 1, 'From ')
  cutOff.release()
  return heardWords(victim, 1, 'an ')
}

/** By the run alone: it waits for one thing. */
function approve({ recorder }: Victim): Promise<Response> {
  const start = recorder.heard.items.find(({ event }) => event.type === 'turn-start')?.event
  const runId = start?.type === 'turn-start' ? start.runId : ''
  return post(world, '/api/agents/boss/approve-tool-call-generate', { runId })
}

async function ended({ thread }: Victim): Promise<void> {
  // Of a workerd that is being started again there is no answer yet.
  await eventually(`the end of ${thread}`, () =>
    answerOf(world, thread).then(
      ({ outcome }) => outcome,
      () => undefined,
    ),
  )
}

function isOf(thread: string): (effect: Effect) => boolean {
  return ({ key }) => key.includes(`/${thread}-`)
}

function effectsOf(thread: string): Effect[] {
  return world.sink.effects.items.filter(isOf(thread))
}

function toolsOf(message: Message | undefined): ToolPart[] {
  return message?.parts.filter((part) => part.type === 'tool') ?? []
}

/** The last text of the answer, and of those inside it. */
function textsIn(message: Message | undefined): (string | undefined)[] {
  const text = message?.parts.findLast((part) => part.type === 'text')?.text
  const inside = toolsOf(message).flatMap(({ agentMessage }) => (agentMessage ? textsIn(agentMessage) : []))
  return [text, ...inside]
}

/** The call at the bottom. */
function bottomOf(message: Message | undefined): ToolPart | undefined {
  const [call] = toolsOf(message)
  return call?.agentMessage ? bottomOf(call.agentMessage) : call
}
