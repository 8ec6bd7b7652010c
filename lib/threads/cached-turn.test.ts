import { CountingEmbedder } from '../../test/fixtures/counting-embedder.ts'
import { unpackRow } from '../log/row.ts'
import { Memory } from '../memory/memory.ts'
import { withVectorCache } from '../models/embedder-cache.ts'
import { describe, expect, it } from 'vitest'
import { cacheWorld } from '../../test/fixtures/cache-world.ts'
import { calls, says, scriptedModel } from '../../test/fixtures/scripted-model.ts'
import { ThreadWorld, ask } from '../../test/fixtures/thread-world.ts'
import { toolOf } from '../../test/fixtures/turns.ts'
import { Agent } from '../agents/agent.ts'
import type { Processor } from '../processors/processor.ts'
import type { Message } from '../protocol/message.ts'

const LONG = Array.from({ length: 60 }, (_, i) => `word${i} `).join('')
const tools = { look: toolOf(() => ({ seen: true }), { effect: 'retry' }) }

/** A thread whose turns begin with nothing remembered, so that the same question is the same prompt. */
function open(script = [calls(['look', {}]), says(LONG)]) {
  const caches = cacheWorld()
  const model = scriptedModel(script)
  const plan = { dieAt: -1, parts: 0 }
  // The object dies when so many parts of the answer have been said.
  const killer: Processor = {
    id: 'killer',
    processOutputStream: () => {
      plan.parts += 1
      if (plan.parts - 1 !== plan.dieAt) return undefined
      plan.dieAt = -1
      died.resolve()
      return new Promise(() => undefined)
    },
  }
  const died = Promise.withResolvers<void>()
  const world = new ThreadWorld(
    model,
    { tools, cache: {}, outputProcessors: [killer] },
    { cache: caches.isolate() },
  )
  return { world, model, caches, plan, died: died.promise }
}

const fresh = { overrides: { memory: { lastMessages: 0 } } }

function partsOf(message: Message | undefined) {
  return message?.parts.map((part) => (part.type === 'tool' ? { ...part, toolCallId: '' } : part))
}

describe('an answer that is given again on a thread', () => {
  it('has calls of ids that the thread has not seen', async () => {
    const { world, model } = open()
    await world.run({ input: ask('q1', 'same'), ...fresh })
    await world.run({ input: ask('q2', 'same'), ...fresh })
    const [, first, , second] = world.messages()
    expect(model.asked).toHaveLength(2)
    expect(partsOf(second)).toEqual(partsOf(first))
    const ids = world
      .messages()
      .flatMap(({ parts }) => parts.flatMap((part) => (part.type === 'tool' ? [part.toolCallId] : [])))
    expect(new Set(ids).size).toBe(2)
    expect(world.problems).toEqual([])
  })

  it('ends with the same message, wherever in it the object dies, and no model is asked', async () => {
    const whole = open()
    await whole.world.run({ input: ask('q1', 'same'), ...fresh })
    await whole.world.run({ input: ask('q2', 'same'), ...fresh })
    const count = whole.plan.parts
    expect(count).toBeGreaterThan(12)
    let parts = 0
    for (let at = 0; ; at += 1) {
      const { world, model, plan, died } = open()
      await world.run({ input: ask('q1', 'same'), ...fresh })
      plan.dieAt = plan.parts + at
      parts = plan.parts
      await world.start({ input: ask('q2', 'same'), ...fresh })
      if (parts + at >= count) {
        await world.platform.idle()
        break
      }
      await died
      world.restart()
      await world.ring()
      const [, first, , second] = world.messages()
      expect({ at, parts: partsOf(second) }).toEqual({ at, parts: partsOf(first) })
      expect(second?.outcome).toMatchObject({ status: 'completed', usage: { totalTokens: 0 } })
      expect(model.asked).toHaveLength(2)
      expect(world.problems).toEqual([])
    }
    expect(count - parts).toBeGreaterThan(8)
  })
})

it('what a request asks of caches holds for the agents that are called, too', async () => {
  const caches = cacheWorld()
  const model = scriptedModel((_options, call) => says(`Answer ${call}.`))
  const helper = new Agent({ name: 'helper', instructions: '', description: 'Helps', model, cache: true })
  const boss = scriptedModel(({ prompt }) =>
    prompt.at(-1)?.role === 'tool' ? says('Done.') : calls(['agent-helper', { prompt: 'Help.' }]),
  )
  const world = new ThreadWorld(boss, { agents: { helper } }, { cache: caches.isolate() })
  const ran = async (id: string, cache?: false | 'refresh'): Promise<number> => {
    await world.run({
      input: ask(id),
      overrides: { memory: { lastMessages: 0 }, ...(cache !== undefined && { cache }) },
    })
    return model.asked.length
  }
  expect(await ran('q1')).toBe(1)
  expect(await ran('q2')).toBe(1)
  expect(await ran('q3', false)).toBe(2)
  expect(await ran('q4', 'refresh')).toBe(3)
  expect(JSON.stringify(world.messages().at(-1))).toContain('Answer 2.')
  expect(await ran('q5')).toBe(3)
  expect(JSON.stringify(world.messages().at(-1))).toContain('Answer 2.')
})

it('a turn tells of how many texts that it recalls by the vectors were known', async () => {
  const cache = cacheWorld().isolate()
  const embedder = new CountingEmbedder('one')
  const memory = new Memory({ embedder, options: { lastMessages: false, semanticRecall: true } })
  const world = new ThreadWorld(
    () => says('ok'),
    { memory },
    { cacheVectors: (own, shard, onAsked) => withVectorCache(own, cache, shard, onAsked) },
  )
  for (const id of ['a', 'b']) await world.run({ input: ask(id, 'The same words') })
  const { events, rows } = world.thread.parts
  const told = rows.turnsFrom(1, 10).flatMap(({ generations }) =>
    events
      .readGenerations(generations)
      .flatMap((row) => unpackRow(row))
      .flatMap(({ event }) => (event.type === 'cache' ? [event] : [])),
  )
  expect(told).toEqual([
    { type: 'cache', of: 'vectors', hit: false, texts: 1, hits: 0 },
    { type: 'cache', of: 'vectors', hit: true, texts: 1, hits: 1 },
  ])
})
