import { readErrorResponse } from '../formats/error-response.ts'
import { errorField } from '../telemetry/logger.ts'
import type { RunState } from '../workflows/run-state.ts'
import type { RunParts } from './parts.ts'
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
      const said = rows.readOutbox()
      if (said !== undefined) {
        await tellOnce(parts, said)
        rows.dropOutbox(said)
      }
      await sendLetters(parts)
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
  { rows, services, alarm }: RunParts,
  currentRun: () => RunState | undefined,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act()
    alarm.outboxFailures = 0
  } catch (error) {
    alarm.outboxFailures += 1
    services.logger.warn('outbox not delivered, it is tried again', errorField(error))
    if (rows.hasTables) alarm.set(currentRun())
  }
}

/**
 * One letter after the other. One that is refused for good is dropped: nothing will make it welcome. It may be sent
 * twice, also because two drains meet.
 */
async function sendLetters({ rows, services, platform }: RunParts): Promise<void> {
  const letters = rows.readLetters()
  // What is said elsewhere must be true here whatever happens next.
  if (letters.length > 0) await platform.sync()
  for (const posted of letters) {
    const { address, call } = posted.letter
    const response = await services.callRun(address, call)
    if (response.status >= 500) throw await readErrorResponse(response)
    if (!response.ok) {
      const error = await readErrorResponse(response)
      services.logger.warn('letter refused', { call: call.type, ...errorField(error) })
    } else await response.body?.cancel()
    rows.dropLetter(posted)
  }
}
