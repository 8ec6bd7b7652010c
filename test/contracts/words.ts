import { beforeEach, describe, expect, it } from 'vitest'
import type { VectorMatch, VectorQuery, VectorRecord, Vectors } from '../../lib/storage/vectors.ts'
import type { VectorsWorld } from './vectors.ts'

/** What every storage of vectors must do that knows words. `create` gives one that holds no index. */
export function wordsContract(create: () => VectorsWorld | Promise<VectorsWorld>): void {
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
  const ask = (text: string, query: Partial<VectorQuery> = {}): Promise<VectorMatch[]> =>
    vectors.query('a', { vector: NEAR, topK: 10, text, ...query })
  /** Ids of what was found by words, best first. */
  const byWords = async (text: string, query: Partial<VectorQuery> = {}): Promise<string[]> =>
    (await ask(text, { topK: 100, ...query }))
      .filter(({ ranks }) => ranks?.text !== undefined)
      .toSorted((a, b) => (a.ranks?.text ?? 0) - (b.ranks?.text ?? 0))
      .map(({ id }) => id)

  const fill = async (): Promise<void> => {
    await upsert(
      saidBy('ann', 'm/1', 'apples'),
      saidBy('bob', 'm/2', 'apples'),
      saidBy('ann', 'n/1', 'apples'),
    )
    expect((await byWords('apples')).toSorted()).toEqual(['m/1', 'm/2', 'n/1'])
  }
  const left = async (): Promise<string[]> => {
    await settle()
    return (await byWords('apples')).toSorted()
  }

  describe('a query with words', () => {
    it('finds what is far away and holds them, with the score that it has as ever', async () => {
      const noise = Array.from({ length: 30 }, (_, at) => toRecord(`noise/${at}`, 'nothing of that', NEAR))
      await upsert(...noise, toRecord('far', 'Order A-1042 has left the house', FAR))
      const found = await ask('Where is order A-1042?', { topK: 3 })
      expect(found).toHaveLength(3)
      expect(found.map(({ id }) => id)).toContain('far')
      expect(found.find(({ id }) => id === 'far')).toEqual({
        id: 'far',
        score: expect.closeTo(0, 5),
        ranks: { text: 1 },
        metadata: { text: 'Order A-1042 has left the house' },
      })
      const without = await vectors.query('a', { vector: NEAR, topK: 3 })
      expect(without.map(({ id }) => id)).not.toContain('far')
      expect(without.every(({ ranks }) => ranks === undefined)).toBe(true)
    })

    it('puts what is near and holds them before what does one of both', async () => {
      await upsert(
        toRecord('near', 'pears', [1, 0.1, 0]),
        toRecord('both', 'apples and more', [1, 0.2, 0]),
        toRecord('words', 'apples', FAR),
        toRecord('neither', 'plums', [0, 1, 0]),
        { id: 'silent', vector: [-1, 1, 0] },
      )
      const found = await ask('apples')
      expect(found.map(({ id, ranks }) => [id, ranks])).toEqual([
        ['both', { vector: 2, text: 2 }],
        ['words', { vector: 5, text: 1 }],
        ['near', { vector: 1 }],
        ['neither', { vector: 3 }],
        ['silent', { vector: 4 }],
      ])
    })

    it('gives vectors of all that it finds, if asked', async () => {
      const noise = Array.from({ length: 20 }, (_, at) => toRecord(`noise/${at}`, 'nothing', NEAR))
      await upsert(...noise, toRecord('far', 'apples', FAR))
      const found = await ask('apples', { includeVectors: true, topK: 2 })
      expect(found.map(({ id, vector }) => [id, vector])).toEqual([
        ['noise/0', NEAR],
        ['far', FAR],
      ])
    })

    it('finds by nearness alone where the text holds none, or none that is known', async () => {
      await upsert(toRecord('x', 'apples', NEAR), toRecord('y', 'pears', FAR))
      for (const text of ['', '   ', '?!', '“…” — 👋', 'the of it', 'plums'])
        expect((await ask(text)).map(({ id, ranks }) => [id, ranks])).toEqual([
          ['x', { vector: 1 }],
          ['y', { vector: 2 }],
        ])
    })

    it('looks at one index and at nothing else', async () => {
      await vectors.createIndex('b', { dimension: 3 })
      await upsert(toRecord('x', 'apples', NEAR))
      await vectors.upsert('b', [toRecord('y', 'apples and pears', NEAR)])
      await settle()
      expect(await byWords('apples pears')).toEqual(['x'])
    })

    it('looks only at what passes the filter', async () => {
      await upsert(
        ...Array.from({ length: 30 }, (_, at) => saidBy('bob', `bob/${at}`, 'apples apples')),
        saidBy('ann', 'ann/1', 'apples and many other things beside'),
        saidBy('ann', 'ann/2', 'pears'),
      )
      const found = await ask('apples', { topK: 2, filter: { by: 'ann' } })
      expect(found.map(({ id, ranks }) => [id, ranks?.text])).toEqual([
        ['ann/1', 1],
        ['ann/2', undefined],
      ])
    })

    it('refuses what is no text', async () => {
      // That it is refused though the types forbid it is what is tested.
      const bad: unknown = 5
      await expect(ask(bad as string)).rejects.toThrow('text is no text')
    })
  })

  describe('words', () => {
    const kept: [name: string, text: string, asked: string[]][] = [
      ['an order number', 'Your order is A-1042.', ['A-1042', 'a1042', '#1042', 'order no. 1042?']],
      ['a telephone number', 'Call +49 (170) 123-45-67', ['+491701234567', '0170 1234567', '0170/123 45 67']],
      ['an address of mail', 'Write to Ann.Lee+x@example.com!', ['ann.lee+x@example.com', 'ann', 'Example']],
      ['an account', 'DE89 3704 0044 0532 0130 00', ['DE89370400440532013000']],
      ['accents and letters with signs', 'Señora Łukasz Straße', ['senora', 'LUKASZ', 'strasse', 'SEÑORA']],
      ['wide forms', 'Ｆｕｌｌ　１２３', ['full', '123']],
      ['what an apostrophe holds together', 'Ann’s house', ["ann's", 'Ann']],
      ['Chinese', '我的订单号是四二', ['订单', '订单号在哪里']],
      ['Japanese', '東京タワーへ行きました', ['東京', '東京タワー', '行きます']],
      ['Korean', '서울에서 만났습니다', ['서울', '서울은']],
      ['Thai', 'ฉันชอบภาษาไทย', ['ภาษาไทย']],
      ['Hindi', 'मुझे हिन्दी पसंद है', ['हिन्दी']],
      ['Arabic', 'أحب القهوة كثيرا', ['القهوة']],
      ['a letter that is a name', 'We take plan B', ['plan B', 'b']],
    ]
    it.each(kept)('are found in %s', async (_name, text, asked) => {
      await upsert(toRecord('x', text, NEAR), toRecord('y', 'something else 77', NEAR))
      for (const one of asked) expect([one, await byWords(one)]).toEqual([one, ['x']])
    })

    it('are never a grammar of queries', async () => {
      await upsert(toRecord('x', 'apples near pears', NEAR), toRecord('y', 'plums', FAR))
      const texts = [
        '"apples',
        'apples"',
        'apples" OR "plums"x',
        'apples AND',
        'NEAR(apples pears)',
        'words:apples',
        '^apples*',
        '-apples',
        "apples'; DROP TABLE texts; --",
        '{apples} + [pears]',
        `apples\u0000`,
        '\ud800 apples',
      ]
      for (const text of texts) expect([text, (await byWords(text)).includes('x')]).toEqual([text, true])
      expect(await byWords('NOT plums')).toEqual(['y'])
      expect(await byWords('app* OR pea*')).toEqual([])
    })

    it('are found in a long text, by a long text', async () => {
      const filler = Array.from({ length: 900 }, (_, at) => `filler${at}`).join(' ')
      await upsert(toRecord('x', `A-1042 ${filler}`, NEAR), toRecord('y', 'else', FAR))
      const others = Array.from({ length: 900 }, (_, at) => `other words ${'x'.repeat(at % 20)}`).join(' ')
      expect(await byWords(`${others} A-1042`)).toEqual(['x'])
    })

    it('count less the more hold them', async () => {
      await upsert(
        ...Array.from({ length: 20 }, (_, at) => toRecord(`order/${at}`, 'an order came in', NEAR)),
        toRecord('x', 'the order 1042', FAR),
      )
      expect(await byWords('order 1042')).toEqual(['x'])
    })
  })

  describe('words of a record', () => {
    it('are those that it has now', async () => {
      await upsert(toRecord('x', 'apples', NEAR))
      expect(await byWords('apples')).toEqual(['x'])
      await upsert(toRecord('x', 'pears', NEAR))
      expect([await byWords('apples'), await byWords('pears')]).toEqual([[], ['x']])
      await upsert({ id: 'x', vector: NEAR, metadata: { text: 7 } })
      expect([await byWords('pears'), await byWords('7')]).toEqual([[], []])
      await upsert(toRecord('x', 'apples', NEAR))
      expect(await byWords('apples')).toEqual(['x'])
    })

    it('go with it, however it is deleted', async () => {
      await fill()
      await vectors.delete('a', { ids: ['m/1', 'none'] })
      expect(await left()).toEqual(['m/2', 'n/1'])
      await fill()
      await vectors.delete('a', { prefix: 'm/' })
      expect(await left()).toEqual(['n/1'])
      await fill()
      await vectors.delete('a', { filter: { by: 'ann' } })
      expect(await left()).toEqual(['m/2'])
      await vectors.deleteIndex('a')
      await vectors.createIndex('a', { dimension: 3 })
      expect(await left()).toEqual([])
      await fill()
    })
  })
}

const NEAR = [1, 0, 0]
const FAR = [-1, 0, 0]

function toRecord(id: string, text: string, vector: number[]): VectorRecord {
  return { id, vector, metadata: { text } }
}

function saidBy(by: string, id: string, text: string): VectorRecord {
  return { id, vector: FAR, metadata: { text, by } }
}
