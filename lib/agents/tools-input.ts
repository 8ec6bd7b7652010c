import type { Cache } from '../cache/cache.ts'
import type { CacheWish } from '../cache/through.ts'
import type { RunnableCall, TurnState } from '../log/fold.ts'
import type { ResolveModel } from '../models/model.ts'
import type { TurnEvent } from '../protocol/event.ts'
import type { NewId } from '../protocol/id.ts'
import type { RunTrigger } from '../protocol/run-trigger.ts'
import type { RuntimeContext } from '../protocol/runtime-context.ts'
import type { Telemetry } from '../telemetry/span.ts'
import type { ToolRuntime } from '../tools/tool-runtime.ts'
import type { ToolSet } from '../tools/tool.ts'
import type { DelegationBudget } from './delegation.ts'
import type { TurnInput } from './turn-input.ts'

/** What the turns of sub-agents are run with. */
export interface SubTurns {
  /** How many turns are above the one that calls them. */
  depth: number
  budget: DelegationBudget
  /** As far as the log knows them, by the id of the call that each answers. */
  known: ReadonlyMap<string, TurnState>
  now: () => number
  newId: NewId
  resolveModel: ResolveModel
  /** Its spans go under the call's. */
  run(turn: TurnInput, telemetry: Telemetry): AsyncGenerator<TurnEvent, void>
}

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
  /** Begins the idempotency keys of the calls. */
  key: string
  threadId: string | undefined
  resourceId: string | undefined
  trigger: RunTrigger | undefined
  runtime: ToolRuntime | undefined
  runtimeContext: RuntimeContext
  signal: AbortSignal
  telemetry: Telemetry
  /** Whether an earlier life of the turn had begun the call: what may not run twice is not run again. */
  isCutOff(call: RunnableCall): boolean
  /** When the turn started or went on, in milliseconds since 1970. */
  startedAt: number
  sub: SubTurns
  /** For tools whose results may be given again. */
  cache?: Cache
  cacheWish?: CacheWish
}

/** Unlike that of any other call of the run, however the models name them; the same in every life of the turn. */
export function keyOfCall({ toolCallId }: RunnableCall, { key, step }: ToolsInput): string {
  // Of ids that hold a slash one could else stand for two.
  return `${key}/${step}/${toolCallId.replaceAll('%', '%25').replaceAll('/', '%2F')}`
}
