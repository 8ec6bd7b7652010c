import { DECLARED_SHARD, scheduleAddress } from '../protocol/address.ts'
import { isRecord } from '../protocol/json.ts'
import { readErrorResponse } from '../formats/error-response.ts'
import { findOverdue } from '../schedules/schedule-list.ts'
import { digest } from '../security/api-key.ts'
import { errorField } from '../telemetry/logger.ts'
import type { DeclaredSchedule } from '../workflows/schedule-options.ts'
import type { Runtime } from './create.ts'

const COLLECTION = 'declared'
const ID = 'app'

const synced = new WeakSet<Runtime>()

/**
 * Makes the schedules that the code declares, once in the life of a runtime: with the first request after a deploy, or
 * on a laptop after a start. Where nothing was changed since somebody did it last, that is one look at the storage.
 */
export async function syncOnce(runtime: Runtime): Promise<void> {
  if (synced.has(runtime)) return
  synced.add(runtime)
  // What is declared no longer the schedules find out themselves.
  if (declaredOf(runtime).length === 0) return
  try {
    await syncSchedules(runtime)
  } catch (error) {
    synced.delete(runtime)
    runtime.logger.warn('schedules not set up, it is tried again', errorField(error))
  }
}

/** What the Worker's own timer does: what the code declares is made, changed and removed, and lost alarms are made up for. */
export async function tendSchedules(runtime: Runtime): Promise<void> {
  await syncSchedules(runtime)
  const overdue = await findOverdue(runtime.now(), runtime.documents)
  await Promise.all(overdue.map((address) => tell(runtime, address, { type: 'schedule-nudge' })))
}

async function syncSchedules(runtime: Runtime): Promise<void> {
  const declared = declaredOf(runtime)
  const hash = await digest(JSON.stringify(declared))
  const store = runtime.documents(DECLARED_SHARD)
  const known = (await store.get(COLLECTION, ID))?.body
  if ((known?.['hash'] ?? (await digest('[]'))) === hash) return
  const ids = declared.map(({ id }) => id)
  const gone = listOf(known).filter((id) => !ids.includes(id))
  const declare = (id: string, spec?: DeclaredSchedule): Promise<void> =>
    tell(runtime, scheduleAddress(undefined, id), { type: 'schedule-declare', ...(spec && { spec }) })
  await Promise.all([...declared.map((spec) => declare(spec.id, spec)), ...gone.map((id) => declare(id))])
  await store.put(COLLECTION, { id: ID, version: runtime.now(), index: {}, body: { hash, ids } })
}

function declaredOf({ app }: Runtime): DeclaredSchedule[] {
  return app.workflows.flatMap(({ schedules }) => schedules)
}

function listOf(known: unknown): string[] {
  // It was written here.
  return isRecord(known) ? (known['ids'] as string[]) : []
}

async function tell(
  runtime: Runtime,
  address: string,
  call: Parameters<Runtime['callRun']>[1],
): Promise<void> {
  const response = await runtime.callRun(address, call)
  if (!response.ok) throw await readErrorResponse(response)
  await response.body?.cancel()
}
