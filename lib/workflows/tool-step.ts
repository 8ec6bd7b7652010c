import type { JsonValue } from '../protocol/json.ts'
import { isRecord, toJson } from '../protocol/json.ts'
import type { ToolError } from '../protocol/message.ts'
import type { CallCache } from '../tools/cached-call.ts'
import type { ToolOutcome } from '../tools/outcome.ts'
import type { ToolRun } from '../tools/run-tool.ts'
import { needsApproval, reconcileCall, runTool } from '../tools/run-tool.ts'
import type { Tool } from '../tools/tool.ts'
import type { StepContext } from './context.ts'
import { NonRetryableError } from './retry.ts'
import type { Step } from './step-definition.ts'

export function isTool(value: object): value is Tool {
  return 'requireApproval' in value && 'readOnly' in value
}

/**
 * A step that calls a tool. What the tool suspends with, the step does; a call that a person must approve suspends
 * the step with `{ for: 'approval' }`, and `{ approved: boolean }` answers it.
 */
export function toolStep(tool: Tool): Step {
  if (!tool.execute) throw new TypeError(`Cannot make a step of tool "${tool.id}": it runs at the client`)
  return {
    kind: 'step',
    id: tool.id,
    description: tool.description,
    // The tool checks what it is given and what it gives.
    inputSchema: undefined,
    outputSchema: undefined,
    stateSchema: undefined,
    suspendSchema: undefined,
    // Whether the tool or a person is answered is known only when it is.
    resumeSchema: undefined,
    retry: undefined,
    timeoutMs: undefined,
    effect: tool.effect,
    from: 'tool',
    execute: (context: StepContext) => callTool(tool, context),
    reconcile: tool.effect === 'reconcile' ? (context: StepContext) => reconcile(tool, context) : undefined,
  }
}

async function callTool(tool: Tool, context: StepContext): Promise<unknown> {
  const { suspendData, resumeData } = context
  const wasAsked = isRecord(suspendData) && suspendData['for'] === 'approval'
  if (wasAsked && !(isRecord(resumeData) && resumeData['approved'] === true))
    throw new NonRetryableError('The call was declined')
  if (suspendData === undefined) await askApproval(tool, context)
  const run = toRun(tool, context)
  if (resumeData !== undefined && !wasAsked)
    Object.assign(run.context, { resumeData: toJson(resumeData), suspendData })
  const outcome = await runTool({ [tool.id]: tool }, run)
  if (outcome.ok) return outcome.output
  if ('wait' in outcome) {
    const { for: reason, contextKeys = [], payload } = outcome.wait
    // To read a secret that is lost says that it is.
    if (reason === 'context') for (const key of contextKeys) context.runtimeContext.get(key)
    return context.suspend(payload)
  }
  throw toError(outcome.error)
}

async function askApproval(tool: Tool, context: StepContext): Promise<void> {
  const { inputData, runtimeContext, idempotencyKey } = context
  const approval = await needsApproval(tool, inputData, { runtimeContext, toolCallId: idempotencyKey })
  if (!approval.ok) throw toError(approval.error)
  if (approval.value) await context.suspend({ for: 'approval', toolId: tool.id, input: inputData })
}

async function reconcile(tool: Tool, context: StepContext): Promise<unknown> {
  const outcome: ToolOutcome | undefined = await reconcileCall({ [tool.id]: tool }, toRun(tool, context))
  if (!outcome) return { status: 'not-done' }
  if (outcome.ok) return { status: 'done', output: outcome.output }
  // To read a secret that is lost says that it is.
  for (const key of context.runtimeContext.required) context.runtimeContext.get(key)
  return { status: 'unknown' }
}

function toRun(tool: Tool, context: StepContext): ToolRun {
  const { inputData, abortSignal, runtime, runtimeContext, runId, resourceId, trigger } = context
  const { idempotencyKey, writer } = context
  return {
    toolName: tool.id,
    // A step's input is what a step before gave, or the run was: JSON.
    input: inputData as JsonValue,
    timeoutMs: undefined,
    cache: toCache(context),
    context: {
      abortSignal,
      runtime,
      runtimeContext,
      runId,
      toolCallId: idempotencyKey,
      idempotencyKey,
      writer,
      ...(resourceId !== undefined && { resourceId }),
      ...(trigger && { trigger }),
    },
  }
}

/** Followers of the run hear of it as of all that the step tells. */
function toCache({ runtime: { cache }, writer }: StepContext): CallCache | undefined {
  return (
    cache && {
      cache,
      mode: 'use',
      onAsked: (hit) =>
        writer.write({ type: 'cache', of: 'tool', hit: hit !== undefined, ...(hit && { level: hit.level }) }),
    }
  )
}

function toError({ code, message }: ToolError): Error {
  const isFinal = code === 'tool_input_invalid' || code === 'tool_output_invalid' || code === 'tool_unknown'
  return Object.assign(isFinal ? new NonRetryableError(message) : new Error(message), { code })
}
