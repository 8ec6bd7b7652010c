import { readErrorResponse } from '../formats/error-response.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { JsonObject, JsonValue } from '../protocol/json.ts'
import type { Offset } from '../protocol/offset.ts'
import type { RunEvent, StepPath } from '../protocol/run-event.ts'
import type { FlowDefinition } from '../workflows/graph.ts'
import { findTarget, joinPath } from '../workflows/travel-target.ts'
import type { Travel } from '../workflows/travel-context.ts'
import { isOnTheWay, planTravel } from '../workflows/travel.ts'
import type { Beginning } from './begin.ts'
import { beginRun } from './begin.ts'
import { changed, definitionOf, pathsOf, readEntries } from './load.ts'
import type { RunParts } from './parts.ts'
import type { TravelRequest } from './run-request.ts'
import { findChange } from './shape.ts'

/** What a run that goes on from a step of another takes over from it. */
export interface Fork {
  input: JsonValue
  state: JsonObject
  resourceId?: string
  runtimeContext: JsonObject
  secretKeys?: string[]
  path: StepPath
  events: RunEvent[]
}

/**
 * What another run takes over from this one. This one may be at work, wait or have ended: its rows are read, and
 * nothing is changed.
 *
 * @throws EdgewiseError `run_not_found`, `workflow_not_found`, `workflow_changed` where the way to the step was
 *   changed, `invalid_request`.
 */
export async function forkRun(parts: RunParts, travel: Travel): Promise<Fork> {
  const { rows, services } = parts
  const meta = rows.readMeta()
  const origin = rows.readOrigin()
  if (!meta || !origin) throw new EdgewiseError('run_not_found', 'There is no such run')
  const definition = definitionOf(parts, meta.info)
  const events = [...readEntries(parts)].map(({ event }) => event)
  const [start] = events
  if (start?.type !== 'run-start') throw new Error('Cannot read the run: its first row is missing')
  const target = findTarget(definition, travel.step)
  const onTheWay = [...pathsOf(events)].filter((path) => isOnTheWay(path, target))
  const change = findChange(origin.shape, definition, onTheWay)
  if (change !== undefined) throw changed(meta, change)
  const { resourceId } = meta.info
  return {
    input: start.input,
    state: start.state ?? {},
    ...(resourceId !== undefined && { resourceId }),
    runtimeContext: origin.runtimeContext,
    ...(origin.secretKeys && { secretKeys: origin.secretKeys }),
    path: joinPath(target),
    events: await planTravel(definition, events, travel, services.now()),
  }
}

/** How a run's object is reached by those who begin it. */
interface Beginner {
  /** @throws EdgewiseError if it is another's. */
  isThere(): boolean
  begin(beginning: Beginning, taken: readonly RunEvent[]): Promise<void>
  join(): Promise<void>
}

/** Begins a run that goes on from a step of another, or joins it. Gives the place from which it says words of its own. */
export async function beginTravel(
  parts: RunParts,
  request: TravelRequest,
  address: string,
  { isThere, begin, join }: Beginner,
): Promise<Offset> {
  if (!isThere()) {
    const definition = definitionOf(parts, request)
    const fork = await askFork(parts, request)
    await parts.alarm.load()
    // Of two that asked at once, the other came first.
    if (!isThere()) {
      await begin(beginFork(parts, definition, request, address, fork), fork.events)
      return { generation: 1, attempt: 0, position: fork.events.length }
    }
  }
  await join()
  return { generation: 1, attempt: 0, position: 0 }
}

/** Asks the other run's object. */
async function askFork(
  { services }: RunParts,
  { from, travel }: Pick<TravelRequest, 'from' | 'travel'>,
): Promise<Fork> {
  const response = await services.callRun(from.address, { type: 'fork', travel })
  if (!response.ok) throw await readErrorResponse(response)
  // Proof of the cast: the object gives what `forkRun` does.
  return (await response.json()) as Fork
}

/** The beginning of the run that goes on. What it is given of the runtime context stands before what the other had. */
function beginFork(
  parts: RunParts,
  definition: FlowDefinition,
  { from, travel: _travel, runtimeContext, ...request }: TravelRequest,
  address: string,
  { input, state, resourceId, path, ...fork }: Fork,
): Beginning {
  const asked = {
    ...request,
    inputData: input,
    runtimeContext: { ...fork.runtimeContext, ...runtimeContext },
    ...(fork.secretKeys && { secretKeys: fork.secretKeys }),
    ...(resourceId !== undefined && { resourceId }),
  }
  return beginRun(parts, definition, asked, {
    address,
    input,
    state,
    from: { runId: from.runId, step: path },
  })
}
