import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import { describe, expect, it } from 'vitest'
import type { MemoryConfig } from '../memory/memory.ts'
import { Memory } from '../memory/memory.ts'
import type { Embedder } from '../models/embedder.ts'
import { unpackRow } from '../log/row.ts'
import { createOfflineEmbedder } from '../models/offline/embedder.ts'
import { createOfflineModel } from '../models/offline/model.ts'
import { createMemoryVectors } from '../storage/adapters/memory-vectors.ts'
import { createUpstashVectors } from '../storage/adapters/upstash-vectors.ts'
import { startUpstashVector } from '../../test/fixtures/upstash/vector-server.ts'
import type { Vectors } from '../storage/vectors.ts'
import type { ScriptedModel } from '../../test/fixtures/scripted-model.ts'
import { says, scriptedModel } from '../../test/fixtures/scripted-model.ts'
import { ThreadWorld, ask } from '../../test/fixtures/thread-world.ts'

const INDEX = 'messages/offline-256'

describe('semantic recall', () => {
  it('brings back what has left the window, with its answer, in the order in which it was said', async () => {
    const world = worldWith({ options: { lastMessages: 2, semanticRecall: { topK: 1, messageRange: 0 } } })
    await say(world, 'My dog is called Rex', 'The weather is nice', 'Seven times six')
    await say(world, 'What is my dog called?')
    expect(lastPrompt(world)).toEqual([
      'user: My dog is called Rex',
      'assistant: ok',
      'user: Seven times six',
      'assistant: ok',
      'user: What is my dog called?',
    ])
  })

  it('recalls what was just said though the index has not heard of it', async () => {
    const world = worldWith({
      options: { lastMessages: false, semanticRecall: { topK: 2, messageRange: 0 } },
    })
    await say(world, 'My dog is called Rex')
    await world.vectors.deleteIndex(INDEX)
    await say(world, 'What is my dog called?')
    expect(lastPrompt(world)[0]).toBe('user: My dog is called Rex')
    // An object that has just woken up knows it as well.
    await world.vectors.deleteIndex(INDEX)
    world.restart()
    await say(world, 'And my dog, what is it called?')
    expect(lastPrompt(world)).toContain('user: My dog is called Rex')
  })

  it('knows what was said on other threads of the resource, and of no other resource', async () => {
    const memory = { options: { semanticRecall: { topK: 1, messageRange: 1 } } }
    const first = worldWith(memory)
    await say(first, 'My name is Ada Lovelace')
    const second = worldWith(memory, undefined, first)
    await say(second, 'What is my name?')
    expect(lastPrompt(second)[0]).toContain('the user:\nMy name is Ada Lovelace')
    expect(lastPrompt(second)[0]).toContain('you:\nok')
  })

  it('looks at its own thread alone with the scope thread', async () => {
    const memory = { options: { semanticRecall: { scope: 'thread' as const } } }
    const first = worldWith(memory)
    await say(first, 'My name is Ada Lovelace')
    const second = worldWith(memory, undefined, first)
    await say(second, 'What is my name?')
    expect(lastPrompt(second)).toEqual(['user: What is my name?'])
  })

  it('recalls nothing below the threshold, and nothing that is shown anyway', async () => {
    const semanticRecall = { threshold: 0.99, hybrid: false }
    const world = worldWith({ options: { lastMessages: 2, semanticRecall } })
    await say(world, 'My dog is called Rex', 'Seven times six', 'What is my dog called?')
    expect(lastPrompt(world)).toEqual([
      'user: Seven times six',
      'assistant: ok',
      'user: What is my dog called?',
    ])
  })

  it('recalls by its words what is below the threshold, whether the index shows it yet or not', async () => {
    const semanticRecall = { threshold: 0.99, topK: 2, messageRange: 0 }
    const world = worldWith({ options: { lastMessages: 2, semanticRecall } })
    await say(world, 'The order has the number A-1042', 'Seven times six', 'And the weather', 'Order A1042?')
    expect(lastPrompt(world)).toContain('user: The order has the number A-1042')
    expect(lastPrompt(world)).not.toContain('user: Seven times six')
    await world.vectors.deleteIndex(INDEX)
    world.restart()
    await say(world, 'Seven', 'Nothing', 'What about number 1042?')
    expect(lastPrompt(world)).toContain('user: The order has the number A-1042')
  })

  it('recalls by words from a hybrid index of Upstash, before it shows them and after', async () => {
    const server = await startUpstashVector({ type: 'HYBRID', dimension: 256 })
    const vector = createUpstashVectors(server, { random: () => 0, wait: async () => undefined })
    const semanticRecall = { threshold: 0.99, topK: 1, messageRange: 0 }
    const world = worldWith({ vector, options: { lastMessages: false, semanticRecall } })
    server.isSlow = true
    await say(world, 'The order has the number A-1042', 'Seven times six', 'What about a1042?')
    expect(lastPrompt(world)[0]).toBe('user: The order has the number A-1042')
    server.settle()
    await say(world, 'And #1042?')
    expect(lastPrompt(world).slice(0, -1).join()).toContain('1042')
    const elsewhere = worldWith({ vector, options: { semanticRecall } }, undefined, world)
    await say(elsewhere, 'Was there a number 1042?')
    expect(lastPrompt(elsewhere)[0]).toContain('The order has the number A-1042')
    expect([...warningsOf(world), ...warningsOf(elsewhere)]).toEqual([])
    await server.close()
  })

  it('goes by nearness alone where the vectors know no words', async () => {
    const stored = createMemoryVectors()
    const query: Vectors['query'] = (index, { vector, topK }) => stored.query(index, { vector, topK })
    const semanticRecall = { threshold: 0.99, topK: 2, messageRange: 0 }
    const vector: Vectors = { ...stored, query }
    const world = worldWith({ vector, options: { lastMessages: 2, semanticRecall } })
    await say(world, 'The order has the number A-1042', 'Seven times six', 'Order A1042?')
    expect(lastPrompt(world)).toEqual(['user: Seven times six', 'assistant: ok', 'user: Order A1042?'])
    expect(warningsOf(world)).toEqual([])
  })

  it('is off unless it is asked for: then nothing is embedded', async () => {
    const world = worldWith({})
    await say(world, 'hello')
    expect(await world.vectors.listIndexes()).toEqual([])
    expect(world.thread.parts.rows.readOutbox()).toEqual([])
  })

  it('forgets an answer that was given anew, a message that was deleted and a thread that was', async () => {
    const world = worldWith({ options: { semanticRecall: true } })
    await say(world, 'My dog is called Rex', 'It is a terrier')
    await world.run({ regenerate: {} })
    expect(await indexed(world)).toEqual(['ok', 'ok', 'It is a terrier', 'My dog is called Rex'].toSorted())
    const [first] = world.messages()
    await world.memory('delete', { messageIds: [first?.id ?? ''] })
    await world.ring()
    expect(await indexed(world)).toEqual(['It is a terrier', 'ok', 'ok'].toSorted())
    await world.memory('remove', {})
    expect(await indexed(world)).toEqual([])
  })

  it('embeds in batches, each message once, whichever commit the object dies after', async () => {
    for (let k = 0; k < 6; k += 1) {
      const world = worldWith({ options: { semanticRecall: true } })
      dieAfter(world, k)
      await world.start({ input: ask('q1', 'My dog is called Rex') })
      await Promise.race([world.platform.idle(), died])
      world.restart()
      await world.ring()
      await world.ring()
      expect(await indexed(world), `after commit ${k}`).toEqual(['My dog is called Rex', 'ok'])
      expect(world.thread.parts.rows.readOutbox()).toEqual([])
      expect(world.problems).toEqual([])
    }
  })
})

describe('a storage that cannot be reached', () => {
  it('costs a turn its recall and nothing else; all is made good afterwards', async () => {
    const world = worldWith({
      options: { lastMessages: 2, semanticRecall: true, workingMemory: { enabled: true } },
    })
    await say(world, 'My dog is called Rex')
    world.isStoreDown = true
    await say(world, 'It is a terrier', 'It is brown')
    expect(warningsOf(world).toSorted()).toEqual([
      'recall_unavailable: Nothing was recalled: the store is down',
      'working_memory_unavailable: The working memory could not be read: the store is down',
    ])
    expect(world.texts()).toEqual([
      'My dog is called Rex',
      'ok',
      'It is a terrier',
      'ok',
      'It is brown',
      'ok',
    ])
    world.isStoreDown = false
    await world.ring()
    expect(world.thread.parts.rows.readOutbox()).toEqual([])
    expect(await indexed(world)).toEqual(
      ['My dog is called Rex', 'It is a terrier', 'It is brown', 'ok', 'ok', 'ok'].toSorted(),
    )
  })

  it('is waited for no longer than the bound', async () => {
    const silent: Embedder = { ...createOfflineEmbedder(), doEmbed: () => new Promise(() => undefined) }
    const world = worldWith({ embedder: silent, options: { semanticRecall: true, timeoutMs: 30 } })
    const turn = await world.start({ input: ask('q1') })
    // The embedder never answers: without the bound this would wait for ever.
    await world.thread.running?.done
    expect(turn).toBe(1)
    expect(warningsOf(world)).toEqual(['recall_unavailable: Nothing was recalled: it took longer than 30 ms'])
    expect(world.texts()).toEqual(['q1', 'ok'])
  })

  it('is given up where the app is wrong, and the log says so', async () => {
    const world = worldWith({ options: { semanticRecall: true } })
    await world.vectors.createIndex(INDEX, { dimension: 3 })
    await say(world, 'hello')
    expect(world.thread.parts.rows.readOutbox()).toEqual([])
    expect(world.logged.join()).toContain('memory gives up')
  })
})

describe('pinned messages', () => {
  it('are shown however long ago they were said', async () => {
    const world = worldWith({ options: { lastMessages: 2 } })
    await say(world, 'Always answer in French', 'one', 'two')
    const [first] = world.messages()
    await world.memory('pin', { messageId: first?.id ?? '', isPinned: true })
    await say(world, 'three')
    expect(lastPrompt(world)).toEqual([
      'user: Always answer in French',
      'assistant: ok',
      'user: two',
      'assistant: ok',
      'user: three',
    ])
    await world.memory('pin', { messageId: first?.id ?? '', isPinned: false })
    await say(world, 'four')
    expect(lastPrompt(world)).toEqual(['user: three', 'assistant: ok', 'user: four'])
    await expect(world.memory('pin', { messageId: 'none', isPinned: true })).rejects.toThrow(
      'no message "none"',
    )
  })
})

describe('a thread that is not there', () => {
  it('has nothing to pin', async () => {
    const world = worldWith({})
    await expect(world.memory('pin', { messageId: 'm', isPinned: false })).rejects.toMatchObject({
      code: 'thread_not_found',
    })
  })
})

describe('compaction', () => {
  it('sums up what has left the window and keeps every message', async () => {
    const world = worldWith({ options: { lastMessages: 2, compaction: { every: 2 } } })
    await say(world, 'one', 'two', 'three')
    expect(world.texts()).toHaveLength(6)
    const asked = world.model.asked.map(({ prompt }) => flat(prompt))
    const summary = asked.find((lines) => lines[0]?.includes('keep the summary'))
    expect(summary?.[1]).toBe('user: Said since:\nuser: one\n\nassistant: ok')
    await say(world, 'four')
    expect(lastTurnPrompt(world, 'four')[0]).toContain('Earlier in this conversation')
    expect(lastTurnPrompt(world, 'four')).not.toContain('user: one')
    expect(lastTurnPrompt(world, 'four')).toContain('user: three')
    expect(world.texts()).toEqual(['one', 'ok', 'two', 'ok', 'three', 'ok', 'four', 'ok'])
  })

  it('is made anew when something that it tells of is deleted', async () => {
    const world = worldWith({ options: { lastMessages: 2, compaction: { every: 2 } } })
    await say(world, 'one', 'two')
    expect(world.thread.parts.rows.readNote('summary')).toBeDefined()
    const [first] = world.messages()
    await world.memory('delete', { messageIds: [first?.id ?? ''] })
    expect(world.thread.parts.rows.readNote('summary')).toBeUndefined()
  })
})

describe('without a language model', () => {
  it('what the user said stands for its summary, and its first words for the title', async () => {
    const options = { lastMessages: 2, compaction: { every: 2 }, generateTitle: true }
    const world = worldWith({ options }, { ...createOfflineModel(), asked: [], left: 0 })
    await say(world, 'My order is A-1043', 'Thanks', `I like ${'tea '.repeat(100)}`, 'Thank you')
    expect(world.thread.meta?.info.title).toBe('My order is A-1043')
    const { text } = JSON.parse(world.thread.parts.rows.readNote('summary') ?? '{}')
    const tea = `- I like ${'tea '.repeat(100)}`.slice(0, 201)
    expect(text).toBe(`- My order is A-1043\n- Thanks\n${tea}…`)
  })
})

describe('titles', () => {
  it('are given by a model after the first turn, and told to the list', async () => {
    const world = worldWith({ options: { generateTitle: true } }, titling())
    await say(world, 'My dog is called Rex')
    expect(world.thread.meta?.info.title).toBe('A dog named Rex')
    expect(await world.list()).toMatchObject([{ title: 'A dog named Rex' }])
  })

  it('are given to a thread that was created without one', async () => {
    const world = worldWith({ options: { generateTitle: true } }, titling())
    await world.memory('create', { threadId: 'thread', resourceId: 'ann', address: world.address })
    await say(world, 'My dog is called Rex')
    expect(world.thread.meta?.info.title).toBe('A dog named Rex')
  })

  it('are not asked for again of a model that says nothing: it would be asked for ever', async () => {
    const silent = scriptedModel(({ prompt }) => says(flat(prompt)[0]?.includes('Name the') ? ' ' : 'ok'))
    const world = worldWith({ options: { generateTitle: true } }, silent)
    await say(world, 'My dog is called Rex')
    expect(world.thread.meta?.info.title).toBe('My dog is called Rex')
    expect(world.thread.parts.rows.readOutbox()).toEqual([])
  })

  it('leave alone what somebody named already', async () => {
    const world = worldWith({ options: { generateTitle: true } }, titling())
    await world.memory('create', {
      threadId: 'thread',
      resourceId: 'ann',
      address: world.address,
      title: 'Mine',
    })
    await say(world, 'My dog is called Rex')
    expect(world.thread.meta?.info.title).toBe('Mine')
  })
})

function worldWith(
  memory: MemoryConfig,
  model = scriptedModel(() => says('ok')),
  shares?: ThreadWorld,
): ThreadWorld {
  return new ThreadWorld(model, { memory: new Memory(memory) }, shares && { shares, address: '-/second' })
}

async function say(world: ThreadWorld, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    world.now += 1
    await world.run({ input: ask(`${text} ${world.now}`, text) })
  }
}

function lastPrompt(world: ThreadWorld): string[] {
  return flat(world.model.asked.at(-1)?.prompt ?? [])
}

function lastTurnPrompt(world: ThreadWorld, text: string): string[] {
  const prompts = world.model.asked.map(({ prompt }) => flat(prompt))
  return prompts.findLast((lines) => lines.at(-1) === `user: ${text}`) ?? []
}

function flat(prompt: LanguageModelV4Prompt): string[] {
  return prompt.map(({ role, content }) => {
    const texts =
      typeof content === 'string'
        ? [content]
        : content.map((part) => (part.type === 'text' ? part.text : part.type))
    return `${role}: ${texts.join('')}`
  })
}

/** The texts that the index holds, in their own order. */
async function indexed(world: ThreadWorld): Promise<string[]> {
  const info = await world.vectors.describeIndex(INDEX)
  if (!info || info.count === 0) return []
  const vector = Array.from({ length: info.dimension }, () => 1)
  const found = await world.vectors.query(INDEX, { vector, topK: 1000 })
  return found.map(({ metadata }) => String(metadata?.['text'])).toSorted()
}

function warningsOf(world: ThreadWorld): string[] {
  const { rows, events } = world.thread.parts
  const record = rows.turnsBefore(Number.MAX_SAFE_INTEGER, 1)[0]
  return events
    .readGenerations(record?.generations ?? [])
    .flatMap((row) => unpackRow(row))
    .flatMap(({ event }) => (event.type === 'warning' ? [`${event.code}: ${event.message}`] : []))
}

let died: Promise<void> = Promise.resolve()

function dieAfter(world: ThreadWorld, k: number): void {
  let commits = 0
  died = new Promise((resolve) => {
    world.afterCommit = async () => {
      commits += 1
      if (commits - 1 !== k) return
      world.afterCommit = async () => undefined
      resolve()
      await new Promise(() => undefined)
    }
  })
}

/** Answers as itself; asked for a title it gives one. */
function titling(): ScriptedModel {
  return scriptedModel(({ prompt }) =>
    flat(prompt)[0]?.includes('Name the conversation') ? says('"A dog named Rex"\n') : says('ok'),
  )
}
