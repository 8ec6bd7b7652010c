import type { EmbeddingModelV4CallOptions } from '@ai-sdk/provider'
import { describe, expect, it } from 'vitest'
import { says } from '../../test/fixtures/scripted-model.ts'
import { ADDRESS, ask, ThreadWorld } from '../../test/fixtures/thread-world.ts'
import { listForgetFailures } from '../memory/forget-failures.ts'
import { Memory } from '../memory/memory.ts'
import { createOfflineEmbedder } from '../models/offline/embedder.ts'
import type { Message } from '../protocol/message.ts'

const INDEX = 'messages/offline-256'
const place = { address: ADDRESS, threadId: 'thread', fallback: 'ann' }

/** An embedder that tells how many texts each call had, and, where it is `held`, answers once it is let go. */
function counting({ isHeld = false } = {}) {
  const own = createOfflineEmbedder()
  const { promise: gate, resolve: letGo } = Promise.withResolvers<void>()
  if (!isHeld) letGo()
  const state = { calls: [] as number[], letGo }
  const embedder = {
    ...own,
    maxEmbeddingsPerCall: own.maxEmbeddingsPerCall,
    doEmbed: async (options: EmbeddingModelV4CallOptions) => {
      state.calls.push(options.values.length)
      await gate
      return own.doEmbed(options)
    },
  }
  return { embedder, state }
}

function openWorld(
  memory = new Memory({ options: { lastMessages: false, semanticRecall: { topK: 1, messageRange: 0 } } }),
) {
  return new ThreadWorld([says('one'), says('two'), says('three')], { memory })
}

/** The texts of the index, in order. */
async function indexed(world: ThreadWorld, index = INDEX): Promise<string[]> {
  const vector = Array.from({ length: 256 }, () => 1)
  const found = await world.vectors.query(index, { vector, topK: 1000 })
  return found.map(({ metadata }) => String(metadata?.['text'])).toSorted()
}

async function save(world: ThreadWorld, ...messages: Message[]): Promise<void> {
  await world.memory('save', { ...place, messages })
  await world.platform.idle()
}

describe('a message that was saved', () => {
  it('is recalled, and its vector goes when it is replaced or deleted', async () => {
    const world = openWorld()
    await save(world, ask('a', 'My dog is called Rex'), { ...ask('b', 'Noted'), role: 'assistant' })
    expect(await indexed(world)).toEqual(['My dog is called Rex', 'Noted'])
    await save(world, ask('a', 'long '.repeat(2000)))
    expect(await indexed(world)).toHaveLength(4)
    await save(world, ask('a', 'My cat is called Tom'))
    expect(await indexed(world)).toEqual(['My cat is called Tom', 'Noted'])
    await world.run({ input: ask('q', 'What is my cat called?') })
    expect(JSON.stringify(world.model.asked[0]?.prompt)).toContain('Tom')
    await world.memory('delete', { messageIds: ['a', 'b'] })
    await world.platform.idle()
    expect(await indexed(world)).toEqual(['What is my cat called?', 'one'])
    expect(world.thread.parts.rows.readOutbox()).toEqual([])
  })

  it('is in nobody’s way, and many are embedded in few calls', async () => {
    const { embedder, state } = counting({ isHeld: true })
    const world = openWorld(new Memory({ embedder, options: { semanticRecall: true } }))
    const many = Array.from({ length: 100 }, (_, n) => ask(`m${n}`, `word${n}`))
    // It is answered though the embedder does not answer.
    await world.memory('save', { ...place, messages: many })
    state.letGo()
    await world.platform.idle()
    expect(state.calls).toEqual([40, 40, 20])
    expect(await indexed(world)).toHaveLength(100)
  })

  it('is in the index as it was said last, also when it was replaced while it was embedded', async () => {
    const { embedder, state } = counting({ isHeld: true })
    const world = openWorld(new Memory({ embedder, options: { semanticRecall: true } }))
    await world.memory('save', { ...place, messages: [ask('a', 'before'), ask('b', 'beside')] })
    await world.memory('save', { ...place, messages: [ask('a', 'after')] })
    state.letGo()
    await world.platform.idle()
    expect(await indexed(world)).toEqual(['after', 'beside'])
    expect(world.thread.parts.rows.readOutbox()).toEqual([])
  })

  it('that no embedder takes keeps no other out of the index, nor what is said later', async () => {
    const own = createOfflineEmbedder()
    const embedder = {
      ...own,
      maxEmbeddingsPerCall: own.maxEmbeddingsPerCall,
      doEmbed: (options: EmbeddingModelV4CallOptions) => {
        if (options.values.includes('refused')) throw new RangeError('that text is too long')
        return own.doEmbed(options)
      },
    }
    const world = openWorld(new Memory({ embedder, options: { semanticRecall: true } }))
    const many = Array.from({ length: 60 }, (_, n) => ask(`m${n}`, n === 50 ? 'refused' : `word${n}`))
    await save(world, ...many)
    expect(await indexed(world)).toHaveLength(59)
    expect(world.logged.join()).toContain('that text is too long')
    await save(world, ask('later', 'said later'))
    expect(await indexed(world)).toContain('said later')
    expect(world.thread.parts.rows.readOutbox()).toEqual([])
  })

  it('is embedded in the next life of the object, if it died before', async () => {
    const world = openWorld()
    world.isStoreDown = true
    await save(world, ask('a', 'words'))
    world.restart()
    world.isStoreDown = false
    await world.ring()
    expect(await indexed(world)).toEqual(['words'])
  })

  it('is embedded for the agent that is named, else once for each index that an agent recalls from', async () => {
    const [first, second] = [counting(), counting()]
    const world = openWorld(new Memory({ embedder: first.embedder, options: { semanticRecall: true } }))
    world.addAgent('again', {
      memory: new Memory({ embedder: first.embedder, options: { semanticRecall: true } }),
    })
    world.addAgent('other', {
      memory: new Memory({ embedder: second.embedder, options: { semanticRecall: true } }),
    })
    world.addAgent('plain', {})
    await save(world, ask('a'))
    expect([first.state.calls, second.state.calls]).toEqual([[1], [1]])
    await world.memory('save', { ...place, agentId: 'other', messages: [ask('b')] })
    await world.memory('save', { ...place, agentId: 'plain', messages: [ask('c')] })
    await world.platform.idle()
    expect([first.state.calls, second.state.calls]).toEqual([[1], [1, 1]])
  })

  it('is not embedded where no agent recalls anything', async () => {
    const world = new ThreadWorld([])
    await save(world, ask('a'))
    expect(await world.vectors.listIndexes()).toEqual([])
  })
})

it('a thread that is cloned is recalled as well, and what was taken back is not', async () => {
  const memory = new Memory({ options: { semanticRecall: { topK: 1, messageRange: 0 } } })
  const world = new ThreadWorld([says('one'), says('two')], { memory })
  await world.run({ input: ask('a', 'My dog is called Rex') })
  await world.run({ regenerate: {} })
  await save(world, ask('s', 'saved'))
  const copy = await world.memory('copy', {})
  const into = new ThreadWorld([says('Rex')], { memory }, { address: '-/copy' })
  const named = { address: '-/copy', threadId: 'copy', resourceId: 'ann', title: '', metadata: {} }
  await into.memory('paste', { ...named, turns: copy.turns })
  await into.platform.idle()
  expect(await indexed(into)).toEqual(['My dog is called Rex', 'saved', 'two'])
  await into.memory('remove', {})
  await into.platform.idle()
  expect(await indexed(into)).toEqual([])
})

it('what is forgotten while it is forgotten is forgotten once: what was said again since stays', async () => {
  const world = openWorld()
  await save(world, ask('a', 'one'), ask('b', 'two'))
  world.isStoreDown = true
  await world.memory('save', { ...place, messages: [ask('a', 'one anew')] })
  await world.platform.idle()
  world.isStoreDown = false
  // Between the forgetting and the embedding of the one the other is replaced.
  const { vectors } = world
  const query = vectors.delete
  let isFirst = true
  vectors.delete = async (...args) => {
    await query(...args)
    if (!isFirst) return
    isFirst = false
    await world.memory('save', { ...place, messages: [ask('b', 'two anew')] })
  }
  await world.ring()
  while (world.thread.parts.rows.hasOutbox()) await world.ring()
  expect(await indexed(world)).toEqual(['one anew', 'two anew'])
})

/** The index of a world that refuses, until it is let go. */
async function refusing() {
  const world = openWorld()
  await save(world, ask('a', 'My dog is called Rex'), ask('b', 'My cat is called Tom'))
  const { vectors } = world
  const { delete: own } = vectors
  vectors.delete = () => Promise.reject(new RangeError('no deletions here'))
  return { world, letGo: () => (vectors.delete = own) }
}

describe('what an index refuses to forget', () => {
  it('is told of by the resource, tried again, and keeps nothing else from being done', async () => {
    const { world, letGo } = await refusing()
    await world.memory('delete', { messageIds: ['a'] })
    await save(world, ask('c', 'The weather is nice'))
    expect(await listForgetFailures(world.documents)).toEqual([
      { address: ADDRESS, error: 'no deletions here', since: world.now },
    ])
    expect(await indexed(world)).toEqual([
      'My cat is called Tom',
      'My dog is called Rex',
      'The weather is nice',
    ])
    await world.ring()
    await world.ring()
    expect(world.logged.filter((line) => line.includes('cannot forget'))).toHaveLength(1)
    expect(world.platform.alarmAt).not.toBeNull()
    letGo()
    await world.ring()
    expect(await indexed(world)).toEqual(['My cat is called Tom', 'The weather is nice'])
    expect(await listForgetFailures(world.documents)).toEqual([])
    expect(world.thread.parts.rows.readOutbox()).toEqual([])
  })

  it('takes nothing with it that was said anew in its place meanwhile', async () => {
    const { world, letGo } = await refusing()
    await save(world, ask('a', 'My dog is called Max'))
    expect(await indexed(world)).toEqual(['My cat is called Tom', 'My dog is called Max'])
    letGo()
    while (world.thread.parts.rows.hasOutbox()) await world.ring()
    expect(await indexed(world)).toEqual(['My cat is called Tom', 'My dog is called Max'])
  })

  it('is still to be forgotten when its thread is gone', async () => {
    const { world, letGo } = await refusing()
    await world.memory('remove', {})
    world.restart()
    await world.ring()
    expect(await indexed(world)).toHaveLength(2)
    expect(await listForgetFailures(world.documents)).toHaveLength(1)
    letGo()
    await world.ring()
    expect(await indexed(world)).toEqual([])
    expect(world.thread.parts.rows.hasTables).toBe(false)
  })
})
