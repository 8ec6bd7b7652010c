import type { JsonValue } from '../protocol/json.ts'
import type { ToolError, ToolWait } from '../protocol/message.ts'

/** What becomes of a call. */
export type ToolOutcome =
  | { ok: true; output: JsonValue }
  | { ok: false; error: ToolError }
  /** It has ended until somebody answers. */
  | { ok: false; wait: ToolWait }
