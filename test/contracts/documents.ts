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
      expect(await documents.query('a', { by: 'name', limit: 10, withTotal: true })).toEqual({
        documents: [],
        total: 0,
      })
      expect(await documents.query('a', { by: 'at', to: 1, limit: 10, withTotal: true })).toEqual({
        documents: [],
        total: 0,
      })
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
      expect(await ids()).toEqual(['x'])
    })

    it('leaves nothing once it was deleted and is forgotten: what comes late brings it back', async () => {
      await put('x', { at: 1 }, 1)
      await put('y', { at: 2 }, 1)
      await documents.forget?.('a', 'x')
      await documents.forget?.('a', 'nobody')
      expect(await ids()).toEqual(['x', 'y'])
      await documents.delete('a', 'x', 5)
      await documents.forget?.('a', 'x')
      await documents.forget?.('a', 'x')
      expect(await ids()).toEqual(['y'])
      await put('x', { at: 3 }, 2)
      expect(await ids()).toEqual(documents.forget ? ['y', 'x'] : ['y'])
    })

    it('is gone once it is deleted, twice if need be', async () => {
      await put('x', { at: 1 })
      await put('y', { at: 2 })
      await documents.delete('a', 'x', 2)
      await documents.delete('a', 'x', 2)
      expect(await documents.get('a', 'x')).toBeUndefined()
      expect(await documents.query('a', { by: 'at', limit: 10, withTotal: true })).toMatchObject({
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
      const page = await documents.query('a', { by: 'at', from: 2, limit: 1, skip: 1, withTotal: true })
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
      expect(await documents.query('a', { by: 'at', limit: 0, withTotal: true })).toEqual({
        documents: [],
        total: 4,
      })
    })

    it('finds no document without the field, and none of another collection', async () => {
      await put('a', { other: 1 })
      await documents.put('b', { id: 'b', index: { at: 1 }, version: 1, body: {} })
      expect(await documents.query('a', { by: 'at', limit: 10, withTotal: true })).toEqual({
        documents: [],
        total: 0,
      })
    })

    it('finds nothing where nothing was ever put', async () => {
      expect(await documents.query('never', { by: 'at', limit: 10, withTotal: true })).toEqual({
        documents: [],
        total: 0,
      })
    })

    it('orders texts by code points: an emoji comes after a full-width letter', async () => {
      await putAll([
        ['emoji', '😀'],
        ['wide', 'ａ'],
        ['control', '\u0000\u0001\u0002\u0003'],
        ['longer', 'ａ\u0000'],
      ])
      expect(await ids()).toEqual(['control', 'wide', 'longer', 'emoji'])
      expect(await ids({ from: 'ａ\u0000' })).toEqual(['longer', 'emoji'])
    })

    it('goes on behind a page, also when what the page ended with is gone', async () => {
      await putAll([
        ['a', 1],
        ['b', 1],
        ['c', 1],
        ['d', 2],
        ['e', 2],
      ])
      const page = (after?: string, order: 'ascending' | 'descending' = 'ascending') =>
        documents.query('a', { by: 'at', limit: 2, order, ...(after !== undefined && { after }) })
      const first = await page()
      expect(first.documents.map(({ id }) => id)).toEqual(['a', 'b'])
      await documents.delete('a', 'b', 2)
      const second = await page(first.next)
      expect(second.documents.map(({ id }) => id)).toEqual(['c', 'd'])
      const third = await page(second.next)
      expect([third.documents.map(({ id }) => id), third.next]).toEqual([['e'], undefined])
      const last = await page(undefined, 'descending')
      expect((await page(last.next, 'descending')).documents.map(({ id }) => id)).toEqual(['c', 'a'])
    })

    it('has no next page when it ends with the last document', async () => {
      await putAll([
        ['a', 1],
        ['b', 2],
      ])
      expect((await documents.query('a', { by: 'at', limit: 2 })).next).toBeUndefined()
    })
  })

  describe('many documents', () => {
    it('are put at once, each by its own version', async () => {
      await put('a', { at: 1 }, 5, { is: 'new' })
      await documents.put(
        'a',
        { id: 'a', version: 4, body: { is: 'old' }, index: { at: 9 } },
        { id: 'b', version: 1, body: {}, index: { at: 2 } },
      )
      expect(await ids()).toEqual(['a', 'b'])
      expect((await documents.get('a', 'a'))?.body).toEqual({ is: 'new' })
    })

    it('are got in the order that was asked for, with gaps', async () => {
      await putAll([
        ['a', 1],
        ['b', 2],
      ])
      const found = await documents.getMany('a', ['b', 'missing', 'a', 'b'])
      expect(found.map((document) => document?.id)).toEqual(['b', undefined, 'a', 'b'])
      expect(await documents.getMany('a', [])).toEqual([])
    })

    it('are cleared with the memory of deletions, and only of their collection', async () => {
      await put('a', { at: 1 })
      await documents.delete('a', 'b', 9)
      await documents.put('b', { id: 'c', index: { at: 1 }, version: 1, body: {} })
      await documents.clear('a')
      await documents.clear('a')
      expect([await ids(), await documents.get('a', 'a')]).toEqual([[], undefined])
      expect(await documents.get('b', 'c')).toBeDefined()
      await put('b', { at: 1 }, 1)
      expect(await ids()).toEqual(['b'])
    })
  })

  describe('a body beyond what one row or request may hold', () => {
    it('is kept whole, replaced and deleted', async () => {
      const [first, second] = [long(1), long(2)]
      await put('x', { at: 1 }, 1, { text: first })
      expect((await documents.get('a', 'x'))?.body).toEqual({ text: first })
      await put('x', { at: 2 }, 2, { text: second })
      await put('x', { at: 1 }, 1, { text: first })
      await put('x', { at: 1 }, 2, { text: first })
      const page = await documents.query('a', { by: 'at', limit: 1 })
      expect(page.documents[0]?.body).toEqual({ text: second })
      await put('x', { at: 2 }, 3, { text: 'short' })
      expect((await documents.getMany('a', ['x']))[0]?.body).toEqual({ text: 'short' })
      await put('x', { at: 2 }, 4, { text: first })
      await documents.delete('a', 'x', 5)
      expect(await documents.get('a', 'x')).toBeUndefined()
    })
  })

  describe('what cannot be meant', () => {
    it('is refused before anything is written', async () => {
      const bad: [Partial<Document>, typeof TypeError | typeof RangeError][] = [
        [{ id: '\ud800' }, TypeError],
        [{ index: { at: Number.NaN } }, TypeError],
        [{ index: { at: 'half \udc00' } }, TypeError],
        [{ version: 1.5 }, RangeError],
        [{ version: -1 }, RangeError],
      ]
      for (const [part, kind] of bad) {
        const document = { id: 'x', body: {}, index: { at: 1 }, version: 1, ...part }
        const good = { id: 'good', body: {}, index: { at: 1 }, version: 1 }
        await expect(documents.put('a', good, document)).rejects.toThrow(kind)
      }
      expect(await ids()).toEqual([])
    })

    it('is refused in a query', async () => {
      const query = { by: 'at', limit: 10 }
      await expect(documents.query('a', { ...query, limit: 1001 })).rejects.toThrow(RangeError)
      await expect(documents.query('a', { ...query, limit: -1 })).rejects.toThrow(RangeError)
      await expect(documents.query('a', { ...query, skip: 0.5 })).rejects.toThrow(RangeError)
      await expect(documents.query('a', { ...query, from: Number.POSITIVE_INFINITY })).rejects.toThrow(
        TypeError,
      )
      await put('x', { at: 1 })
      for (const after of ['', 'nonsense', '%', '%5B1%5D', '%5Bnull%2C%22a%22%5D'])
        await expect(documents.query('a', { ...query, after })).rejects.toThrow('the cursor is not one')
    })
  })
}

/** More than 2 MB that does not compress well. */
function long(seed: number): string {
  let [text, state] = ['', seed]
  while (text.length < 2_500_000) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    text += `${state.toString(36)}"é😀`
  }
  return text
}
