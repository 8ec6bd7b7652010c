import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { parse, toJsonSchema } from '../schema/schema.ts'
import { createTool } from '../tools/tool.ts'
import { Agent } from './agent.ts'
import { mayWait, overrideInstructions, overrideTools } from './turn-overrides.ts'

const add = createTool({
  id: 'add',
  description: 'Adds',
  inputSchema: z.object({ a: z.number() }),
  execute: () => 1,
})
const inputSchema = { type: 'object', properties: { precise: { type: 'boolean' } }, required: ['precise'] }

describe('the tools of one turn', () => {
  it('are the very same set if the request changes nothing', () => {
    const tools = { add }
    expect(overrideTools(tools, undefined)).toBe(tools)
    expect(overrideTools(tools, { instructions: 'Be brief.' })).toBe(tools)
  })

  it("hold the client's own, without execute and checked by their JSON Schema", async () => {
    const { locate } = overrideTools(
      { add },
      { clientTools: { locate: { description: 'Where', inputSchema } } },
    )
    if (!locate?.inputSchema) throw new Error('It is not there')
    expect(locate.execute).toBeUndefined()
    expect(toJsonSchema(locate.inputSchema)).toEqual(inputSchema)
    expect(await parse(locate.inputSchema, { precise: true })).toEqual({ ok: true, value: { precise: true } })
    expect(await parse(locate.inputSchema, {})).toEqual({
      ok: false,
      issues: [{ field: 'precise', message: 'is missing' }],
    })
  })

  it("let the client's tool stand in for one of the agent's", () => {
    expect(overrideTools({ add }, { clientTools: { add: { description: '' } } })['add']).toMatchObject({
      description: 'add',
      execute: undefined,
    })
  })

  it('are those that are named, and each needs approval if the request says so', () => {
    const tools = overrideTools(
      { add, other: add },
      {
        clientTools: { locate: { description: 'x' } },
        activeTools: ['add', 'locate', 'none'],
        requireToolApproval: true,
      },
    )
    expect(Object.entries(tools).map(([name, tool]) => [name, tool.requireApproval])).toEqual([
      ['add', true],
      ['locate', true],
    ])
    expect(add.requireApproval).toBe(false)
  })
})

it('replaces the instructions, and adds to them', () => {
  expect(overrideInstructions('Be exact.', undefined)).toBe('Be exact.')
  expect(overrideInstructions('Be exact.', { instructions: 'Be kind.', system: 'It is Monday.' })).toBe(
    'Be kind.\n\nIt is Monday.',
  )
  expect(overrideInstructions('', { system: 'It is Monday.' })).toBe('It is Monday.')
})

it('knows which turns may have to wait', () => {
  const agent = new Agent({ name: 'a', instructions: '', tools: { add } })
  expect(mayWait(agent, undefined)).toBe(false)
  expect(mayWait(agent, { clientTools: {} })).toBe(false)
  expect(mayWait(agent, { clientTools: { locate: { description: 'x' } } })).toBe(true)
  expect(mayWait(agent, { requireToolApproval: true })).toBe(true)
})
