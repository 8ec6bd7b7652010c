import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findNonJson, isRecord, toJson } from './json.ts'

/** What is thrown of a value that JSON cannot say. */
function because(why: string): TypeError {
  return new TypeError(`Cannot keep a value that is no JSON: ${why}`)
}

describe('findNonJson', () => {
  it('finds nothing in what survives JSON unchanged', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        // Minus zero is JSON, but is written as zero.
        if (JSON.stringify(value) === '-0') return
        expect(findNonJson(value)).toBeUndefined()
      }),
    )
  })

  it.each([
    [{ user: { tags: ['a', 'b', undefined] } }, 'user.tags[2]'],
    [{ at: new Date(0) }, 'at'],
    [[1, Number.NaN], '[1]'],
    [{ a: [{ run: () => 1 }] }, 'a[0].run'],
    [{ big: 1n }, 'big'],
    [{ map: new Map() }, 'map'],
    [Number.POSITIVE_INFINITY, ''],
    [undefined, ''],
  ])('names the place in %o', (value, path) => {
    expect(findNonJson(value)).toBe(path)
  })

  it('takes an object without a prototype for a plain one', () => {
    expect(findNonJson(Object.assign(Object.create(null), { a: 1 }))).toBeUndefined()
  })

  it('begins the path with the name that it was given', () => {
    expect(findNonJson({ a: undefined }, 'context')).toBe('context.a')
  })
})

describe('toJson', () => {
  it('refuses what is nested deeper than readers go, in lists and in objects', () => {
    expect(toJson(JSON.parse('['.repeat(500) + ']'.repeat(500)))).toBeDefined()
    expect(() => toJson(JSON.parse('['.repeat(502) + ']'.repeat(502)))).toThrow('deeper than 500 levels')
    const deep: unknown = JSON.parse('{"a":'.repeat(2000) + '1' + '}'.repeat(2000))
    expect(() => toJson([deep])).toThrow('deeper than 500 levels')
  })

  it('gives the value as JSON says it', () => {
    expect(toJson({ at: new Date(0), gone: undefined, list: [undefined, Number.NaN] })).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      list: [null, null],
    })
  })

  it.each([undefined, () => 1, Symbol('a')])('gives null for %o, which JSON cannot say', (value) => {
    expect(toJson(value)).toBeNull()
  })

  it('says where a value is a circle or a BigInt', () => {
    const order: Record<string, unknown> = { lines: [{ n: 1 }, { n: 2n }] }
    const circle = { order: { lines: [1, order] } }
    const twice = { a: 1 }
    expect(() => toJson(1n)).toThrow(because('it is a BigInt'))
    expect(() => toJson([twice, twice, order])).toThrow(because('[2].lines[1].n is a BigInt'))
    order['lines'] = [{ 'to whom': circle }]
    expect(() => toJson(circle)).toThrow(
      because('order.lines[1].lines[0].to whom holds itself, it is a circle'),
    )
    circle.order.lines[1] = circle
    expect(() => toJson(circle)).toThrow(because('order.lines[1] holds itself, it is a circle'))
  })

  it('leaves alone what else is thrown, and what says itself how it is kept', () => {
    const thrown = new TypeError('mine')
    const failing = {
      toJSON: () => {
        throw thrown
      },
    }
    expect(() => toJson({ failing })).toThrow(thrown)
    const own = { n: 1n, toJSON: () => ({ n: 1 }) }
    expect(toJson({ own })).toEqual({ own: { n: 1 } })
    expect(() => toJson({ own, failing })).toThrow(thrown)
  })

  it('throws a TypeError for a circle and for a BigInt in the depths', () => {
    const deep: Record<string, unknown> = {}
    let at = deep
    for (let level = 0; level < 2000; level += 1) at = at['a'] = {}
    at['n'] = 1n
    expect(() => toJson(deep)).toThrow(TypeError)
    expect(() => toJson(1n)).toThrow(TypeError)
  })
})

describe('isRecord', () => {
  it('tells objects from all else', () => {
    expect([{}, [], null, 'a', () => 1, undefined].map(isRecord)).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
    ])
  })
})
