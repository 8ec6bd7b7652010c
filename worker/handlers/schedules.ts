import type * as z from 'zod'
import type { CreateSchedule, Schedules } from '../../lib/cron/schedules.ts'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import { RuntimeContext } from '../../lib/protocol/runtime-context.ts'
import { schedulesOf } from '../../lib/runtime/schedule-service.ts'
import { invalid } from '../../lib/schedules/change.ts'
import type { Call, RequestContext } from '../context.ts'
import { withoutUndefined } from '../schemas.ts'
import type * as schemas from '../schemas/schedules.ts'
import { readIdempotency } from './idempotency.ts'

type Of<Schema extends z.ZodType> = z.infer<Schema>
type ById = Call<Of<typeof schemas.scheduleParams>, undefined, undefined>

/** All that the caller may see, the newest first. */
export async function listSchedules(
  call: Call<undefined, Of<typeof schemas.schedulesQuery>, undefined>,
): Promise<Response> {
  return Response.json({ schedules: await own(call).list(withoutUndefined(call.query)) })
}

export async function getSchedule(call: ById): Promise<Response> {
  const { scheduleId } = call.params
  const schedule = await own(call).get(scheduleId)
  if (!schedule) throw missing(scheduleId)
  return Response.json(schedule)
}

export async function createSchedule(
  call: Call<undefined, undefined, Of<typeof schemas.createScheduleBody>>,
): Promise<Response> {
  const { agentId, workflowId } = call.body
  if ((agentId === undefined) === (workflowId === undefined))
    throw invalid('workflowId', 'is required, or else agentId')
  // What is not of the kind that it names is refused where the schedule is made.
  const wanted = read(call.body) as CreateSchedule
  return Response.json(await own(call).create(wanted, await keyOf(call, call.rawBody)))
}

export async function updateSchedule(
  call: Call<Of<typeof schemas.scheduleParams>, undefined, Of<typeof schemas.updateScheduleBody>>,
): Promise<Response> {
  return Response.json(await own(call).update(call.params.scheduleId, read(call.body)))
}

export async function pauseSchedule(call: ById): Promise<Response> {
  return Response.json(await own(call).pause(call.params.scheduleId))
}

/** What was missed meanwhile is not made up for. */
export async function resumeSchedule(call: ById): Promise<Response> {
  return Response.json(await own(call).resume(call.params.scheduleId))
}

export async function deleteSchedule(call: ById): Promise<Response> {
  const { scheduleId } = call.params
  if (!(await own(call).delete(scheduleId))) throw missing(scheduleId)
  return Response.json({ message: 'Schedule deleted' })
}

/** Starts a run now. With an `Idempotency-Key` one, however often it is asked for. */
export async function runSchedule(call: ById): Promise<Response> {
  return Response.json(await own(call).run(call.params.scheduleId, await keyOf(call, '')))
}

export async function listScheduleTriggers(
  call: Call<Of<typeof schemas.scheduleParams>, Of<typeof schemas.triggersQuery>, undefined>,
): Promise<Response> {
  const { limit, fromActualFireAt: from, toActualFireAt: to } = call.query
  const triggers = await own(call).triggers(call.params.scheduleId, withoutUndefined({ limit, from, to }))
  return Response.json({ triggers })
}

/** What is not the caller's does not exist, whoever knows its id. */
function own({ runtime, principal }: RequestContext): Schedules {
  return schedulesOf(runtime, principal.resourceId)
}

/** The same key with another body is another wish. */
async function keyOf(call: ById | Call<undefined, undefined, unknown>, rawBody: string) {
  const idempotency = await readIdempotency({ ...call, rawBody })
  return idempotency && { idempotencyKey: `${idempotency.scope}.${idempotency.hash}` }
}

type Given = Of<typeof schemas.updateScheduleBody>

/** What that client may send, in our words. @throws EdgewiseError `not_offered` for what of signals is not. */
function read<Body extends Given>(body: Body) {
  const { requestContext, runtimeContext, ifActive, ifIdle, signalType, tagName, attributes, ...rest } = body
  const { providerOptions, ...given } = rest
  const asked = {
    signalType: signalType?.startsWith('user') ? undefined : signalType,
    tagName,
    attributes,
    providerOptions,
    'ifActive.attributes': ifActive?.attributes,
    'ifActive.behavior': ifActive?.behavior === 'persist' || undefined,
    'ifIdle.attributes': ifIdle?.attributes,
    'ifIdle.behavior': (ifIdle?.behavior ?? 'wake') !== 'wake' || undefined,
  }
  const message = "is not offered: the prompt is said as the user's message"
  for (const [field, value] of Object.entries(asked))
    if (value !== undefined)
      throw new EdgewiseError('not_offered', `${field} ${message}`, { issues: [{ field, message }] })
  const context = requestContext ?? runtimeContext ?? ifIdle?.streamOptions?.requestContext
  const { behavior } = ifActive ?? {}
  return withoutUndefined({
    ...given,
    requestContext: context && new RuntimeContext(context).toJSON(),
    // What else it may be was refused.
    ifActive: behavior && { behavior: behavior as 'deliver' | 'discard' },
  })
}

function missing(scheduleId: string): EdgewiseError {
  return new EdgewiseError('schedule_not_found', `There is no schedule "${scheduleId}"`)
}
