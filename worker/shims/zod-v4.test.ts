import { expect, it } from 'vitest'
import { z } from './zod-v4.ts'

it('makes the schemas that zod makes', () => {
  const schema = z.object({ name: z.string().min(1), mail: z.email().optional(), at: z.iso.date() })
  expect(schema.parse({ name: 'a', at: '2026-11-21' })).toEqual({ name: 'a', at: '2026-11-21' })
  expect(schema.safeParse({ name: '', mail: 'x', at: 'y' }).error?.issues.map(({ path }) => path)).toEqual([
    ['name'],
    ['mail'],
    ['at'],
  ])
  expect(z.toJSONSchema(schema)).toMatchObject({ type: 'object', required: ['name', 'at'] })
})

it('says where to find what it leaves out', () => {
  expect(() => Reflect.get(z, 'templateLiteral')).toThrow(
    "write import * as z from 'zod', where everything is",
  )
})
