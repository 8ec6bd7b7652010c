import { expect, it } from 'vitest'
import { createNodeSql } from '../../test/fixtures/node-sql.ts'
import { MemoryStorage } from '../storage/adapters/memory-storage.ts'
import { createSqlKeyValue } from '../storage/adapters/sql-key-value.ts'
import type { KeyValue } from '../storage/key-value.ts'
import type { Cache, CacheLimits } from './cache.ts'
import { ISOLATE_MS, checkTtl, createCache, eraseCache } from './cache.ts'
import { canonical, hashKey } from './key.ts'
import { askCache, landAnswer } from './through.ts'

const never = new AbortController().signal
const clock = { now: 1_000_000 }

function cacheOn(keyValue: KeyValue, limits: CacheLimits = {}): Cache & { problems: string[] } {
  const problems: string[] = []
  const services = {
    keyValue: () => keyValue,
    now: () => clock.now,
    onProblem: (error: unknown) => problems.push(String(error)),
  }
  return { ...createCache(limits, services), problems }
}

it.each([
  ['memory', () => new MemoryStorage({ now: () => clock.now }).keyValue('s')],
  ['SQL', () => createSqlKeyValue(createNodeSql(), () => clock.now)],
])(
  'answers are found in the isolate, then in a storage in %s, until their time is over',
  async (_name, open) => {
    const storage = open()
    const [here, there] = [cacheOn(storage), cacheOn(storage)]
    await here.keep('s', [{ key: 'k', value: { text: 'Bärn' } }], 1000)
    expect(await here.look('s', ['k', 'other'])).toEqual([
      { value: { text: 'Bärn' }, level: 'isolate' },
      undefined,
    ])
    expect(await there.look('s', ['k'])).toEqual([{ value: { text: 'Bärn' }, level: 'storage' }])
    expect(await there.look('s', ['k'])).toEqual([{ value: { text: 'Bärn' }, level: 'isolate' }])
    clock.now += 999
    expect(await there.look('s', ['k'])).toMatchObject([{ level: 'isolate' }])
    clock.now += 1
    expect(await there.look('s', ['k'])).toEqual([undefined])
    expect(await here.look('s', ['k'])).toEqual([undefined])
  },
)

it('what an isolate keeps is the shard’s own, and nobody changes what another is given', async () => {
  const cache = cacheOn(new MemoryStorage().keyValue('s'))
  const value = { list: [1] }
  await cache.keep('s', [{ key: 'k', value }], 1000)
  value.list.push(2)
  const [hit] = await cache.look('s', ['k'])
  expect(hit?.value).toEqual({ list: [1] })
  if (hit) (hit.value as { list: number[] }).list.push(3)
  expect((await cache.look('s', ['k']))[0]?.value).toEqual({ list: [1] })
})

it('what was erased in the storage an isolate forgets within ten minutes', async () => {
  const storage = new MemoryStorage({ now: () => clock.now }).keyValue('s')
  const cache = cacheOn(storage)
  await cache.keep(
    's',
    Array.from({ length: 3 }, (_, i) => ({ key: `k${i}`, value: i })),
    1e9,
  )
  await storage.set('own', 1)
  await eraseCache(storage)
  expect((await storage.list({ limit: 10 })).keys).toEqual(['own'])
  clock.now += ISOLATE_MS - 1
  expect(await cache.look('s', ['k1'])).toMatchObject([{ level: 'isolate' }])
  clock.now += 1
  expect(await cache.look('s', ['k1'])).toEqual([undefined])
})

it('a value that is too long is kept nowhere, one of another format is not read', async () => {
  const storage = new MemoryStorage().keyValue('s')
  const cache = cacheOn(storage, { valueLength: 10 })
  await cache.keep(
    's',
    [
      { key: 'long', value: 'x'.repeat(9) },
      { key: 'fits', value: 'x'.repeat(8) },
    ],
    1000,
  )
  expect((await storage.list({ limit: 10 })).keys).toEqual(['cache/1/fits'])
  expect(await cache.look('s', ['long'])).toEqual([undefined])
  // As another version of the kit would write it.
  await storage.set('cache/2/other', { due: 1e15, json: '1' })
  await storage.set('cache/1/text', 'x')
  await storage.set('cache/1/half', { due: 1e15 })
  expect(await cache.look('s', ['other', 'text'])).toEqual([undefined, undefined])
  expect(await cache.look('s', ['half'])).toEqual([undefined])
})

it('a storage that hangs is waited for once, then left alone for ten seconds', async () => {
  let asked = 0
  const storage = new MemoryStorage().keyValue('s')
  const hanging: KeyValue = { ...storage, getMany: () => ((asked += 1), new Promise(() => undefined)) }
  const cache = cacheOn(hanging, { timeoutMs: 20 })
  expect(await cache.look('s', ['k'])).toEqual([undefined])
  expect(await cache.look('s', ['k'])).toEqual([undefined])
  await cache.keep('s', [{ key: 'k', value: 1 }], 1000)
  expect(await cache.look('s', ['k'])).toMatchObject([{ level: 'isolate' }])
  expect([asked, cache.problems.length]).toEqual([1, 1])
  clock.now += 10_000
  await cache.look('s', ['other'])
  expect([asked, cache.problems.length]).toEqual([2, 2])
})

it('a storage that throws at once is a miss, too', async () => {
  const services = {
    now: () => clock.now,
    keyValue: (): KeyValue => {
      throw new Error('not configured')
    },
  }
  const cache = createCache({}, services)
  expect(await cache.look('s', ['k'])).toEqual([undefined])
  await cache.keep('s', [{ key: 'k', value: 1 }], 1000)
  expect(await cache.look('s', ['k'])).toMatchObject([{ value: 1 }])
})

it('many who ask at once make one question of the storage and one computation', async () => {
  const memory = new MemoryStorage().keyValue('s')
  let looked = 0
  const cache = cacheOn({ ...memory, getMany: (keys) => ((looked += 1), memory.getMany(keys)) })
  const place = { shard: 's', key: 'k' }
  let computed = 0
  const ask = async (): Promise<string> => {
    const asked = await askCache(cache, place, 'use', never)
    if (asked.hit) return `${asked.hit.level} ${asked.hit.value}`
    computed += 1
    if (asked.lead) await landAnswer(cache, place, asked.lead, { value: 'x', ttlMs: 1000 })
    return 'made'
  }
  const all = await Promise.all(Array.from({ length: 20 }, ask))
  expect(all.toSorted()).toEqual([...Array.from({ length: 19 }, () => 'flight x'), 'made'])
  expect([looked, computed]).toEqual([1, 1])
  expect(await ask()).toBe('isolate x')
  const fresh = await askCache(cache, place, 'refresh', never)
  expect(Object.keys(fresh)).toEqual(['lead'])
})

it('who is stopped while the storage is asked leaves the computation to who waits', async () => {
  const memory = new MemoryStorage().keyValue('s')
  const gate = Promise.withResolvers<void>()
  const cache = cacheOn({ ...memory, getMany: (keys) => gate.promise.then(() => memory.getMany(keys)) })
  const stop = new AbortController()
  const place = { shard: 's', key: 'k' }
  const [first, second] = [askCache(cache, place, 'use', stop.signal), askCache(cache, place, 'use', never)]
  stop.abort(new Error('stopped'))
  gate.resolve()
  await expect(first).rejects.toThrow('stopped')
  const asked = await second
  expect(Object.keys(asked)).toEqual(['lead'])
  asked.lead?.land({ type: 'none' })
})

it('limits and times that cannot be right are refused by name', () => {
  const keyValue = new MemoryStorage().keyValue('s')
  expect(() => cacheOn(keyValue, { entries: -1 })).toThrow('cache.entries -1')
  expect(() => cacheOn(keyValue, { timeoutMs: 0.5 })).toThrow('cache.timeoutMs 0.5')
  expect(() => checkTtl(0)).toThrow('cache.ttlMs 0')
  expect(() => checkTtl(Number.NaN)).toThrow(RangeError)
})

it('a key is one for all spellings of a question, and shows nothing of it', async () => {
  expect(canonical({ b: [1, undefined], a: { d: undefined, c: 'x' } })).toBe(
    canonical({ a: { c: 'x' }, b: [1, null] }),
  )
  expect(canonical(new URL('http://x/y'))).toBe('"http://x/y"')
  expect(await hashKey({ text: 'a secret' })).toMatch(/^[0-9a-f]{64}$/)
  expect(await hashKey({ text: 'a' })).not.toBe(await hashKey({ text: 'b' }))
  await expect(hashKey({ call: () => 1 })).rejects.toThrow('A function has no JSON')
  expect(canonical(new Uint8Array([1, 2]))).toBe('bytes 1,2')
})

it.each([
  [new Map([['city', 'Bern']]), 'A Map has no JSON'],
  [new Set(['Bern']), 'A Set has no JSON'],
  [new Uint8Array([1]).buffer, 'A ArrayBuffer has no JSON'],
  [Number.NaN, 'A number has no JSON'],
  [Number.POSITIVE_INFINITY, 'A number has no JSON'],
])('%o is in no key: others of its kind would have the same', async (value, message) => {
  await expect(hashKey({ of: 'tool', own: { value } })).rejects.toThrow(message)
})

it('is erased to its end, though a page of it may hold nothing but what has expired', async () => {
  const left = ['cache/1/gone', 'cache/1/a', 'cache/1/b', 'cache/1/old', 'cache/1/c']
  const expired = new Set(['cache/1/gone', 'cache/1/old'])
  const paged: KeyValue = {
    ...new MemoryStorage().keyValue('s'),
    list: async ({ after }) => {
      const at = after === undefined ? 0 : left.indexOf(after) + 1
      const [key = '', next] = left.slice(at, at + 2)
      return { keys: expired.has(key) ? [] : [key], ...(next !== undefined && { next: key }) }
    },
    delete: async (...keys) => {
      for (const key of keys) left.splice(left.indexOf(key), 1)
    },
  }
  await eraseCache(paged)
  expect(left).toEqual([...expired])
})
