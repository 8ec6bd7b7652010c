import type { JsonValue } from './json.ts'

/** Every code an answer can carry, with its HTTP status. The one table: nothing else maps codes. */
export const ERROR_STATUS = {
  invalid_request: 400,
  runtime_context_invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  agent_not_found: 404,
  tool_not_found: 404,
  thread_not_found: 404,
  message_not_found: 404,
  run_not_found: 404,
  workflow_not_found: 404,
  schedule_not_found: 404,
  method_not_allowed: 405,
  thread_busy: 409,
  run_not_suspended: 409,
  run_compensated: 409,
  already_answered: 409,
  run_ended: 409,
  context_required: 409,
  thread_exists: 409,
  workflow_changed: 409,
  schedule_exists: 409,
  resource_mismatch: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  tool_waits: 409,
  idempotency_mismatch: 422,
  // Below 500, since clients repeat those: the tool may have done something.
  tool_failed: 424,
  embedding_failed: 424,
  rate_limited: 429,
  budget_exhausted: 429,
  internal: 500,
  not_offered: 501,
  tripwire: 422,
  output_invalid: 502,
  model_failed: 502,
  model_not_configured: 503,
  storage_unavailable: 503,
  recovery_exhausted: 500,
  turn_timeout: 504,
  step_timeout: 504,
  aborted: 499,
} as const

export type ErrorCode = keyof typeof ERROR_STATUS

export interface Issue {
  /** Where in the input, as `messages[0].role`; empty for the whole. */
  field: string
  message: string
}

/** What an error looks like on the wire and in the log. Never holds a stack or a secret. */
export type ErrorBody = { code: ErrorCode; message: string; issues?: Issue[] }

export interface EdgewiseErrorOptions {
  issues?: Issue[]
  cause?: unknown
  /** Headers for the HTTP answer, such as `retry-after`. */
  headers?: Record<string, string>
}

/** A failure that callers branch on, by its `code`. A programmer's mistake is a built-in error instead. */
export class EdgewiseError extends Error {
  override readonly name = 'EdgewiseError'
  readonly code: ErrorCode
  readonly issues: Issue[] | undefined
  readonly headers: Record<string, string> | undefined

  constructor(code: ErrorCode, message: string, options: EdgewiseErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.issues = options.issues
    this.headers = options.headers
  }

  get status(): number {
    return ERROR_STATUS[this.code]
  }
}

export function toErrorBody(error: EdgewiseError): ErrorBody {
  const { code, message, issues } = error
  return issues ? { code, message, issues } : { code, message }
}

export function isErrorCode(code: JsonValue | undefined): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_STATUS, code)
}
