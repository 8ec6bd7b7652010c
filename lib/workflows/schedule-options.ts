import { parseCron } from '../cron/cron.ts'
import { nextTime } from '../cron/next-time.ts'
import { isZone } from '../cron/zone.ts'
import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { findNonJson } from '../protocol/json.ts'

/** When a workflow is started by itself, and with what. */
export interface ScheduleOptions<Input = unknown> {
  /** Names it among the schedules of its workflow. Needed where there are several; never change it. */
  id?: string
  /** Five fields, or six with seconds first. */
  cron: string
  /** Whose clock is meant, by its IANA name. Default: UTC. */
  timezone?: string
  inputData?: Input
  initialState?: JsonObject
  /** JSON, and no secrets: it is kept for as long as the schedule is. */
  runtimeContext?: JsonObject
  metadata?: JsonObject
  /**
   * What is done about times at which nothing could be started, such as when the app was down. Default: `latest`, the
   * last of them is made up for. `all`: each of them. `none`: none that is more than a minute late.
   */
  catchUp?: CatchUp
  /** Whether it is started while its run before is still going. Default: `allow`. */
  overlap?: Overlap
}

export type CatchUp = 'latest' | 'all' | 'none'
export type Overlap = 'allow' | 'skip'

/** A schedule that the code declares. JSON throughout. */
export type DeclaredSchedule = {
  id: string
  workflowId: string
  cron: string
  timezone?: string
  inputData: JsonValue
  initialState?: JsonObject
  runtimeContext: JsonObject
  metadata?: JsonObject
  catchUp?: CatchUp
  overlap?: Overlap
}

/** With this the ids of schedules begin that the code declares. */
export const DECLARED = 'wf_'

/** @throws TypeError for what can be no schedule. */
export function declareSchedules(
  workflowId: string,
  given: ScheduleOptions | readonly ScheduleOptions[] = [],
): DeclaredSchedule[] {
  const isList = Array.isArray(given)
  const schedules = [given].flat().map((options) => declare(workflowId, options, isList))
  if (new Set(schedules.map(({ id }) => id)).size === schedules.length) return schedules
  throw new TypeError(`Cannot create workflow "${workflowId}": two of its schedules have one id`)
}

function declare(
  workflowId: string,
  { id, inputData = null, runtimeContext = {}, ...rest }: ScheduleOptions,
  isList: boolean,
): DeclaredSchedule {
  const fail = (why: string): never => {
    throw new TypeError(`Cannot create workflow "${workflowId}": its schedule ${why}`)
  }
  if (id === undefined && isList) fail('needs an id, since there may be several')
  if (id !== undefined && !/^[\w.-]{1,64}$/.test(id))
    fail(`"${id}" has an id that is not letters, digits, ".", "_" or "-"`)
  const problem = findProblem(rest)
  if (problem) fail(`cannot be read: ${problem.field}: ${problem.message}`)
  const values = { inputData, runtimeContext, ...rest }
  const path = findNonJson(values)
  if (path !== undefined) fail(`must be JSON: ${path} is not`)
  const full = `${DECLARED}${workflowId}${id === undefined ? '' : `__${id}`}`
  // It was just found to be JSON.
  return { id: full, workflowId, ...(values as Omit<DeclaredSchedule, 'id' | 'workflowId'>) }
}

/** What of a schedule's time cannot be read, by its field. */
export function findProblem({
  cron,
  timezone = 'UTC',
}: Pick<ScheduleOptions, 'cron' | 'timezone'>): { field: 'cron' | 'timezone'; message: string } | undefined {
  if (!isZone(timezone)) return { field: 'timezone', message: `"${timezone}" is no time zone` }
  try {
    if (nextTime(parseCron(cron), timezone, 0) !== undefined) return undefined
    return { field: 'cron', message: `"${cron}" never comes` }
  } catch (error) {
    return { field: 'cron', message: error instanceof Error ? error.message : String(error) }
  }
}
