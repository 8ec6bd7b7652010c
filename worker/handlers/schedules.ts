import type * as z from 'zod'
import type { KeptSchedule, KeptTrigger } from '../../lib/formats/mastra/schedule.ts'
import { toMastraSchedule, toMastraTrigger } from '../../lib/formats/mastra/schedule.ts'
import { scheduleAddress } from '../../lib/protocol/address.ts'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import { RuntimeContext } from '../../lib/protocol/runtime-context.ts'
import type { ScheduleCall } from '../../lib/schedules/schedule-call.ts'
import { listSchedules as findSchedules } from '../../lib/schedules/schedule-list.ts'
import { DECLARED } from '../../lib/workflows/schedule-options.ts'
import type { Call, RequestContext } from '../context.ts'
import { withoutUndefined } from '../schemas.ts'
import type * as schemas from '../schemas/schedules.ts'
import { readIdempotency } from './idempotency.ts'
import { requireWorkflow } from './workflows.ts'

type Of<Schema extends z.ZodType> = z.infer<Schema>
type ById = Call<Of<typeof schemas.scheduleParams>, undefined, undefined>

/** All that the caller may see, the newest first. Of agents there are none. */
export async function listSchedules(
  call: Call<undefined, Of<typeof schemas.schedulesQuery>, undefined>,
): Promise<Response> {
  const { runtime, principal, query } = call
  if (query.agentId ?? query.threadId ?? query.name) return Response.json({ schedules: [] })
  const resourceId = principal.resourceId ?? query.resourceId
  const found = await findSchedules(principal.resourceId, { ...query, resourceId }, runtime.documents)
  return Response.json({ schedules: found.map(toMastraSchedule) })
}

export function getSchedule(call: ById): Promise<Response> {
  return show(call, call.params.scheduleId, { type: 'schedule-get' })
}

export async function createSchedule(
  call: Call<undefined, undefined, Of<typeof schemas.createScheduleBody>>,
): Promise<Response> {
  const { runtime, principal, body } = call
  const { id = runtime.newId('schedule'), agentId, workflowId, status, ...given } = body
  if (agentId !== undefined) throw notForAgents()
  if (workflowId === undefined) throw invalid('workflowId', 'is required')
  if (id.startsWith(DECLARED))
    throw invalid('id', `begins with "${DECLARED}": so do those that the code declares`)
  const resourceId = principal.resourceId ?? given.resourceId
  const spec = {
    ...toSpec(given),
    cron: given.cron,
    workflowId: requireWorkflow(runtime, workflowId).id,
    inputData: given.inputData ?? null,
    runtimeContext: contextOf(given) ?? {},
    ...(resourceId !== undefined && { resourceId }),
  }
  const nonce = runtime.newId('create')
  return show(call, id, { type: 'schedule-create', nonce, spec, ...(status && { status }) })
}

export function updateSchedule(
  call: Call<Of<typeof schemas.scheduleParams>, undefined, Of<typeof schemas.updateScheduleBody>>,
): Promise<Response> {
  const { params, body } = call
  const runtimeContext = contextOf(body)
  const change = withoutUndefined({
    ...toSpec(body),
    ...(runtimeContext && { runtimeContext }),
    status: body.status,
  })
  return show(call, params.scheduleId, { type: 'schedule-change', change })
}

export function pauseSchedule(call: ById): Promise<Response> {
  return show(call, call.params.scheduleId, { type: 'schedule-change', change: { status: 'paused' } })
}

/** What was missed meanwhile is not made up for. */
export function resumeSchedule(call: ById): Promise<Response> {
  return show(call, call.params.scheduleId, { type: 'schedule-change', change: { status: 'active' } })
}

export async function deleteSchedule(call: ById): Promise<Response> {
  const response = await ask(call, call.params.scheduleId, { type: 'schedule-remove' })
  return response.ok ? Response.json({ message: 'Schedule deleted' }) : response
}

/** Starts a run now. With an `Idempotency-Key` one, however often it is asked for. */
export async function runSchedule(call: ById): Promise<Response> {
  const { scheduleId } = call.params
  const nonce = (await readIdempotency({ ...call, rawBody: '' }))?.scope ?? call.runtime.newId('manual')
  const response = await ask(call, scheduleId, { type: 'schedule-run', nonce })
  if (!response.ok) return response
  const { runId, at }: { runId: string; at: number } = await response.json()
  return Response.json({ scheduleId, claimId: runId, scheduledFireAt: at })
}

export async function listScheduleTriggers(
  call: Call<Of<typeof schemas.scheduleParams>, Of<typeof schemas.triggersQuery>, undefined>,
): Promise<Response> {
  const { scheduleId } = call.params
  const { limit, fromActualFireAt: from, toActualFireAt: to } = call.query
  const bounds = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
  const response = await ask(call, scheduleId, { type: 'schedule-triggers', limit, ...bounds })
  if (!response.ok) return response
  const triggers: KeptTrigger[] = await response.json()
  return Response.json({ triggers: triggers.map((trigger) => toMastraTrigger(scheduleId, trigger)) })
}

async function show(call: RequestContext, scheduleId: string, question: ScheduleCall): Promise<Response> {
  const response = await ask(call, scheduleId, question)
  if (!response.ok) return response
  const kept: KeptSchedule = await response.json()
  return Response.json(toMastraSchedule(kept))
}

/** What is not the caller's does not exist, whoever knows its id. */
function ask(
  { runtime, principal }: RequestContext,
  scheduleId: string,
  call: ScheduleCall,
): Promise<Response> {
  return runtime.callRun(scheduleAddress(principal.resourceId, scheduleId), call)
}

type Given = Of<typeof schemas.updateScheduleBody>

function toSpec({ cron, timezone, inputData, initialState, metadata, catchUp, overlap }: Given) {
  return withoutUndefined({ cron, timezone, inputData, initialState, metadata, catchUp, overlap })
}

function contextOf({ requestContext, runtimeContext }: Given) {
  const given = requestContext ?? runtimeContext
  return given && new RuntimeContext(given).toJSON()
}

function invalid(field: string, message: string): EdgewiseError {
  return new EdgewiseError('invalid_request', `Invalid body: ${field}: ${message}`, {
    issues: [{ field, message }],
  })
}

function notForAgents(): EdgewiseError {
  const message = 'is not offered: schedules start workflows, which may hold an agent as a step'
  return new EdgewiseError('not_offered', `agentId ${message}`, { issues: [{ field: 'agentId', message }] })
}
