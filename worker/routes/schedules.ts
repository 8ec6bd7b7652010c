import * as schedules from '../handlers/schedules.ts'
import type { Method, Route } from '../route.ts'
import { route } from '../route.ts'
import * as schemas from '../schemas/schedules.ts'

const { scheduleParams: params, scheduleAnswer: json } = schemas
const errors = ['schedule_not_found'] as const
const KEY = { 'idempotency-key': 'The same key starts one run' }
const MAKE = { 'idempotency-key': 'The same key makes one schedule' }

function at<const Id extends string>(method: Method, path: string, id: Id, summary: string) {
  return { method, path: `/api/schedules${path}`, id, policy: 'caller', summary } as const
}

/** What starts workflows and agents at set times, as Mastra's client asks for it. */
export const schedulesRoutes: readonly Route[] = [
  route({
    ...at('GET', '', 'listSchedules', 'All schedules, the newest first'),
    query: schemas.schedulesQuery,
    answers: [{ description: 'The schedules', json: schemas.schedulesAnswer }],
    handler: schedules.listSchedules,
  }),
  route({
    ...at('POST', '', 'createSchedule', 'Start a workflow, or an agent, at set times'),
    headers: MAKE,
    body: schemas.createScheduleBody,
    answers: [{ description: 'The schedule', json }],
    errors: [
      'workflow_not_found',
      'agent_not_found',
      'schedule_exists',
      'not_offered',
      'runtime_context_invalid',
    ],
    handler: schedules.createSchedule,
  }),
  route({
    ...at('GET', '/:scheduleId', 'getSchedule', 'One schedule, with its last run'),
    params,
    answers: [{ description: 'The schedule', json }],
    errors,
    handler: schedules.getSchedule,
  }),
  route({
    ...at('PATCH', '/:scheduleId', 'updateSchedule', 'Change a schedule'),
    params,
    body: schemas.updateScheduleBody,
    answers: [{ description: 'The schedule as it is now', json }],
    errors: [...errors, 'not_offered', 'runtime_context_invalid'],
    handler: schedules.updateSchedule,
  }),
  route({
    ...at('DELETE', '/:scheduleId', 'deleteSchedule', 'Delete a schedule; the runs that it started stay'),
    params,
    answers: [{ description: 'It is gone', json: schemas.scheduleDeletedAnswer }],
    errors: [...errors, 'invalid_request'],
    handler: schedules.deleteSchedule,
  }),
  route({
    ...at('POST', '/:scheduleId/run', 'runSchedule', 'Start a run of a schedule now'),
    params,
    headers: KEY,
    answers: [{ description: 'The run that was started', json: schemas.scheduleRunAnswer }],
    errors,
    handler: schedules.runSchedule,
  }),
  route({
    ...at(
      'GET',
      '/:scheduleId/triggers',
      'listScheduleTriggers',
      'What a schedule has started, the newest first',
    ),
    params,
    query: schemas.triggersQuery,
    answers: [{ description: 'The triggers', json: schemas.triggersAnswer }],
    errors,
    handler: schedules.listScheduleTriggers,
  }),
  route({
    ...at('POST', '/:scheduleId/pause', 'pauseSchedule', 'Start nothing more until it is resumed'),
    params,
    answers: [{ description: 'The schedule as it is now', json }],
    errors,
    handler: schedules.pauseSchedule,
  }),
  route({
    ...at('POST', '/:scheduleId/resume', 'resumeSchedule', 'Go on from now; what was missed is left'),
    params,
    answers: [{ description: 'The schedule as it is now', json }],
    errors,
    handler: schedules.resumeSchedule,
  }),
]
