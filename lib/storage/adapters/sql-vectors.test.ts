import { describe, expect, it } from 'vitest'
import { vectorHistories } from '../../../test/contracts/vector-histories.ts'
import type { VectorsWorld } from '../../../test/contracts/vectors.ts'
import { vectorsContract } from '../../../test/contracts/vectors.ts'
import { createNodeSql } from '../../../test/fixtures/node-sql.ts'
import { createSqlVectors } from './sql-vectors.ts'

const createWorld = (): VectorsWorld => ({
  vectors: createSqlVectors(createNodeSql()),
  settle: async () => undefined,
})

describe('vectors in SQLite', () => {
  vectorsContract(createWorld)
  vectorHistories(createWorld)
})

describe('an index in SQLite', () => {
  it.each([
    ['euclidean', [1, 1 / 3, 1 / 2]],
    ['dotproduct', [1, 1, 0.5]],
  ] as const)('scores by %s', async (metric, [same, far, across]) => {
    const vectors = createSqlVectors(createNodeSql())
    await vectors.createIndex('a', { dimension: 2, metric })
    await vectors.upsert('a', [
      { id: 'same', vector: [1, 0] },
      { id: 'far', vector: [1, Math.SQRT2] },
      { id: 'across', vector: [0, 0] },
    ])
    const found = await vectors.query('a', { vector: [1, 0], topK: 3 })
    const scores = Object.fromEntries(found.map(({ id, score }) => [id, score]))
    expect(scores).toEqual({
      same: expect.closeTo(same, 5),
      far: expect.closeTo(far, 5),
      across: expect.closeTo(across, 5),
    })
  })

  it('that was not created is named', async () => {
    const vectors = createSqlVectors(createNodeSql())
    await expect(vectors.upsert('none', [{ id: 'x', vector: [1] }])).rejects.toThrow(
      'Cannot use vector index "none": it was not created',
    )
    expect(await vectors.describeIndex('none')).toBeUndefined()
  })
})
