import type { RunnableCall } from '../log/fold.ts'
import { toJson } from '../protocol/json.ts'
import type { TurnEvent } from '../protocol/event.ts'
import type { CacheEvent } from '../protocol/event.ts'
import type { ToolAnswer, ToolWait } from '../protocol/message.ts'
import type { OpenSpan } from '../telemetry/span.ts'
import { noteCache, openSpan } from '../telemetry/span.ts'
import type { ToolOutcome } from '../tools/outcome.ts'
import type { ToolRun } from '../tools/run-tool.ts'
import { UNKNOWN, acceptOutput, checkCall, needsApproval, reconcileCall, runTool } from '../tools/run-tool.ts'
import type { CallCache } from '../tools/cached-call.ts'
import type { Tool } from '../tools/tool.ts'
import { isAgentTool } from './agent-tool.ts'
import { checkDepth, runSubTurn } from './sub-turn.ts'
import type { ToolsInput } from './tools-input.ts'
import { keyOfCall } from './tools-input.ts'

/** Resolves when whoever hears it has done with it. */
type Say = (event: TurnEvent) => Promise<void>

/** What becomes of one call: it is run, refused, or waits for somebody. `say` is told of progress. Never throws. */
export async function settleCall(call: RunnableCall, input: ToolsInput, say: Say): Promise<TurnEvent> {
  const { toolCallId, toolName } = call
  const outcome = await decide(call, input, say)
  if (outcome.ok) return { type: 'tool-result', toolCallId, toolName, output: outcome.output }
  if ('wait' in outcome) return { type: 'tool-suspend', toolCallId, toolName, wait: outcome.wait }
  return { type: 'tool-error', toolCallId, toolName, error: outcome.error }
}

async function decide(call: RunnableCall, input: ToolsInput, say: Say): Promise<ToolOutcome> {
  const tool = toolOf(call, input)
  if (call.state === 'answered' && !call.wait.nested) return goOn(call.answer, call, input, say)
  if (tool && isAgentTool(tool)) {
    // What its turn waits for was answered: it goes on where it stands.
    if (call.state === 'answered') return run(call, input, say)
    const refusal = checkDepth(input)
    if (refusal) return refusal
  } else if (call.state === 'answered') {
    // Whoever answered it answered an agent, which is another tool now, or gone.
    const message = `There is no agent behind "${call.toolName}" any more`
    return { ok: false, error: { code: 'tool_unknown', message } }
  }
  // Before anybody is asked, and before anything is said to have happened.
  const wait = await waitOf(call, input)
  if ('ok' in wait) return wait
  return wait.for === undefined ? run(call, input, say) : { ok: false, wait: { ...wait, for: wait.for } }
}

/** Whom a new call waits for, if for anybody. */
async function waitOf(
  { toolName, toolCallId, input: given }: RunnableCall,
  { tools, runtimeContext }: ToolsInput,
): Promise<Partial<ToolWait> | (ToolOutcome & { ok: false })> {
  const checked = await checkCall(tools, toolName, given)
  if (!checked.ok) return checked
  const { tool, input } = checked
  const approval = await needsApproval(tool, input, { runtimeContext, toolCallId })
  if (!approval.ok) return approval
  if (approval.value) return { for: 'approval' }
  return tool.execute ? {} : { for: 'client' }
}

/** A call that waited, with what was answered. */
async function goOn(
  answer: ToolAnswer,
  call: RunnableCall,
  input: ToolsInput,
  say: Say,
): Promise<ToolOutcome> {
  switch (answer.type) {
    case 'decline': {
      const reason = answer.reason ? `: ${answer.reason}` : ''
      return { ok: false, error: { code: 'tool_declined', message: `The call was declined${reason}` } }
    }
    case 'output':
      return acceptOutput(input.tools, call.toolName, answer.output)
    case 'error':
      return { ok: false, error: { code: 'tool_failed', message: answer.message } }
    case 'approve': {
      const tool = toolOf(call, input)
      return tool && !tool.execute ? { ok: false, wait: { for: 'client' } } : run(call, input, say)
    }
    case 'resume':
      return run(call, input, say, answer.data)
    case 'context':
      return run(call, input, say)
    default:
      return answer satisfies never
  }
}

async function run(
  call: RunnableCall,
  input: ToolsInput,
  say: Say,
  resumeData?: unknown,
): Promise<ToolOutcome> {
  const { toolCallId, toolName } = call
  const open = openSpan(input.telemetry, `execute_tool ${toolName}`, {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': toolName,
    'gen_ai.tool.call.id': toolCallId,
  })
  const tool = toolOf(call, input)
  const outcome =
    tool && isAgentTool(tool)
      ? await runSubTurn(call, tool, input, { say, telemetry: open.telemetry })
      : await runPlain(call, input, tool, toRun(call, input, { say, resumeData, open }))
  open.end(outcome.ok || 'wait' in outcome ? undefined : new Error(outcome.error.code))
  return outcome
}

async function runPlain(
  call: RunnableCall,
  input: ToolsInput,
  tool: Tool | undefined,
  toolRun: ToolRun,
): Promise<ToolOutcome> {
  const known = tool && input.isCutOff(call) ? await afterCrash(tool.effect, input, toolRun) : undefined
  return known ?? runTool(input.tools, toolRun)
}

/** What is known of a call that a crash cut off; undefined if it is to be made again. */
async function afterCrash(
  effect: 'retry' | 'reconcile' | 'once',
  { tools }: ToolsInput,
  toolRun: ToolRun,
): Promise<ToolOutcome | undefined> {
  if (effect === 'retry') return undefined
  if (effect === 'reconcile') return reconcileCall(tools, toolRun)
  return { ok: false, error: { code: 'tool_outcome_unknown', message: UNKNOWN } }
}

function toolOf({ toolName }: RunnableCall, { tools }: ToolsInput): Tool | undefined {
  return Object.hasOwn(tools, toolName) ? tools[toolName] : undefined
}

/** What a call that is answered had suspended with. */
function askedWith(call: RunnableCall): { suspendData?: unknown } {
  const payload = call.state === 'answered' ? call.wait.payload : undefined
  return payload === undefined ? {} : { suspendData: payload }
}

interface Telling {
  say: Say
  resumeData: unknown
  open: OpenSpan
}

function toRun(call: RunnableCall, input: ToolsInput, { say, resumeData, open }: Telling): ToolRun {
  const { toolCallId, toolName, input: given } = call
  const { cache, cacheWish = 'use' } = input
  const onAsked: CallCache['onAsked'] = (hit) => {
    const level = hit && { level: hit.level }
    const event: CacheEvent = { type: 'cache', of: 'tool', hit: hit !== undefined, ...level, toolCallId }
    noteCache(open, event)
    void say(event)
  }
  const { runId, threadId, resourceId, trigger, runtime, runtimeContext, signal, toolMs } = input
  return {
    toolName,
    input: given,
    timeoutMs: toolMs,
    cache: cache && cacheWish !== false ? { cache, mode: cacheWish, onAsked } : undefined,
    context: {
      abortSignal: signal,
      runtime,
      runtimeContext,
      runId,
      toolCallId,
      idempotencyKey: keyOfCall(call, input),
      ...(threadId !== undefined && { threadId }),
      ...(resourceId !== undefined && { resourceId }),
      ...(trigger && { trigger }),
      ...(resumeData !== undefined && { resumeData, ...askedWith(call) }),
      writer: { write: (data) => void say({ type: 'tool-progress', toolCallId, data: toJson(data) }) },
    },
  }
}
