import type { RunnableCall, TurnState } from '../log/fold.ts'
import { applyEvent, startTurn, waitingCalls } from '../log/fold.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { OwnEvent, TurnEvent } from '../protocol/event.ts'
import { underCall } from '../protocol/event.ts'
import type { Message, ToolWait } from '../protocol/message.ts'
import { messageText } from '../protocol/message.ts'
import { redactSecrets } from '../telemetry/redact.ts'
import type { Telemetry } from '../telemetry/span.ts'
import type { ToolOutcome } from '../tools/run-tool.ts'
import { checkCall } from '../tools/run-tool.ts'
import type { AgentTask, AgentTool } from './agent-tool.ts'
import { resolveAgent } from './resolve.ts'
import type { ToolsInput } from './tools-input.ts'
import type { TurnInput } from './turn-input.ts'

type Say = (event: TurnEvent) => Promise<void>

/**
 * The turn of a sub-agent, from its first words or from where the log left it, to its end or until it waits for
 * somebody. `say` is told all of it, under the call's path; the turn goes on when that is done with. Never throws.
 */
export async function runSubTurn(
  call: RunnableCall,
  tool: AgentTool,
  input: ToolsInput,
  { say, telemetry }: { say: Say; telemetry: Telemetry },
): Promise<ToolOutcome> {
  const { sub, runtimeContext, runId, threadId, resourceId } = input
  const { maxDepth } = sub.budget
  if (sub.depth >= maxDepth) return failed(`Agents may call agents only ${maxDepth} deep`)
  const checked = await checkCall(input.tools, call.toolName, call.input)
  if (!checked.ok) return checked
  const clock = startClock(input.signal, tool.timeoutMs)
  try {
    const agent = await resolveAgent(tool.agent, runtimeContext, sub.resolveModel, tool.overrides)
    // The tool's schema made it.
    const task = toMessage(call.toolCallId, (checked.input as AgentTask).prompt, sub.now())
    const { state, events } = openLife(call, tool, task, input)
    for (const event of events) await say(underCall(call.toolCallId, event))
    const turn: TurnInput = {
      agent,
      runId,
      runtimeContext,
      state,
      history: [],
      input: [task],
      startedAt: sub.now(),
      isRecovered: input.isRecovered,
      signal: clock.signal,
      nesting: { depth: sub.depth + 1, budget: sub.budget, key: keyOf(call, input) },
      ...(threadId !== undefined && { threadId }),
      ...(resourceId !== undefined && { resourceId }),
    }
    for await (const event of sub.run(turn, telemetry)) await say(underCall(call.toolCallId, event))
    return toOutcome(state, tool, clock)
  } catch (error) {
    if (error instanceof EdgewiseError && error.code === 'context_required')
      return { ok: false, wait: { for: 'context', contextKeys: runtimeContext.required } }
    return failed(`The agent could not be asked: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    clock.stop()
  }
}

/** Unlike that of any other call of the run, however the models name them. */
function keyOf({ toolCallId }: RunnableCall, { key, step }: ToolsInput): string {
  return `${key}/${step}/${toolCallId}`
}

interface Life {
  state: TurnState
  /** How it begins. */
  events: OwnEvent[]
}

function openLife(call: RunnableCall, { agent }: AgentTool, task: Message, { sub, runId }: ToolsInput): Life {
  const known = sub.known.get(call.toolCallId)
  const startedAt = sub.now()
  if (!known) {
    const state = startTurn(sub.newId('msg'), startedAt)
    const { id: messageId } = state.message
    const start = { type: 'turn-start', runId, agentId: agent.id, messageId, input: task, startedAt } as const
    return { state, events: [start] }
  }
  // The turn that called it folds its events into a state of its own.
  const state = structuredClone(known)
  const events: OwnEvent[] = []
  const { id: messageId } = state.message
  if (state.isSuspended) events.push({ type: 'turn-resume', runId, agentId: agent.id, messageId, startedAt })
  const answer = answerOf(call, state)
  if (answer) events.push(answer)
  for (const event of events) applyEvent(state, event)
  return { state, events }
}

/** What was answered to the call, for the one in the sub-agent's turn that really waits, unless it took it already. */
function answerOf(call: RunnableCall, state: TurnState): OwnEvent | undefined {
  const asked = call.state === 'answered' ? call.wait.nested : undefined
  if (!asked || call.state !== 'answered' || asked.step !== state.steps.length - 1) return undefined
  const waiting = waitingCalls(state).find(({ toolCallId }) => toolCallId === asked.path[0])
  if (!waiting) return undefined
  const { toolCallId, toolName } = waiting
  return { type: 'tool-answer', toolCallId, toolName, answer: call.answer }
}

function toMessage(toolCallId: string, text: string, createdAt: number): Message {
  return { id: `task_${toolCallId}`, role: 'user', parts: [{ type: 'text', text }], createdAt }
}

function toOutcome(state: TurnState, { agent, overrides, timeoutMs }: AgentTool, clock: Clock): ToolOutcome {
  const { outcome } = state.message
  if (!outcome) return { ok: false, wait: toWait(state, agent.id) }
  if (clock.isOver) return failed(`The agent did not answer within ${timeoutMs} ms`, 'tool_timeout')
  if (outcome.status === 'aborted')
    return failed('The turn was stopped before the agent answered', 'tool_aborted')
  if (outcome.status === 'failed')
    return failed(`The agent "${agent.id}" failed: ${outcome.error?.message ?? outcome.finishReason}`)
  if (overrides.structuredOutput) return { ok: true, output: outcome.object ?? null }
  const { finishReason } = outcome
  const text = messageText(state.message)
  return { ok: true, output: { text, ...(finishReason !== 'stop' && { finishReason }) } }
}

/** Of several calls that wait, the first: the others are asked about when it has been answered. */
function toWait(state: TurnState, agentId: string): ToolWait {
  const [part] = waitingCalls(state)
  if (!part) throw new Error('no call of it waits')
  const { toolCallId, toolName, input, wait } = part
  const { nested } = wait
  return {
    ...wait,
    nested: {
      agentId: nested?.agentId ?? agentId,
      path: [toolCallId, ...(nested?.path ?? [])],
      step: state.steps.length - 1,
      toolName: nested?.toolName ?? toolName,
      input: nested?.input ?? input,
    },
  }
}

interface Clock {
  signal: AbortSignal
  readonly isOver: boolean
  stop(): void
}

function startClock(signal: AbortSignal, ms: number | undefined): Clock {
  const over = new AbortController()
  const timer = ms === undefined ? undefined : setTimeout(() => over.abort(), ms)
  return {
    signal: AbortSignal.any([signal, over.signal]),
    get isOver() {
      return over.signal.aborted && !signal.aborted
    },
    stop: () => clearTimeout(timer),
  }
}

function failed(
  message: string,
  code: 'tool_failed' | 'tool_timeout' | 'tool_aborted' = 'tool_failed',
): ToolOutcome {
  return { ok: false, error: { code, message: redactSecrets(message) } }
}
