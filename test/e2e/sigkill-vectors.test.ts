import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bundle } from '../../bench/run/build.ts'
import { build } from '../../bench/run/build.ts'
import { tempFolder } from '../../bench/run/children.ts'
import type { ServedWorker } from '../../bench/run/workerd.ts'
import { serve } from '../../bench/run/workerd.ts'
import type { VectorRecord } from '../../lib/storage/vectors.ts'
import { searchAll } from '../fixtures/vector-store.ts'
import type { Asked } from './vector-worker/index.ts'

const DIMENSION = 64
const LIVES = 6
/** Answered writes of a life, after which it ends while others are under way. */
const WRITES = 40
const WRITERS = 4

let bundle: Bundle
let worker: ServedWorker
const storage = tempFolder()

beforeAll(async () => {
  bundle = await build('test/e2e/vector-worker/wrangler.toml')
  worker = await serve(bundle, { storage })
})
afterAll(() => worker?.stop())

describe('SIGKILL for a store whose vectors are being written', () => {
  it('leaves every write that was answered, and an index that finds just what is there', async () => {
    await ask({ do: 'create', dimension: DIMENSION })
    /** What each record may be now: what was answered last, or one of those that nobody heard of. */
    const possible = new Map<string, (VectorRecord | null)[]>()
    let next = 0
    for (let life = 0; life < LIVES; life += 1) {
      const kill = Promise.withResolvers<void>()
      let answered = 0
      const write = async (writer: number): Promise<void> => {
        for (;;) {
          const change = changeOf(writer, (next += 1))
          for (const [id, record] of change.records)
            possible.set(id, [...(possible.get(id) ?? [null]), record])
          const isDone = await ask(change.asked).then(
            () => true,
            () => false,
          )
          if (!isDone) return
          for (const [id, record] of change.records) possible.set(id, [record])
          answered += 1
          if (answered === WRITES) kill.resolve()
        }
      }
      const writers = Array.from({ length: WRITERS }, (_, writer) => write(writer))
      await kill.promise
      await worker.stop()
      await Promise.all(writers)
      worker = await serve(bundle, { storage })
      await expectWhole(possible)
    }
    expect(possible.size).toBeGreaterThan(500)
  })
})

/** Each writer has ids of its own; it upserts some, again and again, and deletes some. */
function changeOf(writer: number, n: number): { asked: Asked; records: Map<string, VectorRecord | null> } {
  const ids = Array.from({ length: 12 }, (_, at) => `${writer}/${(n * 7 + at * 5) % 400}`)
  if (n % 5 === 0) return { asked: { do: 'delete', ids }, records: new Map(ids.map((id) => [id, null])) }
  const records = ids.map((id, at): VectorRecord => {
    const vector = Array.from({ length: DIMENSION }, (_, i) => Math.fround(Math.sin(n * 31 + at * 7 + i * i)))
    return { id, vector, metadata: { n } }
  })
  return { asked: { do: 'upsert', records }, records: new Map(records.map((record) => [record.id, record])) }
}

/** The truth is what it may be, and a search finds just what the truth holds. */
async function expectWhole(possible: Map<string, (VectorRecord | null)[]>): Promise<void> {
  const ids = [...possible.keys()]
  const stored: (VectorRecord | null)[] = await ask({ do: 'fetch', ids })
  for (const [at, id] of ids.entries()) {
    const kept = stored[at] ?? null
    expect(possible.get(id)).toContainEqual(kept)
    possible.set(id, [kept])
  }
  expect(await ask({ do: 'damage' })).toEqual([])
  const records = stored.filter((record) => record !== null)
  const query = { vector: records[0]?.vector ?? [], topK: 50 }
  expect(await ask({ do: 'query', query })).toEqual(searchAll('cosine', records, query))
}

async function ask<Answer = unknown>(asked: Asked): Promise<Answer> {
  const response = await fetch(worker.url, { method: 'POST', body: JSON.stringify(asked) })
  if (!response.ok) throw new Error(`Cannot ask: ${response.status} ${await response.text()}`)
  // What the Worker of this test says.
  return (await response.json()) as Answer
}
