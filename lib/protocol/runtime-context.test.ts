import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { EdgewiseError } from './error.ts'
import { RuntimeContext } from './runtime-context.ts'

describe('a RuntimeContext', () => {
  it('gives what it was made of, from an object and from pairs', () => {
    const context = new RuntimeContext({ userId: 'u', plan: 'pro' })
    context.set('plan', 'free')
    context.delete('userId')
    expect([...context.entries()]).toEqual([['plan', 'free']])
    expect([context.get('plan'), context.get('userId'), context.has('plan'), context.has('userId')]).toEqual([
      'free',
      undefined,
      true,
      false,
    ])
    expect([...new RuntimeContext(new Map([['a', 1]])).keys()]).toEqual(['a'])
  })

  it('is committed as its values, read back the same', () => {
    const values = fc.dictionary(fc.string(), fc.jsonValue({ noUnicodeString: false }))
    fc.assert(
      fc.property(values, (entries) => {
        const pairs = Object.entries(entries)
        const read: unknown = JSON.parse(JSON.stringify(new RuntimeContext(pairs)))
        expect(new Map(Object.entries(read as object))).toEqual(
          new Map(Object.entries(JSON.parse(JSON.stringify(entries)) as object)),
        )
      }),
    )
  })

  it('keeps a value under any name, those that objects treat apart among them', () => {
    const context = new RuntimeContext([['__proto__', { isAdmin: true }]])
    expect(JSON.stringify(context)).toBe('{"__proto__":{"isAdmin":true}}')
  })

  it('leaves out what is undefined', () => {
    expect(new RuntimeContext({ a: undefined, b: null }).toJSON()).toEqual({ b: null })
  })

  it('refuses to be committed with a value that is not JSON, and names it', () => {
    const context = new RuntimeContext({ user: { since: new Date(0) } })
    const issues = [{ field: 'runtimeContext.user.since', message: 'is not JSON' }]
    const message = 'Cannot store the runtime context: runtimeContext.user.since is not JSON'
    expect(() => context.toJSON()).toThrow(new EdgewiseError('runtime_context_invalid', message, { issues }))
  })

  it('types its values by the interface it was given', () => {
    const context = new RuntimeContext<{ userId: string; age: number }>({ userId: 'u' })
    expectTypeOf(context.get('age')).toEqualTypeOf<number | undefined>()
    expectTypeOf(context.set<'userId'>)
      .parameter(1)
      .toEqualTypeOf<string>()
    expectTypeOf(new RuntimeContext().get('any')).toEqualTypeOf<unknown>()
  })
})
