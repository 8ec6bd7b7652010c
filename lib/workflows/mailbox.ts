import { EdgewiseError } from '../protocol/error.ts'
import type { EventReceived, StepStart } from '../protocol/run-event.ts'
import type { Schema } from '../schema/schema.ts'
import type { FlowDefinition } from './graph.ts'
import { executablesOf } from './graph.ts'
import { checkEventData } from './input.ts'
import type { Mailbox, RunState } from './run-state.ts'
import type { SentEvent } from './runner.ts'

/** Events that no step has taken, at the most. */
export const MAX_WAITING_EVENTS = 1000

/** Events of a run's whole life, whose ids it keeps in mind. */
export const MAX_EVENTS = 10_000

/** Characters of an event's data, as JSON. */
export const MAX_EVENT_LENGTH = 1_000_000

/** Characters of the data of all events that no step has taken. */
export const MAX_WAITING_LENGTH = 8_000_000

/**
 * Refuses an event that no step of the workflow could take: its definition is plain data, so that all waits of that
 * name, also those that are not reached yet, can be asked.
 *
 * @throws EdgewiseError `invalid_request` with the issues; `payload_too_large`.
 */
export async function checkEvent(definition: FlowDefinition, { event, data }: SentEvent): Promise<void> {
  const { length } = JSON.stringify(data)
  if (length > MAX_EVENT_LENGTH) {
    const message = `Event "${event}" is too large: its data has ${length} characters, ${MAX_EVENT_LENGTH} are the most`
    throw new EdgewiseError('payload_too_large', message)
  }
  const waits = [...waitsOf(definition)]
  const schemas = waits.filter((wait) => wait.event === event)
  if (schemas.length === 0) {
    const have = [...new Set(waits.map((wait) => wait.event))].join(', ') || 'none'
    const message = `No step of workflow "${definition.id}" waits for event "${event}" (have: ${have})`
    throw new EdgewiseError('invalid_request', message, {
      issues: [{ field: 'event', message: 'no step waits for it' }],
    })
  }
  for (const { schema } of schemas) await checkEventData(schema, data)
}

/**
 * What the run says of an event that was sent to it; undefined if it came before.
 *
 * @throws EdgewiseError `run_ended`; `rate_limited` and `budget_exhausted` if it holds too many.
 */
export function receiveEvent(
  run: RunState,
  { id: eventId, event, data }: SentEvent,
  at: number,
): EventReceived | undefined {
  const { mailbox, unwinding } = run
  // What makes good what it has done takes nothing more.
  const outcome = run.outcome ?? unwinding?.outcome
  if (mailbox?.ids.has(eventId)) return undefined
  if (outcome)
    throw new EdgewiseError(
      'run_ended',
      `Run "${run.runId}" takes no events any more: it is ${outcome.status}`,
    )
  if (mailbox && mailbox.ids.size >= MAX_EVENTS)
    throw new EdgewiseError('budget_exhausted', `Run "${run.runId}" has had its ${MAX_EVENTS} events`)
  if (mailbox && isFull(mailbox))
    throw new EdgewiseError(
      'rate_limited',
      `The mailbox of run "${run.runId}" is full: ${mailbox.waiting.size} events wait to be taken`,
    )
  return { type: 'event-received', at, eventId, event, data }
}

/** The first event of a name that no step has taken. */
export function firstMail({ waiting }: Mailbox, event: string | undefined): string | undefined {
  for (const [id, mail] of waiting) if (mail.event === event) return id
  return undefined
}

export function putMail(run: RunState, { eventId, event, data }: EventReceived): void {
  run.mailbox ??= { ids: new Set(), waiting: new Map(), length: 0 }
  const { length } = JSON.stringify(data)
  run.mailbox.ids.add(eventId)
  run.mailbox.waiting.set(eventId, { event, data, length })
  run.mailbox.length += length
}

/** A start with the data of the event that it takes out of the mailbox, if it does. */
export function withMail({ mailbox }: RunState, start: StepStart): StepStart {
  const { eventId } = start
  const mail = eventId === undefined ? undefined : mailbox?.waiting.get(eventId)
  if (!mailbox || !mail || eventId === undefined) return start
  mailbox.waiting.delete(eventId)
  mailbox.length -= mail.length
  return { ...start, resumeData: mail.data }
}

function isFull({ waiting, length }: Mailbox): boolean {
  return waiting.size >= MAX_WAITING_EVENTS || length >= MAX_WAITING_LENGTH
}

/** The events that steps of a workflow wait for, those of workflows within as well, and what each must fit. */
function* waitsOf({ nodes }: FlowDefinition): Generator<{ event: string; schema: Schema | undefined }> {
  for (const executable of nodes.flatMap(executablesOf)) {
    if (executable.kind === 'workflow') yield* waitsOf(executable)
    else if (executable.waitsFor) yield { event: executable.waitsFor.event, schema: executable.resumeSchema }
  }
}
