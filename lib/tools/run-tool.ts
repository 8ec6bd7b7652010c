import type { JsonValue } from '../protocol/json.ts'
import { toJson } from '../protocol/json.ts'
import type { Issue } from '../protocol/error.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { ToolError, ToolErrorCode, ToolWait } from '../protocol/message.ts'
import { parse, toJsonSchema } from '../schema/schema.ts'
import { orAborted } from '../streams/wait.ts'
import { errorText } from '../telemetry/thrown.ts'
import type { CallCache } from './cached-call.ts'
import { runCached } from './cached-call.ts'
import type { ToolOutcome } from './outcome.ts'
import { UNBOUND } from './tool-runtime.ts'
import type { ApprovalContext, CallContext, Reconciled, Tool, ToolContext, ToolSet } from './tool.ts'

type Failure = { ok: false; error: ToolError }
type Checked = { ok: true; tool: Tool; input: unknown } | Failure

export interface ToolRun {
  toolName: string
  input: JsonValue
  context: CallContext
  /** Milliseconds; undefined: no limit of its own. */
  timeoutMs: number | undefined
  /** For a tool whose results may be given again. Default: the call is made. */
  cache?: CallCache | undefined
}

/** Finds the tool and checks what it is called with. Never throws. */
export async function checkCall(tools: ToolSet, toolName: string, given: JsonValue): Promise<Checked> {
  const tool = Object.hasOwn(tools, toolName) ? tools[toolName] : undefined
  if (!tool) {
    const names = Object.keys(tools).join(', ') || 'none'
    return failure('tool_unknown', `There is no tool "${toolName}" (have: ${names})`)
  }
  const input = await checkInput(tool, given)
  return input.ok ? { ok: true, tool, input: input.value } : input
}

/**
 * Runs one call: checks the input, executes, checks the answer. Never throws: whatever goes wrong is an outcome
 * that the model can read and correct.
 */
export async function runTool(tools: ToolSet, run: ToolRun): Promise<ToolOutcome> {
  const checked = await checkCall(tools, run.toolName, run.input)
  if (!checked.ok) return checked
  const { tool, input } = checked
  // Who answers a tool that suspended wants this very call to go on.
  if (!run.cache || !tool.cache || run.context.resumeData !== undefined) return execute(tool, input, run)
  return runCached({ tool, input, context: run.context }, run.cache, (abortSignal) =>
    execute(tool, input, { ...run, context: { ...run.context, abortSignal } }),
  )
}

/** What becomes of a tool's answer that was given elsewhere, by the client. */
export async function acceptOutput(
  tools: ToolSet,
  toolName: string,
  output: JsonValue,
): Promise<ToolOutcome> {
  const tool = Object.hasOwn(tools, toolName) ? tools[toolName] : undefined
  return tool ? checkOutput(tool, output) : { ok: true, output }
}

/** Whether a person must approve the call. A rule that throws is an error that the model reads. */
export async function needsApproval(
  { requireApproval }: Tool,
  input: unknown,
  context: ApprovalContext,
): Promise<{ ok: true; value: boolean } | Failure> {
  if (typeof requireApproval === 'boolean') return { ok: true, value: requireApproval }
  try {
    // The schema made the input what the rule was declared to take.
    return { ok: true, value: await requireApproval(input as never, context) }
  } catch (error) {
    return failure('tool_failed', `Whether the call needs approval could not be decided: ${errorText(error)}`)
  }
}

/** Asks a tool what became of a call that a crash cut off; undefined if it must be made now. Never throws. */
export async function reconcileCall(tools: ToolSet, run: ToolRun): Promise<ToolOutcome | undefined> {
  const checked = await checkCall(tools, run.toolName, run.input)
  if (!checked.ok) return checked
  const { tool, input } = checked
  try {
    // As for execute; what it gives is what Reconciled says.
    const found = (await tool.reconcile?.(
      input as never,
      toContext(run.context, []) as never,
    )) as Reconciled<unknown>
    if (found.status === 'not-done') return undefined
    if (found.status === 'done') return await checkOutput(tool, found.output)
  } catch (error) {
    return failure(
      'tool_outcome_unknown',
      `What became of the call could not be found out: ${errorText(error)}`,
    )
  }
  return failure('tool_outcome_unknown', UNKNOWN)
}

export const UNKNOWN =
  'The call was cut off: it may or may not have happened. It was not made again; find out before you repeat it'

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
    return failure('tool_input_invalid', `The arguments could not be checked: ${errorText(error)}`)
  }
}

async function execute(tool: Tool, input: unknown, { context, timeoutMs }: ToolRun): Promise<ToolOutcome> {
  if (context.abortSignal.aborted) return aborted()
  const limit = tool.timeoutMs ?? timeoutMs
  const timeout = new AbortController()
  const timer = limit === undefined ? undefined : setTimeout(() => timeout.abort(), limit)
  const abortSignal = AbortSignal.any([context.abortSignal, timeout.signal])
  const payloads: unknown[] = []
  try {
    // The schema made the input what `execute` was declared to take.
    const own = toContext({ ...context, abortSignal }, payloads) as ToolContext<never, never>
    const output = await orAborted(Promise.resolve(tool.execute?.(input as never, own)), abortSignal)
    return payloads.length > 0 ? await suspended(tool, payloads[0]) : await checkOutput(tool, output)
  } catch (error) {
    if (context.abortSignal.aborted) return aborted()
    if (timeout.signal.aborted) return failure('tool_timeout', `The tool did not answer within ${limit} ms`)
    if (isContextRequired(error)) return waitForContext(context)
    if (payloads.length === 0) return failure('tool_failed', errorText(error))
    return suspended(tool, payloads[0]).catch((unfit) => failure('tool_failed', errorText(unfit)))
  } finally {
    clearTimeout(timer)
  }
}

function isContextRequired(error: unknown): boolean {
  return error instanceof EdgewiseError && error.code === 'context_required'
}

function waitForContext({ runtimeContext }: Pick<ToolContext, 'runtimeContext'>): ToolOutcome {
  return { ok: false, wait: { for: 'context', contextKeys: runtimeContext.required } }
}

/** Thrown by `suspend`, for the tool's own `finally` to see. */
class Suspension extends Error {
  override readonly name = 'Suspension'
}

function toContext(context: CallContext, payloads: unknown[]): ToolContext {
  const suspend = (payload: unknown): Promise<never> => {
    payloads.push(payload)
    return Promise.reject(new Suspension('The tool waits for an answer'))
  }
  return { ...context, runtime: context.runtime ?? UNBOUND, suspend }
}

async function suspended({ suspendSchema, resumeSchema }: Tool, payload: unknown): Promise<ToolOutcome> {
  const parsed = suspendSchema ? await parse(suspendSchema, payload) : { ok: true as const, value: payload }
  if (!parsed.ok)
    return failure('tool_failed', `What the tool suspended with does not fit: ${list(parsed.issues)}`)
  const wait: ToolWait = { for: 'resume', payload: toJson(parsed.value) }
  if (resumeSchema) wait.resumeSchema = toJsonSchema(resumeSchema)
  return { ok: false, wait }
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

function failure(code: ToolErrorCode, message: string): Failure {
  return { ok: false, error: { code, message } }
}

function list(issues: Issue[]): string {
  return issues.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join('; ')
}

function excerpt(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
