import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import type { ToolContext } from './tool.ts'
import { createTool } from './tool.ts'

const base = { id: 'look', description: 'Looks', execute: () => null }

describe('createTool', () => {
  it('gives the definition as plain data, with what was left open decided', () => {
    expect(createTool(base)).toEqual({
      ...base,
      inputSchema: undefined,
      outputSchema: undefined,
      suspendSchema: undefined,
      resumeSchema: undefined,
      requireApproval: false,
      reconcile: undefined,
      effect: 'once',
      readOnly: false,
      timeoutMs: undefined,
    })
  })

  it('lets a tool that only reads be called again', () => {
    expect(createTool({ ...base, readOnly: true }).effect).toBe('retry')
    expect(createTool({ ...base, readOnly: true, effect: 'retry' }).effect).toBe('retry')
    expect(createTool({ ...base, effect: 'retry' })).toMatchObject({ effect: 'retry', readOnly: false })
  })

  it.each([
    [{ id: '' }, 'Cannot create a tool: it has no id'],
    [{ description: '' }, 'Cannot create tool "look": it has no description, models choose by it'],
    [
      { effect: 'reconcile' as const },
      `Cannot create tool "look": effect 'reconcile' and a reconcile function go together`,
    ],
    [
      { readOnly: true, effect: 'once' as const },
      `Cannot create tool "look": readOnly means effect 'retry', not 'once'`,
    ],
  ])('with %j throws a TypeError', (over, message) => {
    expect(() => createTool({ ...base, ...over })).toThrow(new TypeError(message))
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
    'with a time limit of %s throws a RangeError',
    (timeoutMs) => {
      expect(() => createTool({ ...base, timeoutMs })).toThrow(
        new RangeError(
          `Cannot create tool "look": timeoutMs is ${timeoutMs}, it must be from 1 to 2147483647`,
        ),
      )
    },
  )

  it('types what execute takes and gives by the schemas', () => {
    createTool({
      ...base,
      inputSchema: z.object({ city: z.string(), days: z.number().default(1) }),
      outputSchema: z.object({ at: z.coerce.date<string>() }),
      execute: (input, context) => {
        expectTypeOf(input).toEqualTypeOf<{ city: string; days: number }>()
        expectTypeOf(context).toEqualTypeOf<ToolContext>()
        return { at: '2026-01-01' }
      },
    })
    createTool({
      ...base,
      outputSchema: z.object({ count: z.number() }),
      // @ts-expect-error: the answer must fit its schema
      execute: () => ({ count: 'many' }),
    })
    createTool({
      ...base,
      inputSchema: z.object({ city: z.string() }),
      // @ts-expect-error: the schema has no such field
      execute: ({ town }) => town,
    })
  })
})
