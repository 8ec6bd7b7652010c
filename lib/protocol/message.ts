import type { ErrorBody } from './error.ts'
import type { JsonObject, JsonValue } from './json.ts'
import type { Usage } from './usage.ts'

export type Role = 'user' | 'assistant' | 'system'

/** What a provider wants back with a later call (reasoning signatures and the like), keyed by provider. */
export type ProviderMetadata = Record<string, JsonObject>

export type TextPart = { type: 'text'; text: string; providerMetadata?: ProviderMetadata }

export type ReasoningPart = { type: 'reasoning'; text: string; providerMetadata?: ProviderMetadata }

/** `data` is base64, `url` a link; exactly one is there. */
export type FilePart = {
  type: 'file'
  mediaType: string
  data?: string
  url?: string
  filename?: string
  providerMetadata?: ProviderMetadata
}

export type SourcePart = {
  type: 'source'
  id: string
  url?: string
  title?: string
  mediaType?: string
  filename?: string
  providerMetadata?: ProviderMetadata
}

export type ToolError = { code: ToolErrorCode; message: string }

/**
 * `tool_outcome_unknown` is a call that a crash cut off and that may not be made twice: it may or may not have
 * happened.
 */
export type ToolErrorCode =
  | 'tool_unknown'
  | 'tool_input_invalid'
  | 'tool_output_invalid'
  | 'tool_failed'
  | 'tool_timeout'
  | 'tool_aborted'
  | 'tool_outcome_unknown'
  | 'tool_declined'

/**
 * What a call waits for: that somebody approves it, what the tool asked for with `suspend`, the answer of a tool that
 * runs at the client, or secrets of the runtime context that a crash or a pause has lost.
 */
export type ToolWait = {
  for: 'approval' | 'resume' | 'client' | 'context'
  /** The keys that must be given again. */
  contextKeys?: string[]
  /** What the tool handed to `suspend`. */
  payload?: JsonValue
  /** The JSON Schema of the data that resumes it. */
  resumeSchema?: JsonObject
  /** The call of a sub-agent that really waits, where the call is one of an agent: the answer is handed down to it. */
  nested?: NestedCall
}

/** A call in the turn of a sub-agent. */
export type NestedCall = {
  /**
   * Names the question, unlike any other that the call of the agent asks, however the models name their calls: step
   * and call from the sub-agent's turn on (`0/call_1/2/call_1`).
   */
  id: string
  agentId: string
  /** The ids of the calls that lead to it from the sub-agent's turn on, its own last. */
  path: string[]
  /** The step of the sub-agent's turn that made the first of them. */
  step: number
  toolName: string
  input: JsonValue
}

/**
 * Names what is asked at a call. A call of an agent may ask several times, each time something else: an answer that
 * comes late must not be taken for one to the next question.
 */
export function questionId(toolCallId: string, nested: string | undefined): string {
  return nested === undefined ? toolCallId : `${toolCallId}/${nested}`
}

/** What somebody answered to a call that waits. `output` and `error` are for tools that run at the client. */
export type ToolAnswer =
  | { type: 'approve' }
  | { type: 'decline'; reason?: string }
  | { type: 'resume'; data: JsonValue }
  | { type: 'output'; output: JsonValue }
  | { type: 'error'; message: string }
  /** The secrets that it waited for are there again. */
  | { type: 'context' }

/** A call of a tool, whatever came of it. */
export type ToolCallPart = {
  type: 'tool'
  toolCallId: string
  toolName: string
  input: JsonValue
  /** The provider ran it: it is not ours to run or to answer. */
  providerExecuted?: true
  providerMetadata?: ProviderMetadata
  /** What the agent that was called has said so far. */
  agentMessage?: Message
  /** Only on messages that came from elsewhere: who was asked before the call was made, and what they said. */
  approval?: ToolApproval
}

/** An approval as other formats keep it at the call. `approved` is absent while nobody has answered. */
export type ToolApproval = { id: string; approved?: boolean; reason?: string }

/** One call of a tool and what came of it. */
export type ToolPart = ToolCallPart &
  (
    | { state: 'pending' }
    /** It waits for somebody; the turn is suspended once nothing else can go on. */
    | { state: 'waiting'; wait: ToolWait }
    /** Somebody answered, and it is to go on. */
    | { state: 'answered'; wait: ToolWait; answer: ToolAnswer }
    /** `isContent`: the output is a list of texts and files (TextPart, FilePart), and the model is shown it as such. */
    | { state: 'done'; output: JsonValue; isContent?: true }
    | { state: 'failed'; error: ToolError }
  )

/** Where a model step began, with the model that answered. */
export type StepPart = { type: 'step-start'; model?: string }

export type Part = TextPart | ReasoningPart | FilePart | SourcePart | ToolPart | StepPart

/** How a turn ended, as its message shows it. Absent on a user's message and while the turn runs. */
export type Outcome = {
  status: 'completed' | 'failed' | 'aborted'
  finishReason: FinishReason
  usage: Usage
  error?: ErrorBody
  /** The structured answer, if one was asked for and given. */
  object?: JsonValue
}

export type FinishReason =
  | 'stop'
  | 'length'
  | 'content-filter'
  | 'tool-calls'
  | 'error'
  | 'interrupted'
  | 'aborted'
  | 'suspended'
  | 'other'

/** A message as it is stored, which is as it was shown. `createdAt` is in milliseconds since 1970. */
export interface Message {
  id: string
  role: Role
  parts: Part[]
  createdAt: number
  metadata?: JsonObject
  outcome?: Outcome
}

/** The text of a message, steps joined by a blank line. */
export function messageText(message: Message): string {
  let text = ''
  let isNewStep = false
  for (const part of message.parts) {
    if (part.type === 'step-start') isNewStep = text !== ''
    if (part.type !== 'text') continue
    text += isNewStep && part.text !== '' ? `\n\n${part.text}` : part.text
    if (part.text !== '') isNewStep = false
  }
  return text
}
