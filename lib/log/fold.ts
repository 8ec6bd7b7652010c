import type {
  AgentEvent,
  CallsRestart,
  StepEnd,
  ToolAnswered,
  TurnEnd,
  TurnEvent,
  TurnResume,
  TurnSuspend,
} from '../protocol/event.ts'
import type {
  FinishReason,
  Message,
  Part,
  TextPart,
  ReasoningPart,
  ToolCallPart,
  ToolPart,
} from '../protocol/message.ts'
import type { Usage } from '../protocol/usage.ts'
import { addUsage } from '../protocol/usage.ts'

/** One finished model step. `from` and `to` are the parts that it said, `to` not included. */
export interface StepRecord {
  model: string
  finishReason: FinishReason
  usage: Usage
  from: number
  to: number
}

/** What a turn has come to: the fold of its events. Nothing else keeps a turn's state. */
export interface TurnState {
  /** The answer so far. Its `outcome` is set once the turn has ended. */
  message: Message
  steps: StepRecord[]
  usage: Usage
  /** How many parts the committed steps hold: what lies beyond belongs to the running step. */
  settled: number
  /** It waits for somebody's answer. */
  isSuspended: boolean
  /** Secrets of the runtime context that the turn itself waits for. */
  contextKeys?: string[]
  /** Blocks that are being written, by kind and id. */
  open: Map<string, TextPart | ReasoningPart>
  /** The turns of sub-agents, by the id of the call that each answers. */
  nested: Map<string, TurnState>
  /** Calls that were answered when the turn last went on after a suspension: nothing came of the answers before. */
  fresh: Set<string>
}

export function startTurn(messageId: string, createdAt: number): TurnState {
  const message: Message = { id: messageId, role: 'assistant', parts: [], createdAt }
  const maps = { open: new Map(), nested: new Map(), fresh: new Set<string>() }
  return { message, steps: [], usage: {}, settled: 0, isSuspended: false, ...maps }
}

/** Takes one event into the state, in place. Events of a step that is begun again replace those of its last try. */
export function applyEvent(state: TurnState, event: TurnEvent): void {
  const { parts } = state.message
  switch (event.type) {
    case 'step-start':
      dropUnsettled(state)
      parts.push({ type: 'step-start', model: event.model })
      return
    case 'text-start':
    case 'reasoning-start':
      openBlock(state, event)
      return
    case 'text-delta':
    case 'reasoning-delta':
      blockOf(state, event.type === 'text-delta' ? 'text' : 'reasoning', event.id).text += event.delta
      return
    case 'text-end':
    case 'reasoning-end':
      closeBlock(state, event)
      return
    case 'tool-call':
    case 'tool-suspend':
    case 'tool-answer':
    case 'tool-result':
    case 'tool-error':
      applyToolEvent(state, event)
      return
    case 'agent-event':
    case 'calls-restart':
      applyNested(state, event)
      return
    case 'file':
    case 'source':
      parts.push(event)
      return
    case 'step-end':
      endStep(state, event)
      return
    case 'tripwire':
      // What was stopped is not kept.
      dropUnsettled(state)
      return
    case 'turn-suspend':
    case 'turn-resume':
      pause(state, event)
      return
    case 'turn-end':
      endTurn(state, event)
      return
    case 'turn-start':
    case 'tool-input-start':
    case 'tool-input-delta':
    case 'tool-input-end':
    case 'tool-progress':
    case 'message':
    case 'warning':
    case 'cache':
      return
    default:
      event satisfies never
  }
}

function pause(state: TurnState, event: TurnSuspend | TurnResume): void {
  state.isSuspended = event.type === 'turn-suspend'
  if (event.type === 'turn-resume') forgetFresh(state)
  delete state.contextKeys
  if (event.type === 'turn-suspend' && event.contextKeys) state.contextKeys = event.contextKeys
}

type ToolEvent = Extract<
  TurnEvent,
  { type: 'tool-call' | 'tool-suspend' | 'tool-answer' | 'tool-result' | 'tool-error' }
>

function applyToolEvent(state: TurnState, event: ToolEvent): void {
  const { parts } = state.message
  switch (event.type) {
    case 'tool-call': {
      // Ids are the model's: it may name a later call as it named an earlier one.
      state.nested.delete(event.toolCallId)
      const { type: _, ...call } = event
      parts.push({ type: 'tool', ...call, state: 'pending' })
      return
    }
    case 'tool-result':
      settleTool(state, event.toolCallId, { state: 'done', output: event.output })
      return
    case 'tool-error':
      settleTool(state, event.toolCallId, { state: 'failed', error: event.error })
      return
    case 'tool-suspend':
      replaceTool(parts, event.toolCallId, (part) => ({
        ...callOf(part),
        state: 'waiting',
        wait: event.wait,
      }))
      return
    case 'tool-answer':
      answerTool(state, event)
      return
    default:
      event satisfies never
  }
}

/** Where a sub-agent's call is what really waits, the answer is handed down to it, however deep. */
function answerTool(state: TurnState, { toolCallId, toolName, answer }: ToolAnswered): void {
  replaceTool(state.message.parts, toolCallId, (part) => {
    if (part.state !== 'waiting') return part
    const { wait } = part
    state.fresh.add(toolCallId)
    const child = state.nested.get(toolCallId)
    const [next] = wait.nested?.path ?? []
    if (child && next !== undefined) {
      child.isSuspended = false
      answerTool(child, { type: 'tool-answer', toolCallId: next, toolName, answer })
    }
    return { ...callOf(part), state: 'answered', wait, answer }
  })
}

function forgetFresh({ fresh, nested }: TurnState): void {
  fresh.clear()
  for (const child of nested.values()) forgetFresh(child)
}

/** What a sub-agent uses counts for the turn that called it, and for those above. */
function applyNested(state: TurnState, said: AgentEvent | CallsRestart): void {
  if (said.type === 'calls-restart') return restartCalls(state)
  const { event } = said
  const [toolCallId = '', ...path] = said.path
  if (event.type === 'step-end') state.usage = addUsage(state.usage, event.usage)
  if (path.length === 0 && event.type === 'turn-start') {
    const child = startTurn(event.messageId, event.startedAt)
    state.nested.set(toolCallId, child)
    replaceTool(state.message.parts, toolCallId, (part) => ({ ...part, agentMessage: child.message }))
    return
  }
  const child = state.nested.get(toolCallId)
  if (!child) return
  applyEvent(child, path.length > 0 ? { type: 'agent-event', path, event } : event)
}

/** Of sub-agents that have not answered their call: the step that was cut off is dropped, or a turn without steps. */
function restartCalls({ message: { parts }, nested }: TurnState): void {
  for (const [i, part] of parts.entries()) {
    if (part.type !== 'tool' || isSettled(part) || !part.agentMessage) continue
    const child = nested.get(part.toolCallId)
    if (child && child.steps.length > 0) {
      dropUnsettled(child)
      restartCalls(child)
    } else {
      nested.delete(part.toolCallId)
      const { agentMessage: _, ...rest } = part
      parts[i] = rest
    }
  }
}

/** A call that can go on now: it was never run, or somebody has answered what it waited for. */
export type RunnableCall = ToolPart & ({ state: 'pending' } | { state: 'answered' })

/** The calls without a result that are ours to run and wait for nobody. */
export function runnableCalls(state: TurnState): RunnableCall[] {
  return state.message.parts.filter(
    (part): part is RunnableCall =>
      part.type === 'tool' &&
      (part.state === 'pending' || part.state === 'answered') &&
      part.providerExecuted !== true,
  )
}

/** The calls that wait for somebody. */
export function waitingCalls(state: TurnState): (ToolPart & { state: 'waiting' })[] {
  return state.message.parts.filter(
    (part): part is ToolPart & { state: 'waiting' } => part.type === 'tool' && part.state === 'waiting',
  )
}

/** Drops what a step had said that was never finished: after a crash it is run again. */
export function dropUnsettled(state: TurnState): void {
  state.message.parts.length = state.settled
  state.open.clear()
}

type BlockEdge = Extract<TurnEvent, { type: 'text-start' | 'text-end' | 'reasoning-start' | 'reasoning-end' }>

function openBlock(state: TurnState, event: BlockEdge): void {
  const type = event.type === 'text-start' ? 'text' : 'reasoning'
  const part: TextPart | ReasoningPart = { type, text: '' }
  if (event.providerMetadata) part.providerMetadata = event.providerMetadata
  state.open.set(`${type} ${event.id}`, part)
  state.message.parts.push(part)
}

function blockOf(state: TurnState, type: 'text' | 'reasoning', id: string): TextPart | ReasoningPart {
  const found = state.open.get(`${type} ${id}`)
  if (found) return found
  openBlock(state, { type: `${type}-start`, id })
  return blockOf(state, type, id)
}

function closeBlock(state: TurnState, event: BlockEdge): void {
  const type = event.type === 'text-end' ? 'text' : 'reasoning'
  const part = blockOf(state, type, event.id)
  if (event.providerMetadata) part.providerMetadata = { ...part.providerMetadata, ...event.providerMetadata }
  state.open.delete(`${type} ${event.id}`)
  const { parts } = state.message
  // A block that said nothing and carries nothing shows nothing.
  if (part.text === '' && !part.providerMetadata) parts.splice(parts.indexOf(part), 1)
}

function endStep(state: TurnState, { finishReason, usage }: StepEnd): void {
  const { parts } = state.message
  const first = parts[state.settled]
  const model = first?.type === 'step-start' ? (first.model ?? '') : ''
  state.steps.push({ model, finishReason, usage, from: state.settled, to: parts.length })
  state.usage = addUsage(state.usage, usage)
  state.settled = parts.length
}

type Settled =
  | { state: 'done'; output: (ToolPart & { state: 'done' })['output'] }
  | { state: 'failed'; error: (ToolPart & { state: 'failed' })['error'] }

/**
 * A sub-agent's turn is over with its call: what comes then belongs to the other call of that id, if there is one.
 * Else it is kept, since it knows what has been answered.
 */
function settleTool({ message, nested }: TurnState, toolCallId: string, settled: Settled): void {
  replaceTool(message.parts, toolCallId, (part) => ({ ...callOf(part), ...settled }))
  if (message.parts.some((part) => isOpenCall(part, toolCallId))) nested.delete(toolCallId)
}

/** Ids are the model's: the last call of that id that has no result is the one meant. */
function replaceTool(parts: Part[], toolCallId: string, change: (part: ToolPart) => ToolPart): void {
  const index = parts.findLastIndex((part) => isOpenCall(part, toolCallId))
  const part = parts[index]
  if (part?.type === 'tool') parts[index] = change(part)
}

function isOpenCall(part: Part, toolCallId: string): boolean {
  return part.type === 'tool' && part.toolCallId === toolCallId && !isSettled(part)
}

function isSettled({ state }: ToolPart): boolean {
  return state === 'done' || state === 'failed'
}

function callOf({
  type,
  toolCallId,
  toolName,
  input,
  providerExecuted,
  providerMetadata,
  agentMessage,
}: ToolPart): ToolCallPart {
  return {
    type,
    toolCallId,
    toolName,
    input,
    ...(providerExecuted && { providerExecuted }),
    ...(providerMetadata && { providerMetadata }),
    ...(agentMessage && { agentMessage }),
  }
}

function endTurn(state: TurnState, event: TurnEnd): void {
  const { type: _, ...outcome } = event
  state.message.outcome = outcome
  state.open.clear()
  state.settled = state.message.parts.length
}
