import type { RunnableCall } from '../log/fold.ts'
import type { RuntimeContext } from '../protocol/runtime-context.ts'
import type { Telemetry } from '../telemetry/span.ts'
import type { ToolSet } from '../tools/tool.ts'

/** What the calls of one step are run with. */
export interface ToolsInput {
  calls: RunnableCall[]
  tools: ToolSet
  /** How many run at once. */
  concurrency: number
  /** Milliseconds a call may take that names no limit itself. */
  toolMs: number
  /** The number of the step that made the calls. */
  step: number
  runId: string
  threadId: string | undefined
  resourceId: string | undefined
  runtimeContext: RuntimeContext
  signal: AbortSignal
  telemetry: Telemetry
  /** A crash cut these calls off: what may not run twice is not run again. */
  isRecovered: boolean
}
