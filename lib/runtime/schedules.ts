import { DECLARED_SHARD, scheduleAddress } from '../protocol/address.ts'
import { isRecord } from '../protocol/json.ts'
import { readErrorResponse } from '../formats/error-response.ts'
import { checkFit } from '../schedules/change.ts'
import { findOverdue } from '../schedules/schedule-list.ts'
import { digest } from '../security/api-key.ts'
import { errorField } from '../telemetry/logger.ts'
import type { DeclaredSpec } from '../schedules/schedule-info.ts'
import type { Runtime } from './create.ts'

const COLLECTION = 'declared'
const ID = 'app'

type Services = Pick<Runtime, 'app' | 'logger' | 'documents' | 'callRun' | 'now'>

const synced = new WeakSet<Services>()

/**
 * Makes the schedules that the code declares, once in the life of a runtime: with the first request after a deploy, or
 * on a laptop after a start. Where nothing was changed since somebody did it last, that is one look at the storage.
 */
export async function syncOnce(runtime: Services): Promise<void> {
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
export async function tendSchedules(runtime: Services): Promise<void> {
  await syncSchedules(runtime)
  const overdue = await findOverdue(runtime.now(), runtime.documents)
  await Promise.all(overdue.map((address) => tell(runtime, address, { type: 'schedule-nudge' })))
}

async function syncSchedules(runtime: Services): Promise<void> {
  const declared = declaredOf(runtime)
  const hash = await digest(JSON.stringify(declared))
  const store = runtime.documents(DECLARED_SHARD)
  const known = (await store.get(COLLECTION, ID))?.body
  if ((known?.['hash'] ?? (await digest('[]'))) === hash) return
  await Promise.all(declared.map((spec) => tellMisfit(runtime, spec)))
  const ids = declared.map(({ id }) => id)
  const gone = listOf(known).filter((id) => !ids.includes(id))
  const declare = (id: string, spec?: DeclaredSpec): Promise<void> =>
    tell(runtime, scheduleAddress(undefined, id), { type: 'schedule-declare', ...(spec && { spec }) })
  await Promise.all([...declared.map((spec) => declare(spec.id, spec)), ...gone.map((id) => declare(id))])
  await store.put(COLLECTION, { id: ID, version: runtime.now(), index: {}, body: { hash, ids } })
}

/** Schemas that must be waited for could not be asked when the app was made. What does not fit fails each time. */
async function tellMisfit({ app, logger }: Services, spec: DeclaredSpec): Promise<void> {
  if (spec.workflowId === undefined) return
  try {
    await checkFit(app.findWorkflow(spec.workflowId), spec)
  } catch (error) {
    logger.error('schedule does not fit its workflow', { schedule: spec.id, ...errorField(error) })
  }
}

function declaredOf({ app }: Services): DeclaredSpec[] {
  return [...app.workflows, ...app.agents].flatMap(({ schedules }): readonly DeclaredSpec[] => schedules)
}

function listOf(known: unknown): string[] {
  // It was written here.
  return isRecord(known) ? (known['ids'] as string[]) : []
}

async function tell(
  runtime: Services,
  address: string,
  call: Parameters<Runtime['callRun']>[1],
): Promise<void> {
  const response = await runtime.callRun(address, call)
  if (!response.ok) throw await readErrorResponse(response)
  await response.body?.cancel()
}
