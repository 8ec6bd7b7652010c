import * as schemas from '../schemas/schedules-answers.ts'
import type { Words } from './words.ts'

const { scheduleAnswer: json } = schemas
const errors = ['schedule_not_found'] as const
const KEY = { 'idempotency-key': 'The same key starts one run' }
const MAKE = { 'idempotency-key': 'The same key makes one schedule' }

export const schedulesWords: Words = {
  listSchedules: {
    summary: 'All schedules, the newest first',
    answers: [{ description: 'The schedules', json: schemas.schedulesAnswer }],
  },
  createSchedule: {
    summary: 'Start a workflow, or an agent, at set times',
    headers: MAKE,
    answers: [{ description: 'The schedule', json }],
    errors: [
      'workflow_not_found',
      'agent_not_found',
      'schedule_exists',
      'not_offered',
      'runtime_context_invalid',
    ],
  },
  getSchedule: {
    summary: 'One schedule, with its last run',
    answers: [{ description: 'The schedule', json }],
    errors,
  },
  updateSchedule: {
    summary: 'Change a schedule',
    answers: [{ description: 'The schedule as it is now', json }],
    errors: [...errors, 'not_offered', 'runtime_context_invalid'],
  },
  deleteSchedule: {
    summary: 'Delete a schedule; the runs that it started stay',
    answers: [{ description: 'It is gone', json: schemas.scheduleDeletedAnswer }],
    errors: [...errors, 'invalid_request'],
  },
  runSchedule: {
    summary: 'Start a run of a schedule now',
    headers: KEY,
    answers: [{ description: 'The run that was started', json: schemas.scheduleRunAnswer }],
    errors,
  },
  listScheduleTriggers: {
    summary: 'What a schedule has started, the newest first',
    answers: [{ description: 'The triggers', json: schemas.triggersAnswer }],
    errors,
  },
  pauseSchedule: {
    summary: 'Start nothing more until it is resumed',
    answers: [{ description: 'The schedule as it is now', json }],
    errors,
  },
  resumeSchedule: {
    summary: 'Go on from now; what was missed is left',
    answers: [{ description: 'The schedule as it is now', json }],
    errors,
  },
}
