import type { ToolWait } from '../../protocol/message.ts'
import type { MastraResult } from './generate.ts'
import { toMastraResult } from './generate.ts'

/** What a whole answer says besides: our own words for where it belongs and what it waits for. */
export type WholeResult = MastraResult & {
  suspended?: readonly { toolCallId: string; toolName: string; input: unknown; wait: ToolWait }[]
  /** Secrets of the runtime context that the turn itself waits for. */
  contextKeys?: readonly string[]
}

/** The body of `generate`: Mastra's, with `threadId`, `suspended` and `contextKeys` beside it, which that client passes over. */
export function toWholeAnswer(result: WholeResult): Record<string, unknown> {
  const { threadId, suspended, contextKeys } = result
  return {
    ...toMastraResult(result),
    ...(threadId !== undefined && { threadId }),
    ...(suspended && { suspended }),
    ...(contextKeys && { contextKeys }),
  }
}
