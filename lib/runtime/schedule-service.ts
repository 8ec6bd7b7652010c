import type { CreateSchedule, Schedule, Schedules, UpdateSchedule } from '../cron/schedules.ts'
import { declaredPrefix } from '../cron/timing.ts'
import { readErrorResponse } from '../formats/error-response.ts'
import type { KeptSchedule, KeptTrigger } from '../formats/mastra/schedule.ts'
import { toMastraSchedule, toMastraTrigger } from '../formats/mastra/schedule.ts'
import { scheduleAddress } from '../protocol/address.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { NewId } from '../protocol/id.ts'
import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { findNonJson } from '../protocol/json.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import { invalid } from '../schedules/change.ts'
import { nextDue } from '../schedules/due.ts'
import type { ScheduleCall } from '../schedules/schedule-call.ts'
import type { ScheduleChange, ScheduleSpec } from '../schedules/schedule-info.ts'
import { listSchedules } from '../schedules/schedule-list.ts'
import { digest } from '../security/api-key.ts'
import type { Documents } from '../storage/documents.ts'
import type { Edgewise } from './edgewise.ts'

/** A caller has no more: what makes them by itself is to be noticed. */
export const MAX_SCHEDULES = 1000

const DEFAULT_TRIGGERS = 20

interface Services {
  app: Pick<Edgewise, 'findAgent' | 'findWorkflow'>
  newId: NewId
  now(): number
  documents(shard: string): Documents
  /** Sends a call to a schedule's object. */
  callRun(address: string, call: ScheduleCall): Promise<Response>
}

/** The schedules that a caller may reach: one who is bound to a resource, that one's alone. */
export function schedulesOf(runtime: Services, boundTo: string | undefined): Schedules {
  const ask = async <Answer>(id: string, call: ScheduleCall): Promise<Answer> => {
    const response = await runtime.callRun(scheduleAddress(boundTo, id), call)
    if (!response.ok) throw await readErrorResponse(response)
    // The object gives what lib/schedules/schedule.ts says.
    return response.json() as Promise<Answer>
  }
  const show = async (id: string, call: ScheduleCall): Promise<Schedule> =>
    toMastraSchedule(standing(await ask<KeptSchedule>(id, call), runtime.now()))
  const setStatus = (id: string, status: 'active' | 'paused'): Promise<Schedule> =>
    show(id, { type: 'schedule-change', change: { status } })
  return {
    create: async ({ id: given, status, ...wanted }, { idempotencyKey: key } = {}) => {
      const hash = key === undefined ? undefined : (await digest(key)).slice(0, 32)
      const id = given ?? (hash === undefined ? runtime.newId('schedule') : `schedule_${hash}`)
      checkId(id)
      const spec = toSpec(runtime, wanted, boundTo)
      const nonce = key ?? runtime.newId('create')
      const found = await listSchedules(boundTo, {}, runtime.documents)
      if (found.length >= MAX_SCHEDULES && !found.some((one) => one.id === id))
        throw invalid('id', `is one too many: there are ${found.length} schedules`)
      return show(id, { type: 'schedule-create', nonce, spec, ...(status && { status }) })
    },
    get: (id) => unlessMissing(show(id, { type: 'schedule-get' }), undefined),
    list: async (filter = {}) => {
      const owner = boundTo === undefined ? {} : { resourceId: boundTo }
      const found = await listSchedules(boundTo, { ...filter, ...owner }, runtime.documents)
      return found.map((info) => toMastraSchedule(standing(info, runtime.now())))
    },
    update: (id, change) => show(id, { type: 'schedule-change', change: toChange(change, boundTo) }),
    pause: (id) => setStatus(id, 'paused'),
    resume: (id) => setStatus(id, 'active'),
    run: async (id, { idempotencyKey: nonce = runtime.newId('manual') } = {}) => {
      const { runId, at } = await ask<{ runId: string; at: number }>(id, { type: 'schedule-run', nonce })
      return { scheduleId: id, claimId: runId, scheduledFireAt: at }
    },
    delete: (id) =>
      unlessMissing(
        ask(id, { type: 'schedule-remove' }).then(() => true),
        false,
      ),
    triggers: async (id, { limit = DEFAULT_TRIGGERS, ...bounds } = {}) => {
      const found = await ask<KeptTrigger[]>(id, { type: 'schedule-triggers', limit, ...bounds })
      return found.map((trigger) => toMastraTrigger(id, trigger))
    },
  }
}

/** While it is paused times go by: it would be due at the one that follows. */
function standing<Kept extends KeptSchedule>(kept: Kept, now: number): Kept {
  if (kept.status === 'active' || kept.nextAt > now) return kept
  return { ...kept, nextAt: nextDue(kept, now) }
}

type Wanted = CreateSchedule extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'id' | 'status'>
    : never
  : never

/** @throws EdgewiseError for what is not there, or is no JSON. */
function toSpec({ app }: Services, wanted: Wanted, boundTo: string | undefined): ScheduleSpec {
  checkJson(wanted)
  const { requestContext, resourceId: named, ...rest } = wanted
  const resourceId = boundTo ?? named
  const common = {
    runtimeContext: toContext(requestContext),
    ...(resourceId !== undefined && { resourceId }),
  }
  if ('agentId' in rest) {
    const agentId = app.findAgent(rest.agentId)?.id
    if (agentId === undefined) throw notFound('agent', rest.agentId)
    if (!rest.prompt) throw invalid('prompt', 'is required')
    return { ...rest, ...common, agentId }
  }
  const workflowId = app.findWorkflow(rest.workflowId)?.id
  if (workflowId === undefined) throw notFound('workflow', rest.workflowId)
  // It was just found to be JSON.
  return { ...rest, ...common, workflowId, inputData: (rest.inputData ?? null) as JsonValue }
}

function toChange(change: UpdateSchedule, boundTo: string | undefined): ScheduleChange {
  checkJson(change)
  const { requestContext, resourceId, inputData, ...rest } = change
  return {
    ...rest,
    ...(requestContext && { runtimeContext: toContext(requestContext) }),
    ...(resourceId !== undefined && { resourceId: boundTo ?? resourceId }),
    // As above.
    ...(inputData !== undefined && { inputData: inputData as JsonValue }),
  }
}

function toContext(given: JsonObject = {}): JsonObject {
  return new RuntimeContext(given).toJSON()
}

function checkJson(given: object): void {
  const path = findNonJson(given)
  if (path !== undefined) throw invalid(path, 'must be JSON')
}

function checkId(id: string): void {
  if (!/^[\w.:-]{1,256}$/.test(id)) throw invalid('id', 'must be letters, digits, ".", "_", ":" or "-"')
  const prefix = declaredPrefix(id)
  if (prefix !== undefined) throw invalid('id', `begins with "${prefix}": so do those that the code declares`)
}

async function unlessMissing<Found, Missing>(
  look: Promise<Found>,
  missing: Missing,
): Promise<Found | Missing> {
  try {
    return await look
  } catch (error) {
    if (error instanceof EdgewiseError && error.code === 'schedule_not_found') return missing
    throw error
  }
}

function notFound(kind: 'workflow' | 'agent', id: string): EdgewiseError {
  return new EdgewiseError(`${kind}_not_found`, `There is no ${kind} "${id}"`)
}
