import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Mortal } from '../../../test/fixtures/mortal.ts'
import { mortal } from '../../../test/fixtures/mortal.ts'
import type { NodeSql } from '../../../test/fixtures/node-sql.ts'
import { createNodeSql } from '../../../test/fixtures/node-sql.ts'
import type { Fault } from '../../../test/fixtures/upstash/loopback.ts'
import type { UpstashVectorServer } from '../../../test/fixtures/upstash/vector-server.ts'
import { startUpstashVector } from '../../../test/fixtures/upstash/vector-server.ts'
import { findMove } from '../vector-index/moves.ts'
import type { VectorRecord, Vectors } from '../vectors.ts'
import { createSpillVectors } from './spill-vectors.ts'
import { createSqlVectors } from './sql-vectors.ts'
import { createUpstashVectors } from './upstash-vectors.ts'

const IDS = ['', 'a', 'a/1', 'a/2', 'b', 'c', 'é']
/** What is changed while another change is under way. */
const BESIDE = 'd'
const ALL = [...IDS, BESIDE]
const PAUSE_MS = 60_000

describe('an index that moves while its object dies and its service fails', () => {
  let server: UpstashVectorServer
  beforeAll(async () => {
    server = await startUpstashVector()
  })
  afterAll(() => server.close())

  it('is at every moment what a plain list would be, and ends whole at one place', async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { minLength: 4, maxLength: 25 }), async (events) => {
        server.reset()
        const world = createWorld(server)
        for (const event of events) {
          await world.meet(event)
          seen.add(world.status() ?? 'embedded')
          // What is kept here is seen at once.
          if (world.status() !== 'remote') await world.expectModel()
        }
        await world.moveToTheEnd()
        seen.add(world.status() ?? 'embedded')
        await world.expectModel()
        const there = await createUpstash(server).describeIndex('a')
        expect(there?.count).toBe(world.model.size)
        expect(world.sql.run('SELECT 1 FROM points')).toEqual([])
      }),
      { numRuns: 150 },
    )
    expect([...seen].toSorted()).toEqual(['copying', 'embedded', 'remote', 'waiting'])
  })
})

type Change =
  | { type: 'upsert'; records: VectorRecord[] }
  | { type: 'delete'; ids: string[] }
  | { type: 'clear' }
  | { type: 'drop' }

type Event =
  | { type: 'change'; change: Change; beside: Change; dieAt: number | undefined; faults: Fault[] }
  | { type: 'settle' }
  | { type: 'slow'; isSlow: boolean }

const anyVector = fc
  .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: -8, max: 8 }), fc.integer({ min: -8, max: 8 }))
  .map((numbers) => numbers.map((eighths) => eighths / 8))
const anyRecord = fc
  .record({ id: fc.constantFrom(...IDS), vector: anyVector, n: fc.integer({ min: 0, max: 9 }) })
  .map(({ id, vector, n }) => ({ id, vector, metadata: { n } }))
const anyChange: fc.Arbitrary<Change> = fc.oneof(
  {
    arbitrary: fc
      .array(anyRecord, { minLength: 1, maxLength: 4 })
      .map((records) => ({ type: 'upsert' as const, records })),
    weight: 8,
  },
  {
    arbitrary: fc
      .array(fc.constantFrom(...IDS), { minLength: 1, maxLength: 2 })
      .map((ids) => ({ type: 'delete' as const, ids })),
    weight: 4,
  },
  { arbitrary: fc.constant({ type: 'clear' as const }), weight: 1 },
  { arbitrary: fc.constant({ type: 'drop' as const }), weight: 1 },
)
const anyBeside: fc.Arbitrary<Change> = fc.oneof(
  anyVector.map((vector) => ({
    type: 'upsert' as const,
    records: [{ id: BESIDE, vector, metadata: { n: 0 } }],
  })),
  fc.constant<Change>({ type: 'delete', ids: [BESIDE] }),
)
const anyFault = fc.constantFrom<Fault>(
  { type: 'lose-answer' },
  { type: 'break' },
  { type: 'answer', status: 500, body: '<html></html>' },
  { type: 'answer', status: 429, body: 'Too Many Requests' },
)
const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  {
    arbitrary: fc.record({
      type: fc.constant('change' as const),
      change: anyChange,
      beside: anyBeside,
      dieAt: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
      faults: fc.array(anyFault, { maxLength: 5 }),
    }),
    weight: 8,
  },
  { arbitrary: fc.constant({ type: 'settle' as const }), weight: 2 },
  { arbitrary: fc.boolean().map((isSlow) => ({ type: 'slow' as const, isSlow })), weight: 1 },
)

function createUpstash(server: UpstashVectorServer): Vectors {
  return createUpstashVectors(server, { random: () => 0, wait: async () => undefined })
}

function createWorld(server: UpstashVectorServer) {
  const sql = createNodeSql()
  const model = new Map<string, VectorRecord>()
  let time = 0
  let life: { object: Mortal; vectors: Vectors }
  const live = (): void => {
    const object = mortal(sql, createUpstash(server))
    const local = createSqlVectors(object.sql)
    const spill = {
      remote: object.remote,
      embeddedUpTo: 2,
      parcel: 2,
      now: () => time,
      wait: async () => undefined,
    }
    life = { object, vectors: createSpillVectors(object.sql, local, spill) }
  }
  live()
  const status = () => findMove(sql, 'a')?.status
  /** As callers do it: until it was done, the same again. */
  const insist = async (change: Change, beside?: Change): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      const { object, vectors } = life
      let other: Promise<void> | undefined
      const begin = (): Promise<void> => (other ??= beside ? make(vectors, beside) : Promise.resolve())
      // Whether it failed is asked below.
      object.meanwhile = () => void begin().catch(() => undefined)
      const first = make(vectors, change).finally(() => (object.meanwhile = undefined))
      const results = await Promise.allSettled([first, first.then(begin, begin)])
      const failed = results.find((result) => result.status === 'rejected')
      if (!failed && !object.isDead) return
      if (failed && tries === 10) throw failed.reason
      if (object.isDead) live()
      time += tries === 1 ? 0 : PAUSE_MS
    }
  }
  const meet = async (event: Event): Promise<void> => {
    if (event.type === 'settle') {
      server.settle()
      time += PAUSE_MS
      return
    }
    if (event.type === 'slow') {
      server.isSlow = event.isSlow
      return
    }
    // What has moved is deleted there, where what is not yet taken in cannot be: the port says so.
    if (status() === 'remote') server.settle()
    if (event.dieAt !== undefined) life.object.dieAt(event.dieAt)
    server.fail(...event.faults)
    await insist(event.change, event.change.type === 'drop' ? undefined : event.beside)
    if (status() === 'remote') server.settle()
    apply(model, event.change)
    if (event.change.type !== 'drop') apply(model, event.beside)
    life.object.dieAt(Infinity)
  }
  return {
    sql,
    model,
    status,
    meet,
    expectModel: () => expectModel(sql, life.vectors, model),
    moveToTheEnd: async () => {
      server.isSlow = false
      // The first ones meet what is left of the faults.
      for (let writes = 0; writes < 6 || status() !== 'remote'; writes += 1) {
        if (writes === 40) throw new Error(`It does not end: ${status()}`)
        time += PAUSE_MS
        const records = IDS.slice(0, 3).map((id) => ({ id, vector: [1, writes, 0], metadata: { n: 0 } }))
        await insist({ type: 'upsert', records })
        apply(model, { type: 'upsert', records })
      }
      server.settle()
    },
  }
}

async function make(vectors: Vectors, change: Change): Promise<void> {
  if (change.type === 'drop') return vectors.deleteIndex('a')
  await vectors.createIndex('a', { dimension: 3 })
  if (change.type === 'upsert') await vectors.upsert('a', change.records)
  else if (change.type === 'delete') await vectors.delete('a', { ids: change.ids })
  else await vectors.delete('a', { prefix: 'a' })
}

function apply(model: Map<string, VectorRecord>, change: Change): void {
  if (change.type === 'upsert') for (const record of change.records) model.set(record.id, record)
  else if (change.type === 'delete') for (const id of change.ids) model.delete(id)
  else for (const id of ALL) if (change.type === 'drop' || id.startsWith('a')) model.delete(id)
}

async function expectModel(sql: NodeSql, vectors: Vectors, model: ReadonlyMap<string, VectorRecord>) {
  expect(await vectors.fetch('a', ALL)).toEqual(ALL.map((id) => model.get(id)))
  if (!(await vectors.describeIndex('a'))) return expect(model.size).toBe(0)
  const found = await vectors.query('a', { vector: [1, 0, 0], topK: 100 })
  expect(found.map(({ id }) => id).toSorted()).toEqual([...model.keys()].toSorted())
  expect(await vectors.describeIndex('a')).toMatchObject({ count: model.size, pendingCount: 0 })
}
