import type { StepEnd, TurnEvent, TurnResume, TurnStart } from '../../protocol/event.ts'
import type {
  Message,
  Part,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolPart,
} from '../../protocol/message.ts'
import type { Usage } from '../../protocol/usage.ts'
import { addUsage } from '../../protocol/usage.ts'

/** One model step: what it said, and how it ended once it has. */
export interface RecordedStep {
  /** `provider/model`. */
  model: string
  parts: Part[]
  end?: StepEnd
}

/**
 * What a stream has said of a turn. Mastra's last chunks of a step and of a turn say everything once more, so its
 * encoder has to remember it; the log's own fold is out of reach of a format.
 */
export interface TurnRecord {
  runId: string
  agentId: string
  messageId: string
  threadId?: string
  startedAt: number
  input?: Message
  steps: RecordedStep[]
  usage: Usage
  /** How often a processor had a step tried again. */
  retries: number
  /** Blocks that are being written, by kind and id. */
  open: Map<string, TextPart | ReasoningPart>
}

export function createRecord(): TurnRecord {
  return {
    runId: '',
    agentId: '',
    messageId: '',
    startedAt: 0,
    steps: [],
    usage: {},
    retries: 0,
    open: new Map(),
  }
}

/** Takes one event into the record, in place. A step that is begun again replaces its last try. */
export function recordEvent(record: TurnRecord, event: TurnEvent): void {
  switch (event.type) {
    case 'turn-start':
      record.input = event.input
      recordIds(record, event)
      return
    case 'turn-resume':
      recordIds(record, event)
      return
    case 'step-start':
      if (record.steps.at(-1)?.end === undefined) record.steps.pop()
      record.open.clear()
      record.steps.push({ model: event.model, parts: [] })
      return
    case 'step-end':
      runningStep(record).end = event
      record.usage = addUsage(record.usage, event.usage)
      return
    case 'tripwire':
      if (event.isRetry) record.retries += 1
      return
    case 'file':
    case 'source':
      runningStep(record).parts.push(event)
      return
    case 'tool-call': {
      const { type: _, ...call } = event
      runningStep(record).parts.push({ type: 'tool', ...call, state: 'pending' })
      return
    }
    default:
      recordBlock(record, event)
      recordTool(record, event)
  }
}

/** The call of that id that is meant: the last one without a result, else the last one. */
export function findCall({ steps }: TurnRecord, toolCallId: string): ToolPart | undefined {
  const calls = steps
    .flatMap(({ parts }) => parts)
    .filter((part): part is ToolPart => part.type === 'tool' && part.toolCallId === toolCallId)
  return calls.findLast(isOpen) ?? calls.at(-1)
}

/** The answer so far, as a message. */
export function recordedMessage({ messageId, startedAt, steps }: TurnRecord): Message {
  const parts = steps.flatMap(({ model, parts }): Part[] => [{ type: 'step-start', model }, ...parts])
  return { id: messageId, role: 'assistant', parts, createdAt: startedAt }
}

function recordIds(record: TurnRecord, event: TurnStart | TurnResume): void {
  const { runId, agentId, messageId, threadId, startedAt } = event
  Object.assign(record, { runId, agentId, messageId, startedAt })
  if (threadId !== undefined) record.threadId = threadId
}

/** A stream that was joined in the middle of a step has not heard it begin. */
function runningStep({ steps }: TurnRecord): RecordedStep {
  const last = steps.at(-1)
  if (last) return last
  const step: RecordedStep = { model: '', parts: [] }
  steps.push(step)
  return step
}

function recordBlock(record: TurnRecord, event: TurnEvent): void {
  switch (event.type) {
    case 'text-delta':
    case 'reasoning-delta':
      blockOf(record, kindOf(event.type), event.id).text += event.delta
      return
    case 'text-start':
    case 'reasoning-start':
    case 'text-end':
    case 'reasoning-end': {
      const kind = kindOf(event.type)
      const part = blockOf(record, kind, event.id)
      if (event.providerMetadata)
        part.providerMetadata = { ...part.providerMetadata, ...event.providerMetadata }
      if (event.type.endsWith('-end')) closeBlock(record, kind, event.id, part)
    }
  }
}

type Kind = 'text' | 'reasoning'

function kindOf(type: `${Kind}-${'start' | 'delta' | 'end'}`): Kind {
  return type.startsWith('text') ? 'text' : 'reasoning'
}

function blockOf(record: TurnRecord, type: Kind, id: string): TextPart | ReasoningPart {
  const found = record.open.get(`${type} ${id}`)
  if (found) return found
  const part: TextPart | ReasoningPart = { type, text: '' }
  record.open.set(`${type} ${id}`, part)
  runningStep(record).parts.push(part)
  return part
}

function closeBlock(record: TurnRecord, kind: Kind, id: string, part: TextPart | ReasoningPart): void {
  record.open.delete(`${kind} ${id}`)
  const { parts } = runningStep(record)
  // A block that said nothing and carries nothing shows nothing.
  if (part.text === '' && !part.providerMetadata) parts.splice(parts.indexOf(part), 1)
}

function recordTool(record: TurnRecord, event: TurnEvent): void {
  switch (event.type) {
    case 'tool-result':
      changeCall(record, event.toolCallId, (part) => ({
        ...callOf(part),
        state: 'done',
        output: event.output,
      }))
      return
    case 'tool-error':
      changeCall(record, event.toolCallId, (part) => ({
        ...callOf(part),
        state: 'failed',
        error: event.error,
      }))
      return
    case 'tool-suspend':
      changeCall(record, event.toolCallId, (part) => ({
        ...callOf(part),
        state: 'waiting',
        wait: event.wait,
      }))
      return
    case 'tool-answer':
      changeCall(record, event.toolCallId, (part) =>
        part.state === 'waiting'
          ? { ...callOf(part), state: 'answered', wait: part.wait, answer: event.answer }
          : part,
      )
  }
}

function changeCall(record: TurnRecord, toolCallId: string, change: (part: ToolPart) => ToolPart): void {
  const found = findCall(record, toolCallId)
  if (!found || !isOpen(found)) return
  for (const { parts } of record.steps) {
    const index = parts.indexOf(found)
    if (index >= 0) parts[index] = change(found)
  }
}

function isOpen({ state }: ToolPart): boolean {
  return state !== 'done' && state !== 'failed'
}

function callOf(part: ToolPart): ToolCallPart {
  const { type, toolCallId, toolName, input, providerExecuted, providerMetadata } = part
  return {
    type,
    toolCallId,
    toolName,
    input,
    ...(providerExecuted && { providerExecuted }),
    ...(providerMetadata && { providerMetadata }),
  }
}
