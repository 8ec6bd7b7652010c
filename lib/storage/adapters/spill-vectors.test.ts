import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { weighAsSparse, wordHistories } from '../../../test/contracts/word-histories.ts'
import { vectorHistories } from '../../../test/contracts/vector-histories.ts'
import { vectorsContract } from '../../../test/contracts/vectors.ts'
import { wordsContract } from '../../../test/contracts/words.ts'
import { createNodeSql } from '../../../test/fixtures/node-sql.ts'
import type { UpstashVectorServer } from '../../../test/fixtures/upstash/vector-server.ts'
import { startUpstashVector } from '../../../test/fixtures/upstash/vector-server.ts'
import { findMove } from '../vector-index/moves.ts'
import type { Spill } from '../vector-index/mover.ts'
import type { VectorRecord, Vectors } from '../vectors.ts'
import { createSpillVectors } from './spill-vectors.ts'
import { createSqlVectors } from './sql-vectors.ts'
import { createUpstashVectors } from './upstash-vectors.ts'

let server: UpstashVectorServer
let warnings: string[]
let time: number
beforeAll(async () => {
  server = await startUpstashVector({ type: 'HYBRID' })
})
afterAll(() => server.close())
beforeEach(() => {
  server.reset()
  warnings = []
  time = 1_790_000_000_000
})

function createUpstash(): Vectors {
  return createUpstashVectors(server, { random: () => 0, wait: async () => undefined })
}

function open(options: Partial<Spill> = {}, sql = createNodeSql()) {
  const spill = {
    remote: createUpstash(),
    embeddedUpTo: 2,
    now: () => time,
    wait: async () => undefined,
    ...options,
  }
  const vectors = createSpillVectors(sql, createSqlVectors(sql), { ...spill, warn })
  const status = () => findMove(sql, 'a')?.status
  return { sql, vectors, status }
}

function warn(message: string): void {
  warnings.push(message)
}

function openSmall() {
  return settled(open({ embeddedUpTo: 1000 }).vectors)
}

function settled(vectors: Vectors) {
  return { vectors, settle: async () => server.settle() }
}

function records(...ids: string[]): VectorRecord[] {
  return ids.map((id, at) => ({ id, vector: [1, at / 8, 0], metadata: { text: `apple ${id}` } }))
}

const operations = (): string[] => server.heard.map(({ path }) => path.split('/')[1] ?? '')
const near = { vector: [1, 0, 0], topK: 100 }

async function idsOf(vectors: Vectors): Promise<string[]> {
  const found = await vectors.query('a', near)
  return found.map(({ id }) => id).toSorted()
}

/** An index that was moved, and is empty. */
async function openMoved(options: Partial<Spill> = {}) {
  const world = open({ embeddedUpTo: 0, ...options })
  await world.vectors.createIndex('a', { dimension: 3 })
  await world.vectors.upsert('a', records('x'))
  server.settle()
  await world.vectors.delete('a', { ids: ['x'] })
  expect(world.status()).toBe('remote')
  return world
}

/** An index whose move does not end, since the service never takes in what it was sent. */
function openMoving(options: Partial<Spill> = {}) {
  server.reset()
  server.isSlow = true
  return { ...open({ embeddedUpTo: 0, ...options }), settle: async () => undefined }
}

describe('an index that is small', () => {
  vectorsContract(openSmall)
  wordsContract(openSmall)

  it('asks the service for nothing', async () => {
    const { vectors } = open()
    await vectors.createIndex('a', { dimension: 3 })
    await vectors.upsert('a', records('x', 'y'))
    await vectors.delete('a', { ids: ['x'] })
    await vectors.upsert('a', records('z'))
    expect(await idsOf(vectors)).toEqual(['y', 'z'])
    expect(operations()).toEqual([])
  })
})

describe('an index that moves', () => {
  vectorsContract(openMoving)
  wordsContract(openMoving)
  vectorHistories(openMoving, 30)
  wordHistories(openMoving, undefined, 30)
})

describe('an index that has moved', () => {
  vectorsContract(async () => settled((await openMoved()).vectors))
  wordsContract(async () => settled((await openMoved()).vectors))
  wordHistories(
    async () => {
      server.reset()
      return settled((await openMoved()).vectors)
    },
    weighAsSparse,
    30,
  )
})

describe('an index that grows, whatever state it comes to', () =>
  vectorHistories(() => {
    server.reset()
    return settled(open({ parcel: 2 }).vectors)
  }, 60))

describe('the move of an index', () => {
  it('goes on with every write, is asked here until all is there, and leaves nothing behind', async () => {
    const { vectors, status, sql } = open({ parcel: 2 })
    await vectors.createIndex('a', { dimension: 3 })
    await vectors.upsert('a', records('1', '2', '3', '4', '5'))
    expect(status()).toBe('copying')
    server.heard.length = 0
    expect(await idsOf(vectors)).toEqual(['1', '2', '3', '4', '5'])
    expect(operations()).toEqual([])
    await vectors.delete('a', { ids: ['1'] })
    await vectors.upsert('a', records('2'))
    expect(status()).toBe('waiting')
    await vectors.upsert('a', records('6'))
    expect(status()).toBe('remote')
    for (const table of ['points', 'packed', 'untold'])
      expect(sql.run(`SELECT count(*) AS count FROM ${table}`)).toEqual([{ count: 0 }])
    expect(await idsOf(vectors)).toEqual(['2', '3', '4', '5', '6'])
    expect(await vectors.describeIndex('a')).toEqual({
      dimension: 3,
      metric: 'cosine',
      count: 5,
      pendingCount: 0,
    })
    expect(await vectors.listIndexes()).toEqual(['a'])
  })

  it('does not end before the service has taken in all', async () => {
    const { vectors, status } = openMoving({ embeddedUpTo: 2 })
    await vectors.createIndex('a', { dimension: 3 })
    await vectors.upsert('a', records('1', '2', '3'))
    await vectors.upsert('a', records('4'))
    expect(status()).toBe('waiting')
    expect(await idsOf(vectors)).toEqual(['1', '2', '3', '4'])
    server.settle()
    await vectors.upsert('a', records('5'))
    expect(status()).toBe('remote')
  })

  it('begins anew when the service holds what is not here', async () => {
    const { vectors, status } = openMoving({ embeddedUpTo: 2 })
    await vectors.createIndex('a', { dimension: 3 })
    await vectors.upsert('a', records('1', '2', '3'))
    // This service deletes nothing that it has not yet taken in.
    await vectors.delete('a', { ids: ['1'] })
    server.settle()
    server.isSlow = false
    await vectors.upsert('a', records('4'))
    expect(warnings).toEqual(['Vector index "a" is moved anew: there are 3 vectors where it goes'])
    expect(status()).toBe('copying')
    for (const id of ['5', '6']) {
      time += 60_000
      await vectors.upsert('a', records(id))
    }
    expect(status()).toBe('remote')
    expect(await idsOf(vectors)).toEqual(['2', '3', '4', '5', '6'])
  })

  it.each([
    ['is down', 'could not be reached', () => (server.isDown = true)],
    ['is asked too much', 'failed: Too many requests', () => failAll(429, '{"error":"Too many requests"}')],
    ['has failed', 'something else than JSON', () => failAll(500, '<html></html>')],
  ])('waits while the service %s, and all is found here', async (_name, message, breakIt) => {
    const { vectors, status } = open({ parcel: 3 })
    await vectors.createIndex('a', { dimension: 3 })
    await vectors.upsert('a', records('1', '2', '3', '4'))
    breakIt()
    await vectors.upsert('a', records('5'))
    expect(warnings).toEqual([expect.stringContaining(message)])
    server.heard.length = 0
    await vectors.delete('a', { ids: ['1'] })
    expect(await idsOf(vectors)).toEqual(['2', '3', '4', '5'])
    // It is left alone for a minute.
    expect(operations()).toEqual([])
    server.isDown = false
    time += 60_000
    for (const id of ['6', '7', '8', '9']) await vectors.upsert('a', records(id))
    expect(status()).toBe('remote')
    expect(await idsOf(vectors)).toEqual(['2', '3', '4', '5', '6', '7', '8', '9'])
  })

  it('does not begin where the service has another shape', async () => {
    const { vectors, status } = open()
    await vectors.createIndex('a', { dimension: 2 })
    await vectors.upsert(
      'a',
      [1, 2, 3].map((n) => ({ id: `${n}`, vector: [1, n] })),
    )
    await vectors.upsert('a', [{ id: '4', vector: [1, 4] }])
    expect(status()).toBeUndefined()
    expect(warnings).toEqual([expect.stringContaining('it has 3 numbers, cosine')])
    expect(await vectors.fetch('a', ['4'])).toEqual([{ id: '4', vector: [1, 4] }])
  })

  it('is not overtaken by what another life sent', async () => {
    const remote = createUpstash()
    const late = Promise.withResolvers<void>()
    const { sql, vectors: first } = open({ remote: { ...remote, upsert: () => late.promise } })
    await first.createIndex('a', { dimension: 3 })
    // It is never answered: the object dies here.
    void first.upsert('a', records('1', '2', '3'))
    await expect.poll(() => findMove(sql, 'a')?.sentAt).toBe(time)
    const { vectors, status } = open({ remote }, sql)
    await vectors.delete('a', { ids: ['1'] })
    expect(operations()).not.toContain('delete')
    await remote.upsert('a', records('1', '2', '3'))
    time += 60_000
    await vectors.upsert('a', records('4'))
    await vectors.upsert('a', records('5'))
    expect(status()).toBe('remote')
    expect(await idsOf(vectors)).toEqual(['2', '3', '4', '5'])
  })
})

/** As many writes as it takes to hold them, each while the one before is under way. */
async function writeOn(vectors: Vectors, count = 100): Promise<void> {
  const writes = Array.from({ length: count }, (_, n) => vectors.upsert('a', records(`w${n}`)))
  await Promise.all(writes)
}

async function openBusy(options: Partial<Spill>) {
  const world = openMoving({ embeddedUpTo: 2, ...options })
  await world.vectors.createIndex('a', { dimension: 3 })
  await world.vectors.upsert('a', records('1', '2', '3'))
  expect(world.status()).toBe('waiting')
  return world
}

describe('the move of an index to which is written all the time', () => {
  it('ends all the same: after a hundred writes the next are held until the service has taken in all', async () => {
    const waits: number[] = []
    const wait = async (ms: number): Promise<void> => {
      waits.push(ms)
      if (waits.length === 3) server.settle()
    }
    const { vectors, status } = await openBusy({ wait })
    await writeOn(vectors, 99)
    expect([status(), waits]).toEqual(['waiting', []])
    // Both are held, and made where the index is then.
    await Promise.all([vectors.upsert('a', records('x')), vectors.delete('a', { ids: ['w5'] })])
    expect([status(), waits, warnings]).toEqual(['remote', [500, 500, 500], []])
    server.settle()
    expect((await vectors.describeIndex('a'))?.count).toBe(3 + 99 + 1 - 1)
    expect(await idsOf(vectors)).toContain('x')
    expect(await idsOf(vectors)).not.toContain('w5')
  })

  it('holds nobody for long where the service takes in nothing, and tries it again a hundred writes later', async () => {
    const waits: number[] = []
    const { vectors, status } = await openBusy({ wait: async (ms) => void waits.push(ms) })
    await writeOn(vectors, 150)
    expect([status(), waits.length]).toEqual(['waiting', 9])
    expect(await idsOf(vectors)).toHaveLength(100)
    await writeOn(vectors, 60)
    expect([status(), waits.length]).toEqual(['waiting', 18])
    expect((await vectors.describeIndex('a'))?.count).toBe(153)
  })

  it('holds nobody where the service is down', async () => {
    const waits: number[] = []
    const { vectors, status } = await openBusy({ wait: async (ms) => void waits.push(ms) })
    server.isDown = true
    await writeOn(vectors, 100)
    expect([status(), waits.length]).toEqual(['waiting', 0])
    expect((await vectors.describeIndex('a'))?.count).toBe(103)
    server.isDown = false
    server.isSlow = false
    time += 60_000
    for (const id of ['y', 'z']) await vectors.upsert('a', records(id))
    expect(status()).toBe('remote')
  })

  it('loses nothing when the index is deleted meanwhile', async () => {
    const { vectors, status } = await openBusy({
      wait: async () => void (await vectors.deleteIndex('a')),
    })
    await expect(writeOn(vectors, 100)).rejects.toThrow(ReferenceError)
    expect(status()).toBeUndefined()
    expect(await vectors.listIndexes()).toEqual([])
  })
})

describe('deleting an index', () => {
  it('erases it at both ends, while it moves and after', async () => {
    for (const world of [openMoving(), await openMoved()]) {
      server.isSlow = false
      await world.vectors.createIndex('a', { dimension: 3 })
      await world.vectors.upsert('a', records('1', '2'))
      await world.vectors.deleteIndex('a')
      expect(await world.vectors.listIndexes()).toEqual([])
      expect(await createUpstash().listIndexes()).toEqual([])
      await world.vectors.createIndex('a', { dimension: 3 })
      expect(await idsOf(world.vectors)).toEqual([])
    }
  })

  it('is to be done again when the service was down, and holds nothing meanwhile', async () => {
    const { vectors } = await openMoved()
    await vectors.upsert('a', records('1'))
    server.isDown = true
    await expect(vectors.deleteIndex('a')).rejects.toMatchObject({ code: 'storage_unavailable' })
    expect(await vectors.listIndexes()).toEqual(['a'])
    expect(await vectors.fetch('a', ['1'])).toEqual([undefined])
    await expect(vectors.createIndex('a', { dimension: 3 })).rejects.toMatchObject({
      code: 'storage_unavailable',
    })
    server.isDown = false
    await vectors.deleteIndex('a')
    expect(await vectors.listIndexes()).toEqual([])
    expect(await createUpstash().listIndexes()).toEqual([])
  })
})

/** As often as one request is made. */
function failAll(status: number, body: string): void {
  server.fail(...Array.from({ length: 3 }, () => ({ type: 'answer' as const, status, body })))
}
