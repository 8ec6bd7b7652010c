import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseVectorFilter } from '../../../test/fixtures/upstash/vector-filter.ts'
import type { JsonObject } from '../../protocol/json.ts'
import { parseFilter, passesFilter } from '../filter.ts'
import { toRemoteFilter } from './upstash-filter.ts'

const anyScalar = fc.constantFrom(
  'a',
  'b',
  "it's",
  '"',
  `'"`,
  '\\',
  '',
  0,
  1,
  -1,
  2.5,
  1e21,
  true,
  false,
  null,
)
const anyField = fc.constantFrom('x', 'y.z', 'and', 'odd key', 'x = 1 OR y')
const anyOrdered = fc.constantFrom('a', "b'", 0, 1, -2.5)
const anyConditions = fc
  .record(
    {
      $eq: anyScalar,
      $ne: anyScalar,
      $gt: anyOrdered,
      $gte: anyOrdered,
      $lt: anyOrdered,
      $lte: anyOrdered,
      $in: fc.array(anyScalar, { maxLength: 3 }),
      $nin: fc.array(anyScalar, { maxLength: 3 }),
      $contains: anyScalar,
      $all: fc.array(anyScalar, { maxLength: 2 }),
      $exists: fc.boolean(),
      $not: fc.record({ $gt: anyOrdered }),
    },
    { requiredKeys: [] },
  )
  .filter((conditions) => Object.keys(conditions).length > 0)
const { filter: anyFilter } = fc.letrec<{ filter: unknown; filters: unknown[] }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.dictionary(anyField, fc.oneof(anyScalar, anyConditions), { maxKeys: 2 }),
    fc.record(
      { $and: tie('filters'), $or: tie('filters'), $nor: tie('filters'), $not: tie('filter') },
      { requiredKeys: [] },
    ),
  ),
  filters: fc.array(tie('filter'), { maxLength: 2 }),
}))
const anyMetadata = fc.record(
  {
    x: fc.oneof(anyScalar, fc.array(anyScalar, { maxLength: 3 })),
    y: fc.oneof(anyScalar, fc.record({ z: anyScalar }, { requiredKeys: [] })),
    and: anyScalar,
    'odd key': anyScalar,
  },
  { requiredKeys: [] },
)

describe('a filter in the words of Upstash Vector', () => {
  it('keeps out nothing that fits, and lets in nothing else where it says that it is exact', () => {
    fc.assert(
      fc.property(anyFilter, anyMetadata, (filter, given) => {
        // Of JSON alone, and so as it is sent.
        const metadata = JSON.parse(JSON.stringify(given)) as JsonObject
        const node = parseFilter(filter)
        const fits = passesFilter(node, metadata)
        const remote = toRemoteFilter(node)
        const isLetIn =
          remote.type === 'some' ? parseVectorFilter(remote.text)(metadata) : remote.type === 'all'
        if (fits) expect(isLetIn).toBe(true)
        else if (remote.type === 'none' || remote.isExact) expect(isLetIn).toBe(false)
      }),
      { numRuns: 3000 },
    )
  })
})
