import { errorField } from '../telemetry/logger.ts'
import type { RunState } from '../workflows/run-state.ts'
import type { RunParts } from './parts.ts'
import { tellList } from './run-list.ts'

const DELAY_MS = 1000

/**
 * Tells the list of runs after some work, but not long after: of a run that ends soon only the end is told. It may
 * reject where storage fails: then the object is lost, and the alarm finds the outbox.
 */
export async function drainSoon(
  parts: RunParts,
  work: Promise<void> | undefined,
  currentRun: () => RunState | undefined,
): Promise<void> {
  const over = new AbortController()
  void work?.catch(() => undefined).then(() => over.abort())
  if (work) await parts.services.wait(DELAY_MS, over.signal).catch(() => undefined)
  await drain(parts, currentRun())
}

/** Does what the outbox holds; what could not be done is tried again at the alarm. */
export async function drain({ rows, services, alarm }: RunParts, run: RunState | undefined): Promise<void> {
  try {
    const said = rows.readOutbox()
    if (said !== undefined) {
      await tellList(said, services.documents)
      rows.dropOutbox(said)
    }
    alarm.outboxFailures = 0
  } catch (error) {
    alarm.outboxFailures += 1
    services.logger.warn('outbox not delivered, it is tried again', errorField(error))
    if (rows.hasTables) alarm.set(run)
  }
}
