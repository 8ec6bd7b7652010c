import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../lib/protocol/json.ts'
import type { KeyValueWorld } from './key-value.ts'

/** Random histories of sets, deletions and passing time, against a map that does the same. */
export function keyValueHistories(create: () => KeyValueWorld | Promise<KeyValueWorld>, numRuns = 100): void {
  describe('any history', () => {
    it('leaves what a plain map would hold, listed page by page', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(anyChange, { maxLength: 20 }),
          fc.constantFrom(...KEYS),
          fc.integer({ min: 1, max: 3 }),
          async (changes, prefix, limit) => {
            const world = await create()
            const model: Model = { now: 0, values: new Map() }
            for (const change of changes) await change(world, model)
            const alive = KEYS.filter((key) => (model.values.get(key)?.due ?? -1) > model.now)
            expect(await world.keyValue.getMany(KEYS)).toEqual(
              KEYS.map((key) => (alive.includes(key) ? model.values.get(key)?.value : undefined)),
            )
            const expected = alive.filter((key) => key.startsWith(prefix)).toSorted(byBytes)
            expect(await pages(world, prefix, limit)).toEqual(expected)
          },
        ),
        { numRuns },
      )
    })
  })
}

interface Model {
  now: number
  values: Map<string, { value: JsonValue; due: number }>
}

type Change = (world: KeyValueWorld, model: Model) => Promise<void>

const KEYS = ['', 'a', 'a/', 'a/b', 'a/\u0000', 'a\u0001', 'ａ', '😀', 'A']
const anyKey = fc.constantFrom(...KEYS)
// Long enough that no real clock, which runs on meanwhile, ends it.
const anyTtl = fc.option(fc.integer({ min: 20_000, max: 60_000 }), { nil: undefined })

const anySet: fc.Arbitrary<Change> = fc
  .array(fc.record({ key: anyKey, json: fc.json({ maxDepth: 2 }), ttlMs: anyTtl }), { maxLength: 3 })
  .map((given) => async ({ keyValue }, { now, values }) => {
    const entries = given.map(({ key, json, ttlMs }) => {
      const value: JsonValue = JSON.parse(json)
      return { key, value, ...(ttlMs !== undefined && { ttlMs }) }
    })
    await keyValue.setMany(entries)
    for (const { key, value, ttlMs = Infinity } of entries) values.set(key, { value, due: now + ttlMs })
  })

const anyDelete: fc.Arbitrary<Change> = fc
  .array(anyKey, { maxLength: 3 })
  .map((keys) => async ({ keyValue }, { values }) => {
    await keyValue.delete(...keys)
    for (const key of keys) values.delete(key)
  })

const anyPause: fc.Arbitrary<Change> = fc
  .integer({ min: 1, max: 50_000 })
  .map((ms) => async (world, model) => {
    await world.pass(ms)
    model.now += ms
  })

const anyChange = fc.oneof(
  { arbitrary: anySet, weight: 5 },
  { arbitrary: anyDelete, weight: 2 },
  { arbitrary: anyPause, weight: 1 },
)

async function pages({ keyValue }: KeyValueWorld, prefix: string, limit: number): Promise<string[]> {
  const keys: string[] = []
  for (let after: string | undefined; ;) {
    const page = await keyValue.list({ prefix, limit, ...(after !== undefined && { after }) })
    keys.push(...page.keys)
    if (page.next === undefined) return keys
    after = page.next
  }
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
