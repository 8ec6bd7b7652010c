import { globSync, readFileSync } from 'node:fs'
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

it('has all that the providers take of it, which an app may import whole', () => {
  const sources = globSync('node_modules/@ai-sdk/{openai,google,provider-utils,gateway}/src/**/*.ts')
  const taken = sources
    .map((path) => readFileSync(path, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''))
    .filter((source) => source.includes("from 'zod/v4'"))
    .flatMap((source) => [...source.matchAll(/\bz\s*\.(\w+)/g)].map((match) => match[1] ?? ''))
  // `z.infer` is a type.
  const members = new Set(taken.filter((name) => name !== 'infer'))
  expect(members.size).toBeGreaterThan(10)
  expect([...members].filter((name) => !(name in z))).toEqual([])
})
