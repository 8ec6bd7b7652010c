import { describe, expect, it } from 'vitest'
import { MemoryStorage } from './adapters/memory-storage.ts'

/** A storage whose reads come back only when they are let. */
class SlowStorage extends MemoryStorage {
  readonly reads: (() => void)[] = []
  isSlow = false

  override async get(...args: Parameters<MemoryStorage['get']>): ReturnType<MemoryStorage['get']> {
    const value = await super.get(...args)
    if (this.isSlow) await new Promise<void>((resolve) => void this.reads.push(resolve))
    return value
  }
}

const document = (version: number) => ({ id: 'x', body: { version }, index: { at: version }, version })

describe('a storage of four methods', () => {
  it('keeps the newer of two versions that are written at once, whichever came first', async () => {
    for (const versions of [
      [1, 2],
      [2, 1],
    ]) {
      const storage = new SlowStorage()
      const documents = storage.documents('s')
      storage.isSlow = true
      const writes = versions.map((version) => documents.put('c', document(version)))
      await letAllRead(storage, Promise.all(writes))
      storage.isSlow = false
      expect(await documents.get('c', 'x')).toEqual(document(2))
    }
  })

  it('goes on writing a document after one write of it has failed', async () => {
    class Failing extends MemoryStorage {
      isFull = false
      override async set(...args: Parameters<MemoryStorage['set']>): Promise<void> {
        if (this.isFull) throw new Error('full')
        await super.set(...args)
      }
    }
    const storage = new Failing()
    const documents = storage.documents('s')
    storage.isFull = true
    await expect(documents.put('c', document(1))).rejects.toThrow('full')
    storage.isFull = false
    await documents.put('c', document(1))
    expect(await documents.get('c', 'x')).toEqual(document(1))
  })

  it('gives a cursor back as it came: to some backends it is no key', async () => {
    class Paged extends MemoryStorage {
      override async list({ after = '0', ...query }: Parameters<MemoryStorage['list']>[0]) {
        const { keys } = await super.list({ ...query, limit: 1000 })
        const [from, to] = [Number(after), Number(after) + query.limit]
        return { keys: keys.slice(from, to), ...(to < keys.length && { next: String(to) }) }
      }
    }
    const keyValue = new Paged().keyValue('s')
    for (const key of ['a', 'b', 'c']) await keyValue.set(key, 1)
    const first = await keyValue.list({ limit: 2 })
    expect(first).toEqual({ keys: ['a', 'b'], next: '2' })
    expect(await keyValue.list({ limit: 2, after: '2' })).toEqual({ keys: ['c'] })
  })

  it('keeps shards, collections, values and documents apart, whatever they are called', async () => {
    const storage = new MemoryStorage()
    const names = ['a', 'a/b', 'a%2Fb', '']
    for (const shard of names) {
      for (const collection of names)
        await storage.documents(shard).put(collection, {
          id: 'b/x',
          body: { shard, collection },
          index: { at: 1 },
          version: 1,
        })
      await storage.keyValue(shard).set('b/x', { shard })
    }
    for (const shard of names) {
      for (const collection of names) {
        const page = await storage.documents(shard).query(collection, { by: 'at', limit: 10 })
        expect(page.documents.map(({ body }) => body)).toEqual([{ shard, collection }])
      }
      expect(await storage.keyValue(shard).get('b/x')).toEqual({ shard })
      expect(await storage.keyValue(shard).list({ limit: 10 })).toEqual({ keys: ['b/x'] })
    }
  })
})

/** Lets reads come back as they begin, until the work is done. */
async function letAllRead(storage: SlowStorage, work: Promise<unknown>): Promise<void> {
  const state = { isDone: false }
  const done = work.then(() => (state.isDone = true))
  while (!state.isDone) {
    for (const read of storage.reads.splice(0)) read()
    await Promise.race([done, new Promise((resolve) => setImmediate(resolve))])
  }
}
