import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fuse, telling } from './fuse.ts'
import { toSparse, toSparseQuery } from './sparse.ts'
import { queryWords, wordsOf } from './words.ts'

const toList = (ids: string) => Array.from(ids, (id, at) => ({ id, score: 1 / (at + 1) }))

describe('fusion by ranks', () => {
  it('puts first what is far up in both, then the nearer of equals', () => {
    const fused = fuse(toList('abcd'), toList('xbya'), 10)
    expect(fused.map(({ id }) => id).join('')).toBe('baxcyd')
    expect(fused[0]).toEqual({ id: 'b', ranks: { vector: 2, text: 2 } })
    expect(fused[2]).toEqual({ id: 'x', ranks: { text: 1 } })
  })

  it('loses nothing, invents nothing, and cuts from the end', () => {
    const anyList = fc.uniqueArray(fc.constantFrom(...'abcdefghij'), { maxLength: 8 })
    fc.assert(
      fc.property(anyList, anyList, fc.integer({ min: 1, max: 20 }), (near, worded, topK) => {
        const all = fuse(toList(near.join('')), toList(worded.join('')), 100)
        expect(new Set(all.map(({ id }) => id))).toEqual(new Set([...near, ...worded]))
        expect(fuse(toList(near.join('')), toList(worded.join('')), topK)).toEqual(all.slice(0, topK))
      }),
    )
  })

  it('leaves out what shares little beside the best', () => {
    const found = [
      { id: 'a', score: 8 },
      { id: 'b', score: 2 },
      { id: 'c', score: 1.9 },
    ]
    expect(telling(found).map(({ id }) => id)).toEqual(['a', 'b'])
    expect(telling([])).toEqual([])
  })
})

describe('words', () => {
  it('of any text are letters and digits, and those that are asked for stand in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const words = wordsOf(text)
        for (const word of words) expect(word).toMatch(/^[\p{L}\p{N}\p{M}]+$/u)
        for (const word of queryWords(text)) expect(words).toContain(word)
      }),
    )
  })

  it('are cut down to the telling ones where a query has too many', () => {
    const text = `${Array.from({ length: 500 }, (_, n) => `w${'a'.repeat(n % 9)}x`).join(' ')} 42 A-1042`
    const words = queryWords(
      `${text} ${Array.from({ length: 100 }, (_, n) => `b${'c'.repeat(n)}`).join(' ')}`,
    )
    expect(words).toHaveLength(64)
    expect(words).toEqual(expect.arrayContaining(['42', '1042', 'a1042']))
  })

  it('as a sparse vector have distinct places of 31 bits in order, and no more than services take', () => {
    const { indices, values } = toSparse(Array.from({ length: 3000 }, (_, n) => `word${n}`).join(' '))
    expect(indices).toHaveLength(1000)
    expect(indices).toEqual([...new Set(indices)].toSorted((a, b) => a - b))
    expect(indices.every((place) => place >= 0 && place < 0x7fffffff)).toBe(true)
    expect(values.every((value) => value > 0 && Math.fround(value) === value)).toBe(true)
    // What was written is looked for with the same places: they must never change.
    expect(toSparseQuery('a1042')).toEqual({ indices: PLACES, values: [1, 1] })
    expect(toSparse('?!')).toEqual({ indices: [0x7fffffff], values: [1] })
    expect(toSparseQuery('?!')).toBeUndefined()
  })
})

const PLACES = [507112298, 2123500003]
