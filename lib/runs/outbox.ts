import { readErrorResponse } from '../formats/error-response.ts'
import { errorField } from '../telemetry/logger.ts'
import type { RunState } from '../workflows/run-state.ts'
import type { JsonObject } from '../protocol/json.ts'
import type { LetterRound, RunParts } from './parts.ts'
import type { Letter } from './letter.ts'
import type { PostedLetter } from './run-rows.ts'
import { tellList } from './run-list.ts'
import { projectRun } from './run-projection.ts'

const DELAY_MS = 1000

/**
 * Tells the list of runs after some work, but not long after: of a run that ends soon only the end is told. Letters do
 * not wait. It may reject where storage fails: then the object is lost, and the alarm finds the outbox.
 */
export async function drainSoon(
  parts: RunParts,
  work: Promise<void> | undefined,
  currentRun: () => RunState | undefined,
): Promise<void> {
  await attempt(parts, currentRun, () => sendLetters(parts))
  const over = new AbortController()
  void work?.catch(() => undefined).then(() => over.abort())
  if (work) await parts.services.wait(DELAY_MS, over.signal).catch(() => undefined)
  await drain(parts, currentRun())
}

/** Does what the outbox holds; what could not be done is tried again at the alarm. */
export async function drain(parts: RunParts, run: RunState | undefined): Promise<void> {
  const { rows } = parts
  await attempt(
    parts,
    () => run,
    async () => {
      // The alarm looks first whether there is still anybody to tell of.
      const isHeld = parts.isLate && rows.readMeta()?.info.resourceId !== undefined
      const said = isHeld ? undefined : rows.readOutbox()
      // Where lists cannot be told, letters still go out.
      const [list, letters] = await Promise.allSettled([
        said === undefined ? undefined : tellOnce(parts, said).then(() => rows.dropOutbox(said)),
        sendLetters(parts),
      ])
      if (list.status === 'rejected') throw list.reason
      if (letters.status === 'rejected') throw letters.reason
    },
  )
}

/** Where two drains meet, the one waits for the other. */
function tellOnce(parts: RunParts, said: string): Promise<void> {
  if (parts.telling?.said === said) return parts.telling.done
  const done = tell(parts, said).finally(() => delete parts.telling)
  parts.telling = { said, done }
  return done
}

async function tell(parts: RunParts, said: string): Promise<void> {
  await tellList(said, parts.services.documents)
  await projectRun(parts, said)
}

async function attempt(
  parts: RunParts,
  currentRun: () => RunState | undefined,
  act: () => Promise<void>,
): Promise<void> {
  const { rows, services, alarm } = parts
  try {
    await act()
    alarm.outboxFailures = 0
  } catch (error) {
    alarm.outboxFailures += 1
    parts.isLate = services.erasedAt !== undefined
    services.logger.warn('outbox not delivered, it is tried again', errorField(error))
    if (rows.hasTables) alarm.set(currentRun())
  }
}

/** Letters are sent by one at a time: where two drains meet, the other looks what is left. */
function sendLetters(parts: RunParts): Promise<void> {
  const before = parts.sending ?? Promise.resolve()
  parts.sending = before.catch(() => undefined).then(() => sendAll(parts))
  return parts.sending
}

/** So many objects are written to at once. */
const AT_ONCE = 6

/**
 * To each object one letter after the other, to several at once; in this invocation no more than it may, the rest in
 * the next. Where an object cannot be reached the others are written to all the same.
 */
async function sendAll(parts: RunParts): Promise<void> {
  const { rows, calls, alarm, services, platform } = parts
  parts.round ??= { after: 0, unreached: new Set() }
  const { round } = parts
  for (;;) {
    const letters = rows.readLetters(round.after, Math.max(1, calls.left))
    const last = letters.at(-1)
    if (!last) break
    if (calls.left <= 0) return alarm.ringBy(services.now())
    round.after = last.id
    // What is said elsewhere must be true here whatever happens next.
    await platform.sync()
    await sendSome(parts, round, letters)
  }
  delete parts.round
  if (round.unreached.size > 0) throw round.error
}

async function sendSome(
  parts: RunParts,
  round: LetterRound,
  letters: readonly PostedLetter[],
): Promise<void> {
  const queues = Map.groupBy(letters, ({ letter }) => letter.address).entries()
  const work = async (): Promise<void> => {
    for (const [address, queue] of queues) {
      if (round.unreached.has(address)) continue
      await sendInOrder(parts, queue).catch((error: unknown) => {
        round.unreached.add(address)
        round.error = error
      })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

/** One that is refused for good is dropped: nothing will make it welcome. It may be sent twice. */
async function sendInOrder(parts: RunParts, letters: readonly PostedLetter[]): Promise<void> {
  const { rows, services, context, calls } = parts
  for (const posted of letters) {
    calls.take()
    const { address, call } = posted.letter
    const response = await services.callRun(address, withSecrets(call, context.secrets))
    if (response.status >= 500) throw await readErrorResponse(response)
    if (!response.ok) {
      const error = await readErrorResponse(response)
      services.logger.warn('letter refused', { call: call.type, ...errorField(error) })
      await parts.onRefused(call, error)
    } else await response.body?.cancel()
    rows.dropLetter(posted)
  }
}

/** Secrets of the runtime context are in no row; runs that were started get what of them is in memory. */
function withSecrets(call: Letter['call'], secrets: JsonObject): Letter['call'] {
  if (call.type === 'cancel' || call.type === 'context') return { ...call, runtimeContext: secrets }
  if (call.type !== 'start') return call
  const { request } = call
  return { ...call, request: { ...request, runtimeContext: { ...request.runtimeContext, ...secrets } } }
}
