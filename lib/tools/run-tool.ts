import type { JsonValue } from '../protocol/json.ts'
import { toJson } from '../protocol/json.ts'
import type { Issue } from '../protocol/error.ts'
import type { ToolError, ToolErrorCode } from '../protocol/message.ts'
import { parse } from '../schema/schema.ts'
import { orAborted } from '../streams/wait.ts'
import { redactSecrets } from '../telemetry/redact.ts'
import type { Tool, ToolContext, ToolSet } from './tool.ts'

export type ToolOutcome = { ok: true; output: JsonValue } | { ok: false; error: ToolError }

export interface ToolRun {
  toolName: string
  input: JsonValue
  context: ToolContext
  /** Milliseconds; undefined: no limit of its own. */
  timeoutMs: number | undefined
}

/**
 * Runs one call: checks the input, executes, checks the answer. Never throws: whatever goes wrong is an outcome
 * that the model can read and correct.
 */
export async function runTool(tools: ToolSet, run: ToolRun): Promise<ToolOutcome> {
  const tool = Object.hasOwn(tools, run.toolName) ? tools[run.toolName] : undefined
  if (!tool) {
    const names = Object.keys(tools).join(', ') || 'none'
    return failure('tool_unknown', `There is no tool "${run.toolName}" (have: ${names})`)
  }
  const input = await checkInput(tool, run.input)
  if (!input.ok) return input
  return execute(tool, input.value, run)
}

async function checkInput(
  tool: Tool,
  input: JsonValue,
): Promise<{ ok: true; value: unknown } | { ok: false; error: ToolError }> {
  if (typeof input === 'string') {
    // Only arguments that could not be parsed are still text.
    return failure('tool_input_invalid', `The arguments are not JSON: ${excerpt(input)}`)
  }
  if (!tool.inputSchema) return { ok: true, value: input }
  try {
    const parsed = await parse(tool.inputSchema, input)
    return parsed.ok
      ? parsed
      : failure('tool_input_invalid', `The arguments do not fit: ${list(parsed.issues)}`)
  } catch (error) {
    return failure('tool_input_invalid', `The arguments could not be checked: ${messageOf(error)}`)
  }
}

async function execute(tool: Tool, input: unknown, { context, timeoutMs }: ToolRun): Promise<ToolOutcome> {
  if (context.abortSignal.aborted) return aborted()
  const limit = tool.timeoutMs ?? timeoutMs
  const timeout = new AbortController()
  const timer = limit === undefined ? undefined : setTimeout(() => timeout.abort(), limit)
  const abortSignal = AbortSignal.any([context.abortSignal, timeout.signal])
  try {
    // The schema made the input what `execute` was declared to take.
    const started = Promise.resolve(tool.execute(input as never, { ...context, abortSignal }))
    return await checkOutput(tool, await orAborted(started, abortSignal))
  } catch (error) {
    if (context.abortSignal.aborted) return aborted()
    if (timeout.signal.aborted) return failure('tool_timeout', `The tool did not answer within ${limit} ms`)
    return failure('tool_failed', messageOf(error))
  } finally {
    clearTimeout(timer)
  }
}

async function checkOutput(tool: Tool, output: unknown): Promise<ToolOutcome> {
  if (!tool.outputSchema) return { ok: true, output: toJson(output) }
  const parsed = await parse(tool.outputSchema, output)
  if (parsed.ok) return { ok: true, output: toJson(parsed.value) }
  return failure('tool_output_invalid', `The tool's answer does not fit its schema: ${list(parsed.issues)}`)
}

function aborted(): ToolOutcome {
  return failure('tool_aborted', 'The turn was stopped before the tool answered')
}

function failure(code: ToolErrorCode, message: string): { ok: false; error: ToolError } {
  return { ok: false, error: { code, message } }
}

function list(issues: Issue[]): string {
  return issues.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join('; ')
}

function excerpt(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

function messageOf(error: unknown): string {
  return redactSecrets(error instanceof Error ? error.message || error.name : String(error))
}
