import { beforeEach, describe, expect, it } from 'vitest'
import type { Document, Documents, IndexValue } from '../../lib/storage/documents.ts'

/** What every storage of documents must do. `create` gives one that holds nothing in the collections `a` and `b`. */
export function documentsContract(create: () => Documents | Promise<Documents>): void {
  let documents: Documents
  beforeEach(async () => {
    documents = await create()
  })

  const put = (id: string, index: Document['index'] = {}, version = 1, body: Document['body'] = { id }) =>
    documents.put('a', { id, index, version, body })
  const ids = async (query: Partial<Parameters<Documents['query']>[1]> = {}): Promise<string[]> => {
    const page = await documents.query('a', { by: 'at', limit: 100, ...query })
    return page.documents.map(({ id }) => id)
  }

  const putAll = async (values: [string, IndexValue][]): Promise<void> => {
    for (const [id, at] of values) await put(id, { at })
  }

  describe('a document', () => {
    it('is what was put', async () => {
      const document = {
        id: 'x/1 é😀',
        body: { text: 'it\'s "quoted" \u0000', list: [1, null, { deep: true }] },
        index: { at: 5.5, name: 'Ünï' },
        version: 1_790_000_000_000,
      }
      await documents.put('a', document)
      expect(await documents.get('a', document.id)).toEqual(document)
      expect((await documents.query('a', { by: 'at', limit: 1 })).documents).toEqual([document])
    })

    it('is not there before it is put, nor in another collection, nor under another id', async () => {
      expect(await documents.get('a', 'x')).toBeUndefined()
      await put('x')
      expect(await documents.get('b', 'x')).toBeUndefined()
      expect(await documents.get('a', 'X')).toBeUndefined()
    })

    it('is replaced by a newer version, body and index', async () => {
      await put('x', { at: 1, name: 'old' }, 1, { old: true })
      await put('x', { at: 2 }, 2, { new: true })
      expect(await documents.get('a', 'x')).toEqual({
        id: 'x',
        body: { new: true },
        index: { at: 2 },
        version: 2,
      })
      expect(await documents.query('a', { by: 'name', limit: 10 })).toEqual({ documents: [], total: 0 })
      expect(await documents.query('a', { by: 'at', to: 1, limit: 10 })).toEqual({ documents: [], total: 0 })
      expect(await ids({ from: 2 })).toEqual(['x'])
    })

    it('stays as it is when the same version, or an older one, comes late', async () => {
      await put('x', { at: 2 }, 2, { is: 'new' })
      await put('x', { at: 1 }, 1, { is: 'old' })
      await put('x', { at: 9 }, 2, { is: 'other' })
      expect(await documents.get('a', 'x')).toEqual({
        id: 'x',
        body: { is: 'new' },
        index: { at: 2 },
        version: 2,
      })
      expect(await documents.query('a', { by: 'at', limit: 10 })).toMatchObject({ total: 1 })
    })

    it('is gone once it is deleted, twice if need be', async () => {
      await put('x', { at: 1 })
      await put('y', { at: 2 })
      await documents.delete('a', 'x', 2)
      await documents.delete('a', 'x', 2)
      expect(await documents.get('a', 'x')).toBeUndefined()
      expect(await documents.query('a', { by: 'at', limit: 10 })).toMatchObject({
        documents: [{ id: 'y' }],
        total: 1,
      })
    })

    it('is not deleted by an older version, and not brought back by one', async () => {
      await put('x', { at: 1 }, 5)
      await documents.delete('a', 'x', 4)
      expect(await ids()).toEqual(['x'])
      await documents.delete('a', 'x', 7)
      await put('x', { at: 1 }, 6)
      expect([await documents.get('a', 'x'), await ids()]).toEqual([undefined, []])
      await put('x', { at: 1 }, 8)
      expect(await ids()).toEqual(['x'])
    })

    it('is not there when its deletion came before it', async () => {
      await documents.delete('a', 'x', 2)
      await put('x', { at: 1 }, 1)
      expect(await documents.get('a', 'x')).toBeUndefined()
    })
  })

  describe('a query', () => {
    it('orders by the field, either way: numbers before texts, equal values by id', async () => {
      await putAll([
        ['c', 10],
        ['text', '5'],
        ['b', 9],
        ['a', 10],
        ['neg', -1.5],
        ['empty', ''],
      ])
      const order = ['neg', 'b', 'a', 'c', 'empty', 'text']
      expect(await ids()).toEqual(order)
      expect(await ids({ order: 'descending' })).toEqual(order.toReversed())
    })

    it('finds what lies within its bounds, both included, and counts it', async () => {
      await putAll([
        ['a', 1],
        ['b', 2],
        ['c', 3],
        ['d', 4],
      ])
      expect(await ids({ from: 2, to: 3 })).toEqual(['b', 'c'])
      expect(await ids({ from: 3 })).toEqual(['c', 'd'])
      expect(await ids({ to: 1 })).toEqual(['a'])
      expect(await ids({ from: 5 })).toEqual([])
      const page = await documents.query('a', { by: 'at', from: 2, limit: 1, skip: 1 })
      expect([page.documents.map(({ id }) => id), page.total]).toEqual([['c'], 3])
    })

    it('is cut to a page after it was ordered', async () => {
      await putAll([
        ['a', 1],
        ['b', 2],
        ['c', 3],
        ['d', 4],
      ])
      expect(await ids({ order: 'descending', limit: 2, skip: 1 })).toEqual(['c', 'b'])
      expect(await ids({ skip: 4 })).toEqual([])
      expect(await documents.query('a', { by: 'at', limit: 0 })).toEqual({ documents: [], total: 4 })
    })

    it('finds no document without the field, and none of another collection', async () => {
      await put('a', { other: 1 })
      await documents.put('b', { id: 'b', index: { at: 1 }, version: 1, body: {} })
      expect(await documents.query('a', { by: 'at', limit: 10 })).toEqual({ documents: [], total: 0 })
    })

    it('finds nothing where nothing was ever put', async () => {
      expect(await documents.query('never', { by: 'at', limit: 10 })).toEqual({ documents: [], total: 0 })
    })
  })
}
