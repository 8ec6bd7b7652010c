import { describe, expect, it } from 'vitest'
import type { Embedder } from '../models/embedder.ts'
import { createOfflineEmbedder } from '../models/offline/embedder.ts'
import { MemoryStorage } from '../storage/adapters/memory-storage.ts'
import { Agent } from '../agents/agent.ts'
import type { Documents } from '../storage/documents.ts'
import { cleanupFacts, findFact, storeFacts } from './facts.ts'
import { Memory } from './memory.ts'

describe('facts', () => {
  it('are kept by category and key, and replaced', async () => {
    const memory = new Memory({ storage: new MemoryStorage() })
    await memory.store('user_preference', 'theme', 'light')
    await memory.store('user_preference', 'theme', 'dark')
    await memory.store('other', 'theme', { name: 'x' })
    expect(await memory.retrieve('user_preference', 'theme')).toBe('dark')
    expect(await memory.retrieve('other', 'theme')).toEqual({ name: 'x' })
    expect(await memory.retrieve('other', 'none')).toBeUndefined()
  })

  it('belong to their resource', async () => {
    const memory = new Memory({ storage: new MemoryStorage() })
    await memory.store('a', 'k', 1, { resourceId: 'ann' })
    expect(await memory.retrieve('a', 'k', { resourceId: 'ann' })).toBe(1)
    expect(await memory.retrieve('a', 'k', { resourceId: 'ben' })).toBeUndefined()
    expect(await memory.search('a k', { resourceId: 'ben' })).toEqual([])
  })

  it('are found by the words of their category, key and value, best first', async () => {
    const memory = new Memory({ storage: new MemoryStorage() })
    await memory.batchStore([
      { category: 'user_preference', key: 'theme', value: 'dark' },
      { category: 'travel', key: 'lastCity', value: 'Lisbon in spring' },
      { key: 'shoeSize', value: 43 },
    ])
    expect((await memory.search('user preference')).map(({ key }) => key)).toEqual(['theme'])
    expect((await memory.search('which city, Lisbon?'))[0]).toMatchObject({
      category: 'travel',
      key: 'lastCity',
    })
    expect((await memory.search('shoe size'))[0]).toMatchObject({ category: 'default', value: 43 })
    expect(await memory.search('shoe size', { category: 'travel' })).toEqual([])
    expect(await memory.search('theme city shoe', { limit: 2 })).toHaveLength(2)
  })

  it('are listed, forgotten, and cleaned up by age', async () => {
    let now = 1000
    const storage = new MemoryStorage()
    const services = { ...unbound, documents: (shard: string) => storage.documents(shard), now: () => now }
    const memory = new Memory().bind(services)
    await memory.batchStore([
      { category: 'a', key: 'old', value: 1 },
      { category: 'a', key: 'renewed', value: 1 },
    ])
    now = 5000
    await memory.store('a', 'renewed', 2)
    await memory.store('b', 'new', 3)
    expect((await memory.list({ category: 'a' })).map(({ key }) => key)).toEqual(['old', 'renewed'])
    expect(await memory.cleanup({ olderThan: new Date(2000) })).toBe(1)
    expect((await memory.list()).map(({ key, value, createdAt }) => [key, value, createdAt])).toEqual([
      ['renewed', 2, 1000],
      ['new', 3, 5000],
    ])
    await memory.forget('b', 'new')
    expect(await memory.retrieve('b', 'new')).toBeUndefined()
    await memory.store('b', 'new', 4)
    expect(await memory.retrieve('b', 'new')).toBe(4)
  })

  it('are not cleaned up where they were stored again meanwhile', async () => {
    const kept = new MemoryStorage().documents('resource/ann')
    const hasFound = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    const slow: Documents = {
      ...kept,
      put: async (...args) => {
        hasFound.resolve()
        await gate.promise
        await kept.put(...args)
      },
    }
    await storeFacts({ documents: kept, now: () => 1000 }, [{ key: 'k', value: 'old' }])
    const cleaning = cleanupFacts({ documents: slow }, 2000)
    await hasFound.promise
    await storeFacts({ documents: kept, now: () => 5000 }, [{ key: 'k', value: 'new' }])
    gate.resolve()
    await cleaning
    expect(await findFact({ documents: kept }, 'default', 'k')).toMatchObject({ value: 'new' })
  })

  it('are many, and all looked at', async () => {
    const memory = new Memory({ storage: new MemoryStorage() })
    const facts = Array.from({ length: 1200 }, (_, i) => ({ category: 'n', key: `key${i}`, value: i }))
    await memory.batchStore(facts)
    expect(await memory.list({ category: 'n' })).toHaveLength(1200)
    expect(await memory.cleanup({ olderThan: Date.now() + 1000 })).toBe(1200)
    expect(await memory.list()).toEqual([])
  })

  it('keep the vector of an embedder that is asked over the network, until they are stored anew', async () => {
    const asked: string[][] = []
    const offline = createOfflineEmbedder()
    const embedder: Embedder = {
      ...offline,
      provider: 'far',
      doEmbed: (options) => {
        asked.push(options.values)
        return offline.doEmbed(options)
      },
    }
    const memory = new Memory({ storage: new MemoryStorage(), embedder })
    await memory.store('a', 'colour', 'blue')
    await memory.search('colour')
    await memory.search('blue')
    await memory.store('a', 'colour', 'red')
    expect((await memory.search('red'))[0]).toMatchObject({ value: 'red' })
    expect(asked).toEqual([['colour', 'a colour: blue'], ['blue'], ['red', 'a colour: red']])
  })

  it('keep that vector as bytes of 32-bit floats, and know those that were kept as numbers', async () => {
    const asked: string[][] = []
    const many = createOfflineEmbedder({ dimensions: 1536 })
    const embedder: Embedder = {
      ...many,
      provider: 'far',
      doEmbed: (options) => {
        asked.push(options.values)
        return many.doEmbed(options)
      },
    }
    const storage = new MemoryStorage()
    const memory = new Memory({ storage, embedder })
    await memory.store('a', 'colour', 'blue')
    const [before] = await memory.search('colour')
    const facts = storage.documents('resource/default')
    const kept = await facts.get('facts', 'a/colour')
    expect(JSON.stringify(kept?.body['vector'])).toHaveLength(Math.ceil((4 * 1536) / 3) * 4 + 2)
    const { embeddings } = await many.doEmbed({ values: ['a colour: blue'] })
    const { version = 0, ...rest } = kept ?? { id: '', body: {}, index: {} }
    const body = { ...rest.body, vector: [...(embeddings[0] ?? [])] }
    await facts.put('facts', { ...rest, body, version: version + 1 })
    const [after] = await memory.search('colour')
    expect(after?.score).toBeCloseTo(before?.score ?? 0, 6)
    expect(asked).toEqual([['colour', 'a colour: blue'], ['colour']])
  })

  it('are found by their words while the embedder cannot be reached', async () => {
    const embedder: Embedder = {
      ...createOfflineEmbedder(),
      provider: 'far',
      doEmbed: () => Promise.reject(new Error('down')),
    }
    const memory = new Memory({ storage: new MemoryStorage(), embedder })
    await memory.store('a', 'colour', 'blue')
    expect((await memory.search('colour'))[0]).toMatchObject({ value: 'blue' })
  })

  it('are refused where they cannot be kept', async () => {
    const memory = new Memory({ storage: new MemoryStorage() })
    await expect(memory.store('', 'k', 1)).rejects.toThrow('its category must be a text of one line')
    await expect(memory.store('c', 'a\nb', 1)).rejects.toThrow('its key must be a text of one line')
    await expect(memory.batchStore([{ key: 'k', value: Number.NaN }])).rejects.toThrow(
      'its value is not JSON',
    )
    await expect(memory.cleanup({ olderThan: Number.NaN })).rejects.toThrow('olderThan must be a date')
    const agent = new Agent({ name: 'A', instructions: '', memory: new Memory() })
    await expect(agent.memory.store('c', 'k', 1)).rejects.toThrow('take it from app.getAgent(id).memory')
  })
})

const unbound = {
  vectors: () => {
    throw new Error('no vectors here')
  },
  resolveEmbedder: () => createOfflineEmbedder(),
}
