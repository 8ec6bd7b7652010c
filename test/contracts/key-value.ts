import { beforeEach, describe, expect, it } from 'vitest'
import type { JsonValue } from '../../lib/protocol/json.ts'
import type { KeyValue } from '../../lib/storage/key-value.ts'

/** A storage of values, and its clock. */
export interface KeyValueWorld {
  keyValue: KeyValue
  /** Milliseconds pass. */
  pass(ms: number): Promise<void>
}

/** What every storage of values by key must do. `create` gives one that holds nothing. */
export function keyValueContract(create: () => KeyValueWorld | Promise<KeyValueWorld>): void {
  let world: KeyValueWorld
  let keyValue: KeyValue
  beforeEach(async () => {
    world = await create()
    keyValue = world.keyValue
  })

  const keysOf = async (query: Partial<Parameters<KeyValue['list']>[0]> = {}): Promise<string[]> => {
    const keys: string[] = []
    for (let after: string | undefined; ;) {
      const page = await keyValue.list({ limit: 2, ...query, ...(after !== undefined && { after }) })
      expect(page.keys.length).toBeLessThanOrEqual(query.limit ?? 2)
      keys.push(...page.keys)
      if (page.next === undefined) return keys
      after = page.next
    }
  }

  describe('a value', () => {
    it('is what was set, of whatever JSON it is', async () => {
      const values: JsonValue[] = [
        null,
        true,
        0,
        -1.5,
        1234567890123456,
        0.30000000000000004,
        '',
        '1',
        'true',
        'null',
        'it\'s "quoted" \u0000 é😀',
        [],
        {},
        [[], {}, [null]],
        { a: { b: [1, '2'] } },
      ]
      for (const value of values) {
        await keyValue.set('k/1 é😀', value)
        expect(await keyValue.get('k/1 é😀')).toEqual(value)
      }
    })

    it('is not there before it is set, nor under another key', async () => {
      expect(await keyValue.get('k')).toBeUndefined()
      await keyValue.set('k', 1)
      expect(await keyValue.get('K')).toBeUndefined()
      expect(await keyValue.get('')).toBeUndefined()
    })

    it('is replaced, and deleted, twice if need be', async () => {
      await keyValue.set('k', 1)
      await keyValue.set('k', { two: 2 })
      expect(await keyValue.get('k')).toEqual({ two: 2 })
      await keyValue.delete('k', 'other')
      await keyValue.delete('k')
      await keyValue.delete()
      expect([await keyValue.get('k'), await keysOf()]).toEqual([undefined, []])
    })

    it('may be larger than one row or request', async () => {
      const long = Array.from({ length: 200_000 }, (_, at) => `${(at * 2_654_435_761) % 4_294_967_296}é`)
      await keyValue.set('k', long)
      expect(await keyValue.get('k')).toEqual(long)
      await keyValue.set('k', long.toReversed())
      expect(await keyValue.getMany(['k'])).toEqual([long.toReversed()])
      await keyValue.set('k', 'short')
      expect(await keyValue.get('k')).toBe('short')
      await keyValue.set('k', long)
      await keyValue.delete('k')
      expect(await keyValue.get('k')).toBeUndefined()
    })
  })

  describe('a value with a time to live', () => {
    it('is there until then and not after', async () => {
      await keyValue.set('k', 1, { ttlMs: 60_000 })
      await keyValue.set('stays', 1)
      await world.pass(59_000)
      expect(await keyValue.get('k')).toBe(1)
      await world.pass(2000)
      expect([await keyValue.get('k'), await keyValue.getMany(['k', 'stays'])]).toEqual([
        undefined,
        [undefined, 1],
      ])
      expect(await keysOf()).toEqual(['stays'])
    })

    it('lives on when it is set again, for as long as is said then', async () => {
      await keyValue.set('k', 1, { ttlMs: 60_000 })
      await world.pass(50_000)
      await keyValue.set('k', 2, { ttlMs: 60_000 })
      await world.pass(50_000)
      expect(await keyValue.get('k')).toBe(2)
      await keyValue.set('k', 3)
      await world.pass(500_000)
      expect([await keyValue.get('k'), await keysOf()]).toEqual([3, ['k']])
    })
  })

  describe('many values', () => {
    it('are set and got at once, in the order that was asked for, with gaps', async () => {
      await keyValue.setMany([
        { key: 'a', value: 1 },
        { key: 'b', value: [2], ttlMs: 60_000 },
        { key: 'a', value: 3 },
      ])
      expect(await keyValue.getMany(['b', 'none', 'a'])).toEqual([[2], undefined, 3])
      await keyValue.setMany([])
      expect(await keyValue.getMany([])).toEqual([])
    })
  })

  describe('a list of keys', () => {
    it('holds those with the prefix, in order of code points, page by page', async () => {
      for (const key of ['b/1', 'a/2', 'a/10', 'a/ａ', 'a/😀', 'a', 'a0', 'a/', 'a/\u0001'])
        await keyValue.set(key, 1)
      const inA = ['a/', 'a/\u0001', 'a/10', 'a/2', 'a/ａ', 'a/😀']
      for (const limit of [1, 2, 5, 1000]) {
        expect(await keysOf({ prefix: 'a/', limit })).toEqual(inA)
        expect(await keysOf({ limit })).toEqual(['a', ...inA, 'a0', 'b/1'])
      }
      expect(await keysOf({ prefix: 'none' })).toEqual([])
    })

    it('takes a prefix that ends with the last of all letters', async () => {
      await keyValue.set('a\u{10ffff}', 1)
      await keyValue.set('a\u{10ffff}b', 1)
      await keyValue.set('b', 1)
      expect(await keysOf({ prefix: 'a\u{10ffff}' })).toEqual(['a\u{10ffff}', 'a\u{10ffff}b'])
    })
  })

  it('refuses what cannot be meant before anything is written', async () => {
    const good = { key: 'good', value: 1 }
    const bad = [
      { key: '\ud800', value: 1 },
      { key: 'k', value: Number.NaN },
      { key: 'k', value: 1, ttlMs: 0 },
      { key: 'k', value: 1, ttlMs: 1.5 },
    ]
    for (const entry of bad) await expect(keyValue.setMany([good, entry])).rejects.toThrow(/^Cannot/)
    for (const limit of [0, 1001, 1.5]) await expect(keyValue.list({ limit })).rejects.toThrow(RangeError)
    expect(await keysOf()).toEqual([])
  })
}
