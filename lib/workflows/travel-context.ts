import { EdgewiseError } from '../protocol/error.ts'
import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { isRecord } from '../protocol/json.ts'
import type { RunEvent, StepPath } from '../protocol/run-event.ts'
import type { FlowNode } from './graph.ts'
import { executablesOf } from './graph.ts'

/** From where a new run goes on, and with what. JSON throughout. */
export interface Travel {
  /** A step's id, the ids from the outside in, or a path. */
  step: string | string[]
  /** What the step is given in place of what came before it. */
  inputData?: JsonValue
  /** The step begins with this answer. */
  resumeData?: JsonValue
  /** In place of the state that the other run had there. */
  initialState?: JsonObject
  /** Results of steps before it, in place of those of the other run. */
  context?: TravelContext
  /** The same inside workflows that stand before it or around it, by their ids. */
  nestedStepsContext?: Record<string, TravelContext>
}

/** A step's result as somebody gives it, in the shape in which results show it. Times are in milliseconds since 1970. */
export interface GivenResult {
  status: string
  /** What a workflow around the step was given. */
  payload?: unknown
  output?: unknown
  startedAt?: number
  endedAt?: number
}

/** By the ids of the steps. What is of no step before the place is passed over. */
export type TravelContext = Record<string, JsonValue>

/** From where a new run goes on, and with what. JSON throughout. */
export interface Travel {
  /** A step's id, the ids from the outside in, or a path. */
  step: string | string[]
  /** What the step is given in place of what came before it. */
  inputData?: JsonValue
  /** The step begins with this answer. */
  resumeData?: JsonValue
  /** In place of the state that the other run had there. */
  initialState?: JsonObject
  /** Results of steps before it, in place of those of the other run. */
  context?: TravelContext
  /** The same inside workflows that stand before it or around it, by their ids. */
  nestedStepsContext?: Record<string, TravelContext>
}

/** What is used of a result. */
interface Result {
  output: JsonValue
  startedAt?: number
  endedAt?: number
}

/**
 * The results that are given for a node, by its places: a list's by its items, a loop's as its first round.
 *
 * @throws EdgewiseError `invalid_request` for a step that did not succeed, or has no output.
 */
export function givenResults(node: FlowNode, context: TravelContext): Map<number, Result> {
  const given = new Map<number, Result>()
  for (const [sub, { id }] of executablesOf(node).entries()) {
    const result = resultOf(id, context)
    if (!result) continue
    const { output } = result
    if (node.type !== 'foreach') given.set(node.type === 'loop' ? 1 : sub, result)
    else if (!Array.isArray(output)) throw refuse(`${id}.output`, "must be the list of the items' outputs")
    else for (const [item, one] of output.entries()) given.set(item, { ...result, output: one })
  }
  return given
}

/** What a workflow around the step is given, if somebody says so. */
export function payloadOf(id: string, context: TravelContext): JsonValue | undefined {
  const result = Object.hasOwn(context, id) ? context[id] : undefined
  return isRecord(result) ? (result['payload'] as JsonValue | undefined) : undefined
}

function resultOf(id: string, context: TravelContext): Result | undefined {
  if (!Object.hasOwn(context, id)) return undefined
  const result = context[id]
  if (!isRecord(result)) throw refuse(id, 'must be the result of a step')
  // Proof of the cast: it was JSON.
  const { status, output, startedAt, endedAt } = result as JsonObject
  if (status !== 'success') throw refuse(`${id}.status`, 'must be "success": the step comes before')
  if (output === undefined) throw refuse(`${id}.output`, 'is needed: the step comes before')
  return {
    output,
    ...(typeof startedAt === 'number' && { startedAt }),
    ...(typeof endedAt === 'number' && { endedAt }),
  }
}

/** A result that is given, as the run would have said it. */
export function resultEvents(
  at: number,
  place: { path: StepPath; stepId: string },
  { output, startedAt = at, endedAt = at }: Result,
  state: JsonObject | undefined,
): RunEvent[] {
  return [
    { type: 'step-start', at: startedAt, ...place, attempt: 1 },
    { type: 'step-result', at: endedAt, ...place, output, ...(state && { state }) },
  ]
}

/** The keys of the state that were set meanwhile. */
export function stateOf(events: readonly RunEvent[]): JsonObject | undefined {
  const changes = events.flatMap((event) =>
    'state' in event && event.state && event.type !== 'run-start' ? [event.state] : [],
  )
  return changes.length > 0 ? (Object.assign({}, ...changes) as JsonObject) : undefined
}

function refuse(at: string, message: string): EdgewiseError {
  return new EdgewiseError('invalid_request', `Invalid context: ${at} ${message}`, {
    issues: [{ field: `context.${at}`, message }],
  })
}
