import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Document, DocumentQuery, Documents, IndexValue } from '../../lib/storage/documents.ts'

/** Random histories of puts, deletions and clears, in any order of versions, against a list that does the same. */
export function documentHistories(create: () => Documents | Promise<Documents>, numRuns = 100): void {
  describe('any history', () => {
    it('leaves what a plain list would hold, page by page', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyChange, { maxLength: 25 }), anyQuery, async (changes, query) => {
          const documents = await create()
          const model = new Map<string, Document | { version: number }>()
          for (const change of changes) {
            await change.on(documents)
            change.inModel(model)
          }
          const expected = select(model, query)
          expect(await pages(documents, query)).toEqual(expected.map(({ id }) => id))
          const page = await documents.query('c', { ...query, skip: 1, withTotal: true })
          expect(page.documents).toEqual(expected.slice(1, 1 + query.limit))
          expect(page.total).toBe(expected.length)
          const kept = IDS.map((id) => model.get(id)).map((kept) => (kept && 'id' in kept ? kept : undefined))
          expect(await documents.getMany('c', IDS)).toEqual(kept)
        }),
        { numRuns },
      )
    })
  })
}

interface Change {
  on(documents: Documents): Promise<void>
  inModel(model: Map<string, Document | { version: number }>): void
}

const IDS = ['', 'a', 'b', 'a/b', 'é', '\u{10ffff}']
const anyId = fc.constantFrom(...IDS)
const anyText = fc
  .array(fc.constantFrom('a', 'b', '\u0000', '\u0001', '\u0002', '\u0003', '\u0004', 'ａ', '😀', ':'), {
    maxLength: 3,
  })
  .map((letters) => letters.join(''))
const anyValue: fc.Arbitrary<IndexValue> = fc.oneof(
  anyText,
  fc.integer({ min: -2, max: 2 }),
  fc.constantFrom(-0, 0.5, -1.5, 1e300, -1e300, 5e-324, Number.MAX_SAFE_INTEGER),
)
const anyVersion = fc.integer({ min: 0, max: 6 })

const anyPut: fc.Arbitrary<Change> = fc
  .array(
    fc.record({
      id: anyId,
      version: anyVersion,
      body: fc.dictionary(fc.constantFrom('x', 'y', '__proto__x'), fc.jsonValue() as fc.Arbitrary<string>),
      index: fc.dictionary(fc.constantFrom('at', 'at\u0001', 'by'), anyValue),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((given) => {
    // As JSON has them: without a negative zero.
    const documents = JSON.parse(JSON.stringify(given)) as Document[]
    return {
      on: (storage) => storage.put('c', ...documents),
      inModel: (model) => {
        for (const document of documents) if (isNewer(model, document)) model.set(document.id, document)
      },
    }
  })

const anyDelete: fc.Arbitrary<Change> = fc
  .record({ id: anyId, version: anyVersion })
  .map(({ id, version }) => ({
    on: (storage) => storage.delete('c', id, version),
    inModel: (model) => {
      if (isNewer(model, { id, version })) model.set(id, { version })
    },
  }))

const aClear: fc.Arbitrary<Change> = fc.constant({
  on: (storage) => storage.clear('c'),
  inModel: (model) => model.clear(),
})

const anyChange = fc.oneof(
  { arbitrary: anyPut, weight: 8 },
  { arbitrary: anyDelete, weight: 3 },
  { arbitrary: aClear, weight: 1 },
)

const anyQuery: fc.Arbitrary<DocumentQuery> = fc.record(
  {
    by: fc.constantFrom('at', 'by', 'at\u0001'),
    limit: fc.integer({ min: 1, max: 4 }),
    order: fc.constantFrom('ascending', 'descending'),
    from: anyValue,
    to: anyValue,
  },
  { requiredKeys: ['by', 'limit'] },
)

function isNewer(
  model: Map<string, { version: number }>,
  { id, version }: { id: string; version: number },
): boolean {
  const before = model.get(id)
  return !before || before.version < version
}

/** What the query finds, whole and in order, by the plainest means: sorting by what Node's own code points say. */
function select(model: Map<string, Document | { version: number }>, query: DocumentQuery): Document[] {
  const { by, from, to, order } = query
  const found = [...model.values()].filter(
    (kept): kept is Document =>
      'id' in kept &&
      kept.index[by] !== undefined &&
      (from === undefined || compare(kept.index[by], from) >= 0) &&
      (to === undefined || compare(kept.index[by], to) <= 0),
  )
  found.sort((a, b) => compare(a.index[by] ?? 0, b.index[by] ?? 0) || compare(a.id, b.id))
  return order === 'descending' ? found.toReversed() : found
}

function compare(a: IndexValue, b: IndexValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'number') return -1
  if (typeof b === 'number') return 1
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

async function pages(documents: Documents, query: DocumentQuery): Promise<string[]> {
  const ids: string[] = []
  for (let after: string | undefined; ;) {
    const page = await documents.query('c', { ...query, ...(after !== undefined && { after }) })
    ids.push(...page.documents.map(({ id }) => id))
    if (page.next === undefined) return ids
    after = page.next
  }
}
