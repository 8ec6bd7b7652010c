import type { JsonObject } from '../protocol/json.ts'
import { findNonJson } from '../protocol/json.ts'
import { parseCron } from './cron.ts'
import { nextTime } from './next-time.ts'
import { isZone } from './zone.ts'

/** When something is started by itself. */
export interface Timing {
  /** Names it among the schedules of its owner. Needed where there are several; never change it. */
  id?: string
  /** Five fields, or six with seconds first. */
  cron: string
  /** Whose clock is meant, by its IANA name. Default: UTC. */
  timezone?: string
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

/** Of a schedule that the code declares, what all have. */
export type Declared = Omit<Timing, 'id' | 'runtimeContext'> & { id: string; runtimeContext: JsonObject }

/** With these the ids of schedules begin that the code declares. */
const PREFIXES = { workflow: 'wf_', agent: 'ag_' } as const

/** What such an id begins with, if it is one. */
export function declaredPrefix(id: string): string | undefined {
  return Object.values(PREFIXES).find((prefix) => id.startsWith(prefix))
}

interface Owner {
  kind: keyof typeof PREFIXES
  id: string
}

/** @throws TypeError for what can be no schedule. */
export function declareTimings<Options extends Timing>(
  owner: Owner,
  given: Options | readonly Options[] = [],
): DeclaredAs<Options>[] {
  const isList = Array.isArray(given)
  // It is one, or a list.
  const list = (isList ? given : [given]) as readonly Options[]
  const schedules = list.map((options) => declare(owner, options, isList))
  if (new Set(schedules.map(({ id }) => id)).size === schedules.length) return schedules
  throw new TypeError(`Cannot create ${owner.kind} "${owner.id}": two of its schedules have one id`)
}

type DeclaredAs<Options extends Timing> = Omit<Options, 'id' | 'runtimeContext'> &
  Pick<Declared, 'id' | 'runtimeContext'>

function declare<Options extends Timing>(
  owner: Owner,
  options: Options,
  isList: boolean,
): DeclaredAs<Options> {
  const { id, runtimeContext = {}, ...rest } = options
  const fail = (why: string): never => {
    throw new TypeError(`Cannot create ${owner.kind} "${owner.id}": its schedule ${why}`)
  }
  if (id === undefined && isList) fail('needs an id, since there may be several')
  if (id !== undefined && !/^[\w.-]{1,64}$/.test(id))
    fail(`"${id}" has an id that is not letters, digits, ".", "_" or "-"`)
  const problem = findProblem(options)
  if (problem) fail(`cannot be read: ${problem.field}: ${problem.message}`)
  const path = findNonJson({ runtimeContext, ...rest })
  if (path !== undefined) fail(`must be JSON: ${path} is not`)
  const full = `${PREFIXES[owner.kind]}${owner.id}${id === undefined ? '' : `__${id}`}`
  return { ...rest, runtimeContext, id: full }
}

/** What of a schedule's time cannot be read, by its field. */
export function findProblem({
  cron,
  timezone = 'UTC',
}: Pick<Timing, 'cron' | 'timezone'>): { field: 'cron' | 'timezone'; message: string } | undefined {
  if (!isZone(timezone)) return { field: 'timezone', message: `"${timezone}" is no time zone` }
  try {
    if (nextTime(parseCron(cron), timezone, 0) !== undefined) return undefined
    return { field: 'cron', message: `"${cron}" never comes` }
  } catch (error) {
    return { field: 'cron', message: error instanceof Error ? error.message : String(error) }
  }
}
