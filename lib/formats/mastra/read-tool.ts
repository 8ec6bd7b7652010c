import type { JsonValue } from '../../protocol/json.ts'
import { isRecord, toJson } from '../../protocol/json.ts'
import type { ToolCallPart, ToolError, ToolPart } from '../../protocol/message.ts'
import { toError } from '../messages/tool-output.ts'
import type { ReadPartResult, SentAnswer } from './read-part.ts'
import { fail, readProvider, textOf } from './read-part.ts'

/** Whether a part is a call, in any dialect: `tool-invocation`, `tool-call`, `dynamic-tool` or `tool-<name>`. */
export function isToolPart(type: string): boolean {
  return type === 'dynamic-tool' || (type.startsWith('tool-') && !NO_CALLS.has(type))
}

/** Questions for approval of model messages are the turn's own: what is asked of a thread, the thread knows. */
const NO_CALLS = new Set(['tool-result', 'tool-approval-request', 'tool-approval-response'])

/** One call with what came of it. A call whose input is still being written is none yet. */
export function readTool(part: Record<string, unknown>, field: string): ReadPartResult {
  const inner = part['toolInvocation']
  const raw = isRecord(inner) ? inner : part
  const at = raw === part ? field : `${field}.toolInvocation`
  const toolCallId = textOf(raw['toolCallId'])
  const toolName = textOf(raw['toolName']) ?? nameOf(textOf(part['type']) ?? '')
  if (toolCallId === undefined) return fail(`${at}.toolCallId`, 'must be a text')
  if (toolName === undefined) return fail(`${at}.toolName`, 'must be a text')
  if (raw['state'] === 'partial-call' || raw['state'] === 'input-streaming') return {}
  const call: ToolCallPart = {
    type: 'tool',
    toolCallId,
    toolName,
    input: toJson(raw['args'] ?? raw['input'] ?? {}),
    ...(part['providerExecuted'] === true && { providerExecuted: true }),
    ...readProvider(part),
  }
  return { part: { ...call, ...readApproval(raw, toolCallId), ...readState(raw) } }
}

/** What a client says of a call that it ran itself. */
export function readToolResult(part: Record<string, unknown>, field: string): ReadPartResult {
  const { toolCallId, toolName, result, output, isError } = part
  if (typeof toolCallId !== 'string') return fail(`${field}.toolCallId`, 'must be a text')
  if (typeof toolName !== 'string') return fail(`${field}.toolName`, 'must be a text')
  if (isRecord(output) && output['type'] === 'execution-denied') {
    const message = `tool_declined: ${textOf(output['reason']) ?? 'The call was declined'}`
    return { answer: { toolCallId, toolName, answer: { type: 'error', message } } }
  }
  const isTyped = isRecord(output) && typeof output['type'] === 'string' && 'value' in output
  const value = toJson(isTyped ? output['value'] : (result ?? output ?? null))
  const isFailed = isError === true || (isTyped && String(output['type']).startsWith('error'))
  const answer: SentAnswer['answer'] = isFailed
    ? { type: 'error', message: toMessage(value) }
    : { type: 'output', output: value }
  return { answer: { toolCallId, toolName, answer } }
}

/** Who was asked, where the state of the call does not say it. */
function readApproval(
  { approval, state }: Record<string, unknown>,
  toolCallId: string,
): Pick<ToolCallPart, 'approval'> {
  const { id, approved, reason } = isRecord(approval) ? approval : {}
  const isOver = state === 'result' || state === 'output-available' || state === 'output-error'
  if (typeof id !== 'string' || (id === toolCallId && !isOver)) return {}
  return {
    approval: {
      id,
      ...(typeof approved === 'boolean' && { approved }),
      ...(typeof reason === 'string' && { reason }),
    },
  }
}

function nameOf(type: string): string | undefined {
  if (['tool-invocation', 'tool-call', 'dynamic-tool'].includes(type)) return undefined
  return type.slice('tool-'.length)
}

type State =
  | { state: 'pending' }
  | { state: 'done'; output: JsonValue }
  | { state: 'failed'; error: ToolError }
  | Pick<ToolPart & { state: 'answered' }, 'state' | 'wait' | 'answer'>
  | Pick<ToolPart & { state: 'waiting' }, 'state' | 'wait'>

function readState(raw: Record<string, unknown>): State {
  const approval = isRecord(raw['approval']) ? raw['approval'] : {}
  const reason = textOf(approval['reason'])
  switch (raw['state']) {
    case 'result':
    case 'output-available': {
      const output = toJson(raw['result'] ?? raw['output'] ?? null)
      if (raw['isError'] !== true) return { state: 'done', output }
      return { state: 'failed', error: { code: 'tool_failed', message: toMessage(output) } }
    }
    case 'output-error':
      return { state: 'failed', error: toError(textOf(raw['errorText']) ?? 'The tool failed') }
    case 'output-denied':
      return { state: 'failed', error: { code: 'tool_declined', message: reason ?? 'The call was declined' } }
    case 'approval-requested':
      return { state: 'waiting', wait: { for: 'approval' } }
    case 'approval-responded': {
      const declined = { type: 'decline' as const, ...(reason !== undefined && { reason }) }
      const answer = approval['approved'] === true ? { type: 'approve' as const } : declined
      return { state: 'answered', wait: { for: 'approval' }, answer }
    }
    default:
      return { state: 'pending' }
  }
}

function toMessage(value: JsonValue): string {
  if (typeof value === 'string') return value
  const inner = isRecord(value) ? (value['error'] ?? value['message']) : undefined
  return typeof inner === 'string' ? inner : JSON.stringify(value)
}
