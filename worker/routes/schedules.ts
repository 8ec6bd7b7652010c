import * as schedules from '../handlers/schedules.ts'
import type { Method, Route } from '../route.ts'
import { route } from '../route.ts'
import * as schemas from '../schemas/schedules.ts'

const { scheduleParams: params } = schemas

function at<const Id extends string>(method: Method, path: string, id: Id) {
  return { method, path: `/api/schedules${path}`, id, policy: 'caller' } as const
}

/** What starts workflows and agents at set times, as Mastra's client asks for it. */
export const schedulesRoutes: readonly Route[] = [
  route({
    ...at('GET', '', 'listSchedules'),
    query: schemas.schedulesQuery,
    handler: schedules.listSchedules,
  }),
  route({
    ...at('POST', '', 'createSchedule'),
    body: schemas.createScheduleBody,
    handler: schedules.createSchedule,
  }),
  route({ ...at('GET', '/:scheduleId', 'getSchedule'), params, handler: schedules.getSchedule }),
  route({
    ...at('PATCH', '/:scheduleId', 'updateSchedule'),
    params,
    body: schemas.updateScheduleBody,
    handler: schedules.updateSchedule,
  }),
  route({ ...at('DELETE', '/:scheduleId', 'deleteSchedule'), params, handler: schedules.deleteSchedule }),
  route({ ...at('POST', '/:scheduleId/run', 'runSchedule'), params, handler: schedules.runSchedule }),
  route({
    ...at('GET', '/:scheduleId/triggers', 'listScheduleTriggers'),
    params,
    query: schemas.triggersQuery,
    handler: schedules.listScheduleTriggers,
  }),
  route({ ...at('POST', '/:scheduleId/pause', 'pauseSchedule'), params, handler: schedules.pauseSchedule }),
  route({
    ...at('POST', '/:scheduleId/resume', 'resumeSchedule'),
    params,
    handler: schedules.resumeSchedule,
  }),
]
