import type { ErrorCode } from '../protocol/error.ts'
import { EdgewiseError } from '../protocol/error.ts'
import { isRecord } from '../protocol/json.ts'
import { redactSecrets } from '../telemetry/redact.ts'

/** What a failed try of a model step means: what to say of it, and whether the same again may go well. */
export interface ModelFailure {
  code: ErrorCode
  message: string
  isRetryable: boolean
  /** What the provider asked for, in milliseconds. */
  retryAfterMs?: number
}

/** A stream that ended without its end, or fell silent: the connection's fault, so the step may be tried again. */
export class ModelStreamError extends Error {
  override readonly name = 'ModelStreamError'
}

/**
 * Reads a provider's error. Only its status, its type and its first words are taken: the request that it carries
 * holds the conversation, and may hold secrets.
 */
export function readModelError(error: unknown): ModelFailure {
  if (error instanceof EdgewiseError) {
    return { code: error.code, message: error.message, isRetryable: error.code === 'step_timeout' }
  }
  if (error instanceof ModelStreamError) return failed(error.message, true)
  if (!isRecord(error)) return failed(`The model failed: ${shorten(String(error))}`, false)
  const { statusCode } = error
  if (typeof statusCode === 'number') return fromStatus(statusCode, error)
  return fromName(error)
}

/** Full jitter over a doubling base: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
export function backoffMs(retry: number, random: () => number): number {
  return Math.round(random() * Math.min(BASE_MS * 2 ** (retry - 1), LIMIT_MS))
}

const BASE_MS = 1000
const LIMIT_MS = 20_000
/** A provider that asks for more than this is not waited for: the caller learns it instead. */
export const RETRY_AFTER_LIMIT_MS = 60_000

function fromStatus(status: number, error: Record<string, unknown>): ModelFailure {
  const said = typeof error['message'] === 'string' ? `: ${shorten(error['message'])}` : ''
  // An answer that began well and could not be read to its end. The SDK knows only Node's words for that: in workerd
  // ("Network connection lost.") it calls the same cut final.
  if (status === 200) return failed('The connection to the model ended before the answer did', true)
  const isRetryable = typeof error['isRetryable'] === 'boolean' ? error['isRetryable'] : isTransient(status)
  // Told as 429 over HTTP, but no pause mends an empty account, or (Gemini's words) a quota of the day.
  const isFinal = isRecord(error['data']) && /insufficient_quota|PerDay/.test(JSON.stringify(error['data']))
  const failure = failed(`The model's provider answered ${status}${said}`, isRetryable && !isFinal)
  const retryAfterMs = readRetryAfter(error['responseHeaders']) ?? readRetryInfo(error['data'])
  return retryAfterMs === undefined ? failure : { ...failure, retryAfterMs }
}

/** Errors without a status: frames that cannot be read, errors told inside a stream, connections that broke. */
function fromName(error: Record<string, unknown>): ModelFailure {
  const { name, message, type, code, isRetryable } = error
  const said = typeof message === 'string' ? shorten(message) : 'unknown error'
  if (name === 'AI_JSONParseError' || name === 'AI_TypeValidationError') {
    return failed('The model sent a frame that cannot be read', true)
  }
  if (typeof isRetryable === 'boolean') return failed(`The model failed: ${said}`, isRetryable)
  // workerd: "Network connection lost."; Node: "fetch failed", "terminated".
  const isNetwork = /network|connection|fetch failed|terminated|socket|disconnected/i.test(said)
  const kind = `${String(type)} ${String(code)}`
  const isBusy = /server_error|overloaded|rate_limit|timeout|unavailable/i.test(kind)
  return failed(`The model failed: ${said}`, isNetwork || isBusy)
}

function isTransient(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500
}

function readRetryAfter(headers: unknown): number | undefined {
  if (!isRecord(headers)) return undefined
  const inMs = Number(headers['retry-after-ms'])
  if (headers['retry-after-ms'] !== undefined && Number.isFinite(inMs)) return Math.max(0, inMs)
  const value = headers['retry-after']
  if (typeof value !== 'string') return undefined
  const seconds = Number(value)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}

/** Gemini says it in the body alone: https://google.aip.dev/194, a duration such as `45.837906927s`. */
function readRetryInfo(data: unknown): number | undefined {
  const error = isRecord(data) && isRecord(data['error']) ? data['error'] : data
  const details = isRecord(error) ? error['details'] : undefined
  if (!Array.isArray(details)) return undefined
  const delay: unknown = details.filter(isRecord).find((detail) => 'retryDelay' in detail)?.['retryDelay']
  const seconds = typeof delay === 'string' ? /^([\d.]+)s$/.exec(delay)?.[1] : undefined
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1000)
}

function failed(message: string, isRetryable: boolean): ModelFailure {
  return { code: 'model_failed', message, isRetryable }
}

function shorten(text: string): string {
  const line = redactSecrets(text.replaceAll(/\s+/g, ' ').trim())
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}
