import { beforeEach, describe, expect, it } from 'vitest'
import type { VectorFilter } from '../../lib/storage/filter.ts'
import type { VectorRecord, Vectors } from '../../lib/storage/vectors.ts'

export interface VectorsWorld {
  /** Whose indexes have 3 numbers a vector where one shape serves all, and the metric cosine. */
  vectors: Vectors
  /** Resolves when queries see all that was written. */
  settle(): Promise<void>
}

/** What every storage of vectors must do. `create` gives one that holds no index. */
export function vectorsContract(create: () => VectorsWorld | Promise<VectorsWorld>): void {
  let vectors: Vectors
  let settle: () => Promise<void>
  beforeEach(async () => {
    const world = await create()
    vectors = world.vectors
    settle = world.settle
    await vectors.createIndex('a', { dimension: 3 })
  })

  const upsert = async (...records: VectorRecord[]): Promise<void> => {
    await vectors.upsert('a', records)
    await settle()
  }
  const idsBy = async (filter?: VectorFilter, vector = [1, 0, 0]): Promise<string[]> => {
    const found = await vectors.query('a', { vector, topK: 100, ...(filter && { filter }) })
    return found.map(({ id }) => id)
  }

  const fill = (): Promise<void> =>
    upsert(
      { id: 'm/1', vector: [1, 0, 0], metadata: { by: 'ann' } },
      { id: 'm/2', vector: [0, 1, 0], metadata: { by: 'bob' } },
      { id: 'n/1', vector: [0, 0, 1], metadata: { by: 'ann', 'odd key': 1 } },
    )
  const left = async (): Promise<string[]> => {
    await settle()
    return (await idsBy()).toSorted()
  }

  describe('an index', () => {
    it('has the shape that it was created with, twice if need be', async () => {
      await vectors.createIndex('a', { dimension: 3, metric: 'cosine' })
      expect(await vectors.describeIndex('a')).toEqual({
        dimension: 3,
        metric: 'cosine',
        count: 0,
        pendingCount: 0,
      })
      await upsert({ id: 'x', vector: [1, 0, 0] })
      expect(await vectors.describeIndex('a')).toMatchObject({ count: 1, pendingCount: 0 })
    })

    it('cannot be created with another shape', async () => {
      await expect(vectors.createIndex('a', { dimension: 4 })).rejects.toThrow(RangeError)
      await expect(vectors.createIndex('a', { dimension: 3, metric: 'euclidean' })).rejects.toThrow(
        /3 numbers, cosine/,
      )
      await expect(vectors.createIndex('b', { dimension: 0 })).rejects.toThrow(RangeError)
    })

    it('is the border of what a query sees', async () => {
      await vectors.createIndex('b/é', { dimension: 3 })
      await upsert({ id: 'x', vector: [1, 0, 0] })
      await vectors.upsert('b/é', [{ id: 'y', vector: [1, 0, 0] }])
      await settle()
      expect(await idsBy()).toEqual(['x'])
      expect(await vectors.fetch('b/é', ['x', 'y'])).toEqual([undefined, { id: 'y', vector: [1, 0, 0] }])
      expect((await vectors.listIndexes()).toSorted()).toEqual(['a', 'b/é'])
      await vectors.deleteIndex('b/é')
      await vectors.deleteIndex('b/é')
      await settle()
      expect(await vectors.listIndexes()).toEqual(['a'])
      expect(await idsBy()).toEqual(['x'])
    })
  })

  describe('a query', () => {
    it('finds the nearest first, with their scores and what they bring along', async () => {
      await upsert(
        { id: 'same', vector: [2, 0, 0], metadata: { text: 'é😀', list: [1, { deep: null }] } },
        { id: 'near', vector: [1, 1, 0] },
        { id: 'opposite', vector: [-1, 0, 0] },
        { id: 'across', vector: [0, 0, 1] },
      )
      const found = await vectors.query('a', { vector: [1, 0, 0], topK: 10 })
      expect(found.map(({ id }) => id)).toEqual(['same', 'near', 'across', 'opposite'])
      expect(found[0]).toEqual({
        id: 'same',
        score: expect.closeTo(1, 5),
        metadata: { text: 'é😀', list: [1, { deep: null }] },
      })
      expect(found[1]).toEqual({ id: 'near', score: expect.closeTo((1 + Math.SQRT1_2) / 2, 5) })
      expect(found.slice(2).map(({ score }) => score)).toEqual([expect.closeTo(0.5, 5), expect.closeTo(0, 5)])
    })

    it('gives at most topK, with vectors only if asked', async () => {
      await upsert({ id: 'x', vector: [1, 0.1, 0] }, { id: 'y', vector: [0, 1, 0] })
      const found = await vectors.query('a', { vector: [1, 0, 0], topK: 1, includeVectors: true })
      expect(found).toEqual([
        {
          id: 'x',
          score: expect.any(Number),
          vector: [1, Math.fround(0.1), 0].map((n) => expect.closeTo(n, 6)),
        },
      ])
    })

    it('sees a record that was replaced only as it is now', async () => {
      await upsert({ id: 'x', vector: [1, 0, 0], metadata: { is: 'old', gone: true } })
      await upsert({ id: 'x', vector: [0, 1, 0], metadata: { is: 'new' } })
      expect(await idsBy({ is: 'old' })).toEqual([])
      expect(await vectors.fetch('a', ['x'])).toEqual([
        { id: 'x', vector: [0, 1, 0], metadata: { is: 'new' } },
      ])
      expect(await vectors.describeIndex('a')).toMatchObject({ count: 1 })
    })

    it('refuses a vector of another dimension, and one that is none', async () => {
      await expect(vectors.query('a', { vector: [1, 0], topK: 1 })).rejects.toThrow(RangeError)
      await expect(vectors.upsert('a', [{ id: 'x', vector: [1, 0, 0, 0] }])).rejects.toThrow(RangeError)
      for (const number of [Number.NaN, Number.POSITIVE_INFINITY, 1e300])
        await expect(vectors.upsert('a', [{ id: 'x', vector: [number, 0, 0] }])).rejects.toThrow(RangeError)
      for (const topK of [0, 1001, 1.5])
        await expect(vectors.query('a', { vector: [1, 0, 0], topK })).rejects.toThrow(RangeError)
    })
  })

  describe('a filter', () => {
    const records: VectorRecord[] = [
      {
        id: '1',
        vector: [1, 0, 0],
        metadata: { kind: 'note', year: 2020, tags: ['a', 'b'], by: { name: "O'Brien" } },
      },
      { id: '2', vector: [1, 0.1, 0], metadata: { kind: 'mail', year: 2021, tags: ['b'], draft: true } },
      { id: '3', vector: [1, 0.2, 0], metadata: { kind: 'it\'s "both"', year: -3.5, tags: [] } },
      {
        id: '4',
        vector: [1, 0.3, 0],
        metadata: { kind: 'back\\slash', year: '2020', draft: false, 'odd key': 1 },
      },
      { id: '5', vector: [1, 0.4, 0], metadata: { one: 1, nil: null, in: 'word' } },
      { id: '6', vector: [1, 0.5, 0] },
    ]
    const cases: [string, VectorFilter, string[]][] = [
      ['nothing', {}, ['1', '2', '3', '4', '5', '6']],
      ['a value', { kind: 'note' }, ['1']],
      ['$eq', { year: { $eq: 2021 } }, ['2']],
      ['a negative number', { year: -3.5 }, ['3']],
      ['values of their own kind only', { year: '2020' }, ['4']],
      ['$ne, where the field is missing too', { kind: { $ne: 'note' } }, ['2', '3', '4', '5', '6']],
      ['$gt', { year: { $gt: 2020 } }, ['2']],
      ['$gte and $lt together', { year: { $gte: -3.5, $lt: 2021 } }, ['1', '3']],
      ['$lte', { year: { $lte: 2020 } }, ['1', '3']],
      ['texts in order', { kind: { $gt: 'mail' } }, ['1']],
      ['$in', { kind: { $in: ['note', 'mail', 'none'] } }, ['1', '2']],
      ['$in of nothing', { kind: { $in: [] } }, []],
      ['$nin', { kind: { $nin: ['note', 'mail'] } }, ['3', '4', '5', '6']],
      ['$nin of nothing', { kind: { $nin: [] } }, ['1', '2', '3', '4', '5', '6']],
      ['$contains', { tags: { $contains: 'b' } }, ['1', '2']],
      ['$all', { tags: { $all: ['a', 'b'] } }, ['1']],
      ['$exists', { draft: { $exists: true } }, ['2', '4']],
      ['$exists: false', { tags: { $exists: false } }, ['4', '5', '6']],
      ['true', { draft: true }, ['2']],
      ['false', { draft: false }, ['4']],
      ['not true', { draft: { $ne: true } }, ['1', '3', '4', '5', '6']],
      ['1, which is not true', { one: { $ne: true } }, ['1', '2', '3', '4', '5', '6']],
      ['null', { nil: null }, ['5']],
      ['a path', { 'by.name': "O'Brien" }, ['1']],
      ['both kinds of quotes', { kind: 'it\'s "both"' }, ['3']],
      ['a backslash', { kind: 'back\\slash' }, ['4']],
      ['a field that is a word of filters', { in: 'word' }, ['5']],
      ['a field with a blank', { 'odd key': 1 }, ['4']],
      ['$and', { $and: [{ year: { $gt: 0 } }, { kind: 'note' }] }, ['1']],
      ['$or', { $or: [{ kind: 'note' }, { draft: true }] }, ['1', '2']],
      ['$or of nothing', { $or: [] }, []],
      ['$or with what a service cannot say', { $or: [{ kind: 'note' }, { 'odd key': 1 }] }, ['1', '4']],
      ['$nor', { $nor: [{ kind: 'note' }, { draft: true }] }, ['3', '4', '5', '6']],
      ['$not of a comparison', { year: { $not: { $gt: 2020 } } }, ['1', '3', '4', '5', '6']],
      ['$not of $and', { $not: { kind: 'note', year: 2020 } }, ['2', '3', '4', '5', '6']],
      ['what would be an injection', { kind: "x' OR kind = 'note" }, []],
      ['an injection with both quotes', { kind: `x' OR "" = "" OR kind = 'note` }, []],
    ]

    it.each(cases)('fits %s', async (_name, filter, expected) => {
      await upsert(...records)
      expect((await idsBy(filter)).toSorted()).toEqual(expected)
    })

    it('fills topK though the service says it more widely', async () => {
      await upsert(
        ...Array.from({ length: 40 }, (_, at) => ({
          id: `${at}`.padStart(2, '0'),
          vector: [1, at / 100, 0],
          metadata: { 'odd key': at % 4, draft: at % 4 === 0 },
        })),
      )
      const found = await vectors.query('a', { vector: [1, 0, 0], topK: 3, filter: { 'odd key': 3 } })
      expect(found.map(({ id }) => id)).toEqual(['03', '07', '11'])
    })

    it('that is none is refused, by the place where it goes wrong', async () => {
      const bad: [unknown, RegExp][] = [
        [[], /filter must be an object/],
        [{ kind: ['note'] }, /filter\.kind must be/],
        [{ kind: {} }, /filter\.kind must hold a condition/],
        [{ kind: { $near: 1 } }, /filter\.kind\.\$near is not known/],
        [{ kind: { toString: 1 } }, /filter\.kind\.toString is not known/],
        [{ $where: 'x' }, /filter\.\$where is not known/],
        [{ $and: { kind: 'note' } }, /filter\.\$and must be a list/],
        [{ $or: [{ year: { $gt: true } }] }, /filter\.\$or\[0\]\.year\.\$gt must be a number or a text/],
        [{ year: { $in: 5 } }, /filter\.year\.\$in must be a list/],
        [{ year: Number.NaN }, /filter\.year must be/],
        [nested(1000, (inner) => ({ $not: inner })), /is nested too deep/],
        [{ year: nested(1000, (inner) => ({ $not: inner })) }, /is nested too deep/],
      ]
      for (const [filter, message] of bad)
        // That it is refused though the types forbid it is what is tested.
        await expect(idsBy(filter as VectorFilter)).rejects.toThrow(message)
    })
  })

  describe('fetching and deleting', () => {
    it('fetches by ids, in the order that was asked for, with gaps', async () => {
      await fill()
      const found = await vectors.fetch('a', ['n/1', 'none', 'm/1'])
      expect(found.map((record) => record?.id)).toEqual(['n/1', undefined, 'm/1'])
      expect(await vectors.fetch('a', [])).toEqual([])
    })

    it('deletes by ids, twice if need be', async () => {
      await fill()
      await vectors.delete('a', { ids: ['m/1', 'none'] })
      await vectors.delete('a', { ids: ['m/1'] })
      await vectors.delete('a', { ids: [] })
      expect(await left()).toEqual(['m/2', 'n/1'])
    })

    it('deletes by prefix', async () => {
      await fill()
      await vectors.delete('a', { prefix: 'm/' })
      expect(await left()).toEqual(['n/1'])
    })

    it('deletes by filter, exactly, also what a service cannot say', async () => {
      await fill()
      await vectors.delete('a', { filter: { by: 'ann', 'odd key': { $exists: false } } })
      expect(await left()).toEqual(['m/2', 'n/1'])
      await vectors.delete('a', { filter: { by: { $ne: 'ann' } } })
      expect(await left()).toEqual(['n/1'])
    })
  })

  it('takes more records than one request may hold', async () => {
    const records = Array.from({ length: 2500 }, (_, at) => ({
      id: `${at}`,
      vector: [1, at / 2500, 0],
      metadata: { at, text: 'x'.repeat(500) },
    }))
    await upsert(...records)
    expect(await vectors.describeIndex('a')).toMatchObject({ count: 2500 })
    expect((await vectors.fetch('a', ['0', '2499'])).map((record) => record?.metadata?.['at'])).toEqual([
      0, 2499,
    ])
    expect(await idsBy({ at: { $gte: 2498 } })).toEqual(['2498', '2499'])
    await vectors.delete('a', { filter: { at: { $gte: 10 } } })
    await settle()
    expect((await idsBy()).length).toBe(10)
  })
}

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let filter: unknown = { $gt: 1 }
  for (let at = 0; at < depth; at += 1) filter = wrap(filter)
  return filter
}
