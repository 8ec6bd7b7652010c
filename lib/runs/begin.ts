import type { JsonObject, JsonValue } from '../protocol/json.ts'
import type { RunStart } from '../protocol/run-event.ts'
import { startRun } from '../workflows/fold.ts'
import type { FlowDefinition } from '../workflows/graph.ts'
import type { RunState } from '../workflows/run-state.ts'
import { queueOf } from './lease.ts'
import type { RunParts } from './parts.ts'
import type { RunRequest } from './run-request.ts'
import type { RunMeta, RunOrigin } from './run-rows.ts'
import { shapeOf } from './shape.ts'

/** A run that was deleted a moment ago must not outrank the one that begins anew under its id. */
const AHEAD_OF_DELETION = 1000

/** What a run begins with: its first event, which is in its state already, and the rows beside its log. */
export interface Beginning {
  run: RunState
  meta: RunMeta
  event: RunStart
  origin: RunOrigin
}

interface BeginningWith {
  address: string
  input: JsonValue
  state: JsonObject
  from?: NonNullable<RunStart['from']>
}

/** A run's beginning, of what was asked for and checked. @throws EdgewiseError as {@link queueOf}. */
export function beginRun(
  { services, context }: RunParts,
  definition: FlowDefinition,
  asked: RunRequest,
  { address, input, state, from }: BeginningWith,
): Beginning {
  const { runId, workflowId, resourceId, runtimeContext, parent, trigger, trace } = asked
  const { perStep = false, secretKeys: lostKeys = [] } = asked
  const now = services.now()
  const queue = queueOf(definition, address, runtimeContext, input)
  const status = queue !== undefined ? ('pending' as const) : ('running' as const)
  const owner = resourceId === undefined ? {} : { resourceId }
  const info = { runId, workflowId, ...owner, status, createdAt: now, updatedAt: now }
  const version = now + AHEAD_OF_DELETION
  const meta = {
    info,
    address,
    generation: 0,
    tries: 0,
    progress: 0,
    version,
    // A later run of this name needs later leases.
    ...(queue !== undefined && { lease: { queue, ticket: version } }),
  }
  const hasState = Object.keys(state).length > 0
  const ids = { runId, workflowId, ...owner }
  const event: RunStart = {
    type: 'run-start',
    at: now,
    ...ids,
    input,
    ...(hasState && { state }),
    ...(perStep && { perStep }),
    ...(from && { from }),
    ...(parent && { parent }),
    ...(trigger && { trigger }),
    ...(queue !== undefined && { isQueued: true }),
  }
  const secretKeys = [...new Set([...lostKeys, ...context.keysIn(runtimeContext)])]
  const origin = {
    runtimeContext: context.take(runtimeContext),
    ...(secretKeys.length > 0 && { secretKeys }),
    shape: shapeOf(definition),
    ...(trace && { trace }),
  }
  return { run: { ...startRun(definition, event), address }, meta, event, origin }
}
