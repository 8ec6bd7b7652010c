import type { JsonValue } from '../protocol/json.ts'
import { toJson } from '../protocol/json.ts'
import type { RunEvent, StepPath } from '../protocol/run-event.ts'
import type { InferOutput, Schema } from '../schema/schema.ts'
import type { StepContext } from './context.ts'
import type { Executable } from './graph.ts'
import type { EventWaiting, Step } from './step-definition.ts'

export interface EventOptions<Data extends Schema, Otherwise> {
  /** Default: the event's name. One workflow has each id once. */
  id?: string
  /** What the event's data must fit. An event that does not is refused when it is sent. */
  schema?: Data
  /** How long it is waited for, in milliseconds: a year if need be. Default: for ever. */
  timeoutMs?: number
  /** What the node gives if no event came in time; JSON. Without it the node fails with `event_timeout`. */
  timeoutValue?: Otherwise
}

/** What a node that waits for an event gives. */
export type EventOutput<Data extends Schema, Otherwise> = InferOutput<Data> | Otherwise

/** A step that waits for an event, and gives its data. */
export function eventStep(
  event: string,
  { id = event, schema, timeoutMs, timeoutValue }: EventOptions<Schema, unknown>,
): Step {
  checkName(event)
  const otherwise = timeoutValue === undefined ? undefined : toJson(timeoutValue)
  return {
    kind: 'step',
    id,
    description: '',
    inputSchema: undefined,
    outputSchema: undefined,
    stateSchema: undefined,
    suspendSchema: undefined,
    resumeSchema: schema,
    // The data is what it is: to look again changes nothing.
    retry: { attempts: 0 },
    timeoutMs: undefined,
    effect: 'retry',
    from: 'event',
    execute: ({ resumeData }: StepContext) => resumeData,
    reconcile: undefined,
    waitsFor: toWaiting(event, timeoutMs, otherwise),
  }
}

/** Mastra's spelling: a step that is executed once the event has come, with its data as `resumeData`. */
export function afterEvent(event: string, step: Executable, timeoutMs: number | undefined): Step {
  checkName(event)
  if (step.kind !== 'step' || step.waitsFor)
    throw new TypeError(
      `Cannot wait for event "${event}": "${step.id}" must be a step that waits for nothing`,
    )
  return { ...step, waitsFor: toWaiting(event, timeoutMs) }
}

/** A step begins to wait for an event. */
export function waitFor(
  { event, timeoutMs }: EventWaiting,
  place: { at: number; path: StepPath; stepId: string; attempt: number },
): RunEvent {
  return {
    type: 'event-wait',
    ...place,
    event,
    ...(timeoutMs !== undefined && { due: place.at + timeoutMs }),
  }
}

function toWaiting(event: string, timeoutMs: number | undefined, timeoutValue?: JsonValue): EventWaiting {
  if (timeoutMs !== undefined && !(Number.isSafeInteger(timeoutMs) && timeoutMs >= 1))
    throw new RangeError(
      `Cannot wait for event "${event}": its timeout is ${timeoutMs}, it must be whole milliseconds from 1`,
    )
  if (timeoutMs === undefined && timeoutValue !== undefined)
    throw new TypeError(`Cannot wait for event "${event}": a timeoutValue needs a timeoutMs`)
  return {
    event,
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(timeoutValue !== undefined && { timeoutValue }),
  }
}

/** Events are named in requests. */
function checkName(event: string): void {
  if (typeof event !== 'string' || event.length < 1 || event.length > 256)
    throw new TypeError(`Cannot wait for event "${event}": its name must have 1 to 256 characters`)
}
