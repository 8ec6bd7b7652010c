import type { RunnableCall, TurnState } from '../log/fold.ts'
import { startTurn, waitingCalls } from '../log/fold.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { AgentEvent } from '../protocol/event.ts'
import { underCall } from '../protocol/event.ts'
import type { Message, ToolErrorCode, ToolWait } from '../protocol/message.ts'
import { messageText } from '../protocol/message.ts'
import { orAborted } from '../streams/wait.ts'
import { redactSecrets } from '../telemetry/redact.ts'
import type { Telemetry } from '../telemetry/span.ts'
import { errorText } from '../telemetry/thrown.ts'
import type { ToolOutcome } from '../tools/outcome.ts'
import { checkCall } from '../tools/run-tool.ts'
import type { AgentTask, AgentTool } from './agent-tool.ts'
import { resolveAgent } from './resolve.ts'
import type { ToolsInput } from './tools-input.ts'
import { keyOfCall } from './tools-input.ts'
import type { TurnInput } from './turn-input.ts'

/** What a sub-agent's turn is run with beside its call. */
interface Surroundings {
  /** Resolves when whoever hears it has done with it. */
  say: (event: AgentEvent) => Promise<void>
  /** Its spans go under the call's. */
  telemetry: Telemetry
}

/**
 * The turn of a sub-agent, from its first words or from where the log left it, to its end or until it waits for
 * somebody. `say` is told all of it, under the call's path; the turn goes on when that is done with. Never throws.
 */
export async function runSubTurn(
  call: RunnableCall,
  tool: AgentTool,
  input: ToolsInput,
  { say, telemetry }: Surroundings,
): Promise<ToolOutcome> {
  const checked = await checkCall(input.tools, call.toolName, call.input)
  if (!checked.ok) return checked
  const known = knownTurn(call, input)
  const startedAt = startOf(known, input)
  const clock = startClock(input, tool.timeoutMs, startedAt)
  try {
    const agent = await orAborted(
      resolveAgent(tool.agent, input.runtimeContext, input.sub.resolveModel, {
        ...tool.overrides,
        overrides: input.cacheWish === undefined ? undefined : { cache: input.cacheWish },
      }),
      clock.signal,
    )
    // The tool's schema made it.
    const task = toMessage(call.toolCallId, (checked.input as AgentTask).prompt, startedAt)
    // The turn that called it folds its events into a state of its own.
    const state = known ? structuredClone(known) : startTurn(input.sub.newId('msg'), startedAt)
    if (!known) await say(underCall(call.toolCallId, startEvent(tool, task, state, input)))
    const turn: TurnInput = {
      ...inheritedBy(call, input),
      agent,
      state,
      input: [task],
      startedAt,
      signal: clock.signal,
    }
    for await (const event of input.sub.run(turn, telemetry)) {
      // A crash is taken up by the turn above all, which says so itself.
      if (event.type !== 'calls-restart') await say(underCall(call.toolCallId, event))
    }
    return toOutcome(state, tool, clock)
  } catch (error) {
    return toFailure(error, tool, input, clock)
  } finally {
    clock.stop()
  }
}

/** The turn as far as an earlier life has come with it. */
function knownTurn({ toolCallId }: RunnableCall, { sub }: ToolsInput): TurnState | undefined {
  const known = sub.known.get(toolCallId)
  // One that has ended answered another call of that id.
  return known?.message.outcome ? undefined : known
}

/** Why the agent may not be called, if it would be too deep. */
export function checkDepth({ sub: { depth, budget } }: ToolsInput): ToolOutcome | undefined {
  return depth < budget.maxDepth ? undefined : failed(`Agents may call agents only ${budget.maxDepth} deep`)
}

/** Its time runs from its own start through crashes; the time that somebody took to answer is not counted. */
function startOf(known: TurnState | undefined, { startedAt, sub }: ToolsInput): number {
  return known ? Math.max(known.message.createdAt, startedAt) : sub.now()
}

/** What the turn has of the one that calls it. */
function inheritedBy(
  call: RunnableCall,
  input: ToolsInput,
): Omit<TurnInput, 'agent' | 'state' | 'input' | 'startedAt' | 'signal'> {
  const { sub, runtimeContext, runId, threadId, resourceId, trigger, runtime } = input
  return {
    runId,
    runtime,
    runtimeContext,
    history: [],
    isRecovered: input.isCutOff(call),
    nesting: { depth: sub.depth + 1, budget: sub.budget, key: keyOfCall(call, input) },
    ...(threadId !== undefined && { threadId }),
    ...(resourceId !== undefined && { resourceId }),
    ...(trigger && { trigger }),
  }
}

function startEvent({ agent }: AgentTool, task: Message, { message }: TurnState, { runId }: ToolsInput) {
  const { id: messageId, createdAt: startedAt } = message
  return { type: 'turn-start', runId, agentId: agent.id, messageId, input: task, startedAt } as const
}

function toMessage(toolCallId: string, text: string, createdAt: number): Message {
  return { id: `task_${toolCallId}`, role: 'user', parts: [{ type: 'text', text }], createdAt }
}

function toOutcome(state: TurnState, { agent, overrides, timeoutMs }: AgentTool, clock: Clock): ToolOutcome {
  const { outcome } = state.message
  if (!outcome) return { ok: false, wait: toWait(state, agent.id) }
  if (outcome.status === 'aborted') return clock.isOver ? late(timeoutMs) : stopped()
  if (outcome.status === 'failed')
    return failed(`The agent "${agent.id}" failed: ${outcome.error?.message ?? outcome.finishReason}`)
  if (overrides.structuredOutput && outcome.object !== undefined) return { ok: true, output: outcome.object }
  const { finishReason } = outcome
  const text = messageText(state.message)
  return { ok: true, output: { text, ...(finishReason !== 'stop' && { finishReason }) } }
}

/** What kept the agent from being asked at all. */
function toFailure(
  error: unknown,
  { agent, timeoutMs }: AgentTool,
  { runtimeContext }: ToolsInput,
  clock: Clock,
): ToolOutcome {
  if (clock.signal.aborted) return clock.isOver ? late(timeoutMs) : stopped()
  if (error instanceof EdgewiseError && error.code === 'context_required')
    return { ok: false, wait: { for: 'context', contextKeys: runtimeContext.required } }
  return failed(`The agent "${agent.id}" could not be asked: ${errorText(error)}`)
}

/** Of several calls that wait, the first: the others are asked about when it has been answered. */
function toWait(state: TurnState, agentId: string): ToolWait {
  const [part] = waitingCalls(state)
  if (!part) throw new Error('no call of it waits')
  const { toolCallId, toolName, input, wait } = part
  const { nested } = wait
  const step = state.steps.length - 1
  return {
    ...wait,
    nested: {
      id: [`${step}/${toolCallId}`, ...(nested ? [nested.id] : [])].join('/'),
      agentId: nested?.agentId ?? agentId,
      path: [toolCallId, ...(nested?.path ?? [])],
      step,
      toolName: nested?.toolName ?? toolName,
      input: nested?.input ?? input,
    },
  }
}

interface Clock {
  signal: AbortSignal
  /** The agent's own time is up, and nothing else stopped it. */
  readonly isOver: boolean
  stop(): void
}

function startClock({ signal, sub }: ToolsInput, ms: number | undefined, startedAt: number): Clock {
  const over = new AbortController()
  const timer =
    ms === undefined ? undefined : setTimeout(() => over.abort(), Math.max(0, startedAt + ms - sub.now()))
  return {
    signal: AbortSignal.any([signal, over.signal]),
    get isOver() {
      return over.signal.aborted && !signal.aborted
    },
    stop: () => clearTimeout(timer),
  }
}

function late(ms: number | undefined): ToolOutcome {
  return failed(`The agent did not answer within ${ms} ms`, 'tool_timeout')
}

function stopped(): ToolOutcome {
  return failed('The turn was stopped before the agent answered', 'tool_aborted')
}

function failed(message: string, code: ToolErrorCode = 'tool_failed'): ToolOutcome {
  return { ok: false, error: { code, message: redactSecrets(message) } }
}
