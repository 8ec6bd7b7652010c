import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Message, ToolPart } from '../../lib/protocol/message.ts'
import type { Answer } from '../fixtures/openai/index.ts'
import type { Heard } from './client.ts'
import { chat, follow, messagesOf, newId } from './client.ts'
import { foldHeard } from './heard.ts'
import { eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'
import { randomOf } from './random.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

/** Of all that is heard of one whole turn; a kill falls after one of its first so many events. */
const EVENTS = 45

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'a turn that is killed at random ends as it should, for its client too: %i',
  async (seed) => {
    const random = randomOf(seed)
    const kills = Array.from({ length: random() < 0.5 ? 1 : 2 }, () => Math.floor(random() * EVENTS))
    const thread = newId('t')
    const heard: Heard[] = []
    play(thread)
    await (await chat(world, { thread, text: `#${thread}` })).body?.cancel()
    for (const count of kills) {
      await hear(thread, heard, count)
      if (isOver(heard)) break
      await (random() < 0.5 ? killAll() : world.killWorkerd())
    }
    await hear(thread, heard, Infinity)

    const [question, answer, ...more] = await messagesOf(world, thread)
    expect([question?.role, answer?.role, more]).toEqual(['user', 'assistant', []])
    expect({ kills, fold: foldHeard(heard) }).toEqual({ kills, fold: [answer] })
    expectHonest(answer, thread)
  },
)

/** Three steps: two calls side by side, two more, and an answer. */
function play(thread: string): void {
  const call = (name: string, id: string) => ({
    id: `${thread}-${id}`,
    name,
    input: { amount: 1 },
    pieceSize: 6,
  })
  const first: Answer = {
    type: 'reply',
    text: ['First ', 'I ', 'pay.'],
    toolCalls: [call('charge', 'a'), call('reserve', 'b')],
    delayMs: 4,
  }
  const second: Answer = {
    type: 'reply',
    text: ['Then ', 'I ', 'look.'],
    toolCalls: [call('lookUp', 'c'), call('charge', 'd')],
    delayMs: 4,
  }
  world.stage.play(thread, first, second, {
    type: 'reply',
    text: ['Now ', 'all ', 'is ', 'done.'],
    delayMs: 4,
  })
}

async function killAll(): Promise<void> {
  await world.kill()
  await world.restart()
}

/** Hears so many events more, from the last one on that had an id. Comes back as often as the connection breaks. */
async function hear(thread: string, heard: Heard[], count: number): Promise<void> {
  const enough = heard.length + count
  await eventually(`${count} events of ${thread}`, async () => {
    const after = heard.findLast(({ id }) => id !== undefined)?.id ?? '0'
    try {
      for await (const item of follow(world, thread, { after, until: 'idle' })) {
        heard.push(item)
        if (heard.length >= enough) break
      }
    } catch {
      // workerd is about to be there again.
    }
    return isOver(heard) || heard.length >= enough || undefined
  })
}

function isOver(heard: Heard[]): boolean {
  return heard.at(-1)?.event.type === 'turn-end'
}

/** The transcript tells the truth about the world, and the world knows each call by one key. */
function expectHonest(answer: Message | undefined, thread: string): void {
  const calls = answer?.parts.filter((part): part is ToolPart => part.type === 'tool') ?? []
  expect(calls.map(({ toolCallId }) => toolCallId)).toEqual(
    ['a', 'b', 'c', 'd'].map((id) => `${thread}-${id}`),
  )
  for (const { toolName, toolCallId, state, ...rest } of calls) {
    const effects = world.sink.effects.items.filter(({ key }) => key.endsWith(`/${toolCallId}`))
    expect(new Set(effects.map(({ key }) => key)).size).toBeLessThanOrEqual(1)
    if (toolName === 'charge') expect(effects.length).toBeLessThanOrEqual(1)
    if (state === 'done') expect(effects.length).toBeGreaterThanOrEqual(1)
    else
      expect({ toolName, ...rest }).toMatchObject({
        toolName: 'charge',
        error: { code: 'tool_outcome_unknown' },
      })
  }
  expect(answer?.parts.at(-1)).toMatchObject({ type: 'text', text: 'Now all is done.' })
  expect(answer?.outcome).toMatchObject({ status: 'completed', finishReason: 'stop' })
}
