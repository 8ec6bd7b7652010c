import { isErrorCode } from '../../protocol/error.ts'
import type { JsonValue } from '../../protocol/json.ts'
import type { FinishReason, Outcome } from '../../protocol/message.ts'
import type { Usage } from '../../protocol/usage.ts'
import { defined } from './defined.ts'
import { isJsonObject } from './fields.ts'

/** How a turn ended, if it is said in our own words. */
export function readOutcome(value: JsonValue | undefined): Outcome | undefined {
  if (!isJsonObject(value)) return undefined
  const { status, finishReason, usage: counted, error: failure, object, ...rest } = value
  const usage = readUsage(counted)
  const error = readError(failure)
  const isOurs = Object.keys(rest).length === 0 && usage && (failure === undefined || error)
  if (!isOurs || !isStatus(status) || !isReason(finishReason)) return undefined
  return { status, finishReason, usage, ...defined({ error, object }) }
}

function readUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isJsonObject(value)) return undefined
  const usage: Usage = {}
  for (const [key, count] of Object.entries(value)) {
    if (typeof count !== 'number' || !isCounter(key)) return undefined
    usage[key] = count
  }
  return usage
}

function readError(value: JsonValue | undefined): Outcome['error'] {
  if (!isJsonObject(value) || Object.keys(value).length !== 2) return undefined
  const { code, message } = value
  return isErrorCode(code) && typeof message === 'string' ? { code, message } : undefined
}

const COUNTERS = {
  inputTokens: true,
  outputTokens: true,
  totalTokens: true,
  reasoningTokens: true,
  cachedInputTokens: true,
} satisfies Record<keyof Usage, true>

function isCounter(key: string): key is keyof Usage {
  return Object.hasOwn(COUNTERS, key)
}

const STATUSES = { completed: true, failed: true, aborted: true } satisfies Record<Outcome['status'], true>

function isStatus(value: JsonValue | undefined): value is Outcome['status'] {
  return typeof value === 'string' && Object.hasOwn(STATUSES, value)
}

const REASONS = {
  stop: true,
  length: true,
  'content-filter': true,
  'tool-calls': true,
  error: true,
  interrupted: true,
  aborted: true,
  suspended: true,
  other: true,
} satisfies Record<FinishReason, true>

function isReason(value: JsonValue | undefined): value is FinishReason {
  return typeof value === 'string' && Object.hasOwn(REASONS, value)
}
