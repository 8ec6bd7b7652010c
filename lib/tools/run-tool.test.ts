import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { JsonValue } from '../protocol/json.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import type { ToolOutcome } from './outcome.ts'
import { runTool } from './run-tool.ts'
import type { CallContext, Tool, ToolContext } from './tool.ts'
import { createTool } from './tool.ts'

function contextOf(abortSignal = new AbortController().signal): CallContext {
  return {
    abortSignal,
    runtimeContext: new RuntimeContext(),
    runId: 'run',
    toolCallId: 'call',
    idempotencyKey: 'run/0/call',
    writer: { write: () => undefined },
  }
}

interface Settings {
  signal?: AbortSignal
  timeoutMs?: number
}

function run(tool: Tool, input: JsonValue = {}, { signal, timeoutMs }: Settings = {}): Promise<ToolOutcome> {
  return runTool({ look: tool }, { toolName: 'look', input, context: contextOf(signal), timeoutMs })
}

const base = { id: 'look', description: 'Looks' }
const failure = (code: string, message: string) => ({ ok: false, error: { code, message } })
const never = (): Promise<never> => new Promise(() => undefined)

describe('a call of a tool', () => {
  it('fails where it suspends with what is no JSON', async () => {
    const tool = createTool({ ...base, execute: (_input, { suspend }) => suspend({ n: 1n }) })
    expect(await run(tool)).toEqual(
      failure('tool_failed', 'Cannot keep a value that is no JSON: n is a BigInt'),
    )
  })

  it('gives what the tool gives, as JSON', async () => {
    const tool = createTool({ ...base, execute: async () => ({ at: new Date(0), gone: undefined }) })
    expect(await run(tool)).toEqual({ ok: true, output: { at: '1970-01-01T00:00:00.000Z' } })
    expect(await run(createTool({ ...base, execute: () => undefined }))).toEqual({ ok: true, output: null })
  })

  it('hands over the input as the schema makes it, and the answer as its schema makes it', async () => {
    const tool = createTool({
      ...base,
      inputSchema: z.object({ n: z.coerce.number<string>() }),
      outputSchema: z.object({ double: z.number().transform((n) => `${n}!`) }),
      execute: ({ n }) => ({ double: n * 2 }),
    })
    expect(await run(tool, { n: '21', more: true })).toEqual({ ok: true, output: { double: '42!' } })
  })

  it('of a tool that is not there says which are', async () => {
    const tools = { look: createTool({ ...base, execute: () => 1 }) }
    const call = { input: {}, context: contextOf(), timeoutMs: undefined }
    const expected = failure('tool_unknown', 'There is no tool "find" (have: look)')
    expect(await runTool(tools, { ...call, toolName: 'find' })).toEqual(expected)
    expect(await runTool({}, { ...call, toolName: 'toString' })).toEqual(
      failure('tool_unknown', 'There is no tool "toString" (have: none)'),
    )
  })

  it('with arguments that do not fit names each field, and does not execute', async () => {
    let ran = 0
    const inputSchema = z.object({ city: z.string('must be a text'), days: z.number('must be a number') })
    const tool = createTool({ ...base, inputSchema, execute: () => (ran += 1) })
    expect(await run(tool, { city: 5 })).toEqual(
      failure('tool_input_invalid', 'The arguments do not fit: city: must be a text; days: must be a number'),
    )
    expect(await run(tool, '{"city": "Be')).toEqual(
      failure('tool_input_invalid', 'The arguments are not JSON: {"city": "Be'),
    )
    expect(await run(tool, 'x'.repeat(500))).toEqual(
      failure('tool_input_invalid', `The arguments are not JSON: ${'x'.repeat(200)}…`),
    )
    expect(ran).toBe(0)
  })

  it('whose schema itself fails tells so', async () => {
    const inputSchema = z.object({}).refine(() => {
      throw new Error('no database')
    })
    expect(await run(createTool({ ...base, inputSchema, execute: () => 1 }))).toEqual(
      failure('tool_input_invalid', 'The arguments could not be checked: no database'),
    )
  })

  it.each([
    [new Error('no such city'), 'no such city'],
    [new RangeError(''), 'RangeError'],
    ['a text', 'a text'],
    [new Error('401 for key sk-abcdef123456'), '401 for key [redacted]'],
  ])('that throws %o tells the model why', async (error, message) => {
    const throwing = createTool({
      ...base,
      execute: () => {
        throw error
      },
    })
    expect(await run(throwing)).toEqual(failure('tool_failed', message))
    const rejecting = createTool({
      ...base,
      execute: async () => {
        throw error
      },
    })
    expect(await run(rejecting)).toEqual(failure('tool_failed', message))
  })

  it('whose answer does not fit its schema, or is no JSON, tells so', async () => {
    const outputSchema = z.object({ n: z.number('must be a number') })
    // What people without types return.
    const tool = createTool({ ...base, outputSchema, execute: () => JSON.parse('{"n":"x"}') })
    expect(await run(tool)).toEqual(
      failure('tool_output_invalid', "The tool's answer does not fit its schema: n: must be a number"),
    )
    expect(await run(createTool({ ...base, execute: () => 1n }))).toMatchObject({
      ok: false,
      error: { code: 'tool_failed' },
    })
  })

  it('that takes too long is given up, and hears of it', async () => {
    let heard: AbortSignal | undefined
    const execute = (_input: unknown, { abortSignal }: ToolContext): Promise<never> => {
      heard = abortSignal
      return never()
    }
    const expected = failure('tool_timeout', 'The tool did not answer within 5 ms')
    expect(await run(createTool({ ...base, execute }), {}, { timeoutMs: 5 })).toEqual(expected)
    expect(heard?.aborted).toBe(true)
    expect(await run(createTool({ ...base, execute, timeoutMs: 5 }), {}, { timeoutMs: 60_000 })).toEqual(
      expected,
    )
  })

  it('that is stopped with its turn is no longer waited for', async () => {
    const controller = new AbortController()
    const running = run(createTool({ ...base, execute: never }), {}, { signal: controller.signal })
    controller.abort()
    expect(await running).toEqual(failure('tool_aborted', 'The turn was stopped before the tool answered'))
  })

  it('is not begun once its turn was stopped', async () => {
    let ran = 0
    const tool = createTool({ ...base, execute: () => (ran += 1) })
    expect(await run(tool, {}, { signal: AbortSignal.abort() })).toMatchObject({
      ok: false,
      error: { code: 'tool_aborted' },
    })
    expect(ran).toBe(0)
  })
})
