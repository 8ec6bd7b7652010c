/** A Durable Object's name, built from who owns it and what it is called there. */

/** The space of callers that are bound to no resource: a server's key, local development. */
const UNBOUND = '-'

/**
 * The name of a thread's object: `<resource>/<thread>` for a caller bound to a resource, `-/<thread>` for one that
 * is not. Both parts are escaped, so that no choice of ids reaches into another's space. Names are storage
 * identity: this function must never give another answer for the same arguments.
 */
export function threadAddress(boundTo: string | undefined, threadId: string): string {
  return threadAddressIn(threadSpace(boundTo), threadId)
}

/** The same by the space, which is {@link threadSpace}'s. */
export function threadAddressIn(space: string, threadId: string): string {
  return `${space}/${escapePart(threadId)}`
}

/** The part of {@link threadAddress} that all of one caller's threads share. */
export function threadSpace(boundTo: string | undefined): string {
  return boundTo === undefined ? UNBOUND : escapePart(boundTo)
}

/** The space of a thread's name. */
export function spaceOf(address: string): string {
  return address.slice(0, address.lastIndexOf('/'))
}

/** The resource that the caller is bound to in whose space an object is. */
export function callerIn(space: string): string | undefined {
  return space === UNBOUND ? undefined : decodeURIComponent(space)
}

/** The object of a run without a thread, which must outlive its request. */
export function runAddress(runId: string): string {
  return `run/${escapePart(runId)}`
}

/**
 * The name of a workflow run's object: `<resource>/<workflow>/<run>` for a caller bound to a resource, `-/…` for one
 * that is not. Storage identity, as {@link threadAddress}.
 */
export function workflowRunAddress(boundTo: string | undefined, workflowId: string, runId: string): string {
  return `${workflowRunSpace(boundTo, workflowId)}${encodeURIComponent(runId)}`
}

/** What the names of all runs of a workflow that a caller may reach begin with. */
export function workflowRunSpace(boundTo: string | undefined, workflowId: string): string {
  return `${threadSpace(boundTo)}/${encodeURIComponent(workflowId)}/`
}

const RUN_SHARDS = 16

/** The Store shard that lists a run: by its workflow, the month of its beginning (`2026-11`), and its id's hash. */
export function runShard(workflowId: string, month: string, runId: string): string {
  return `${runShards(workflowId)}/${month}/${hashOf(runId) % RUN_SHARDS}`
}

/** All shards that list the runs of a month. */
export function runShardsOf(workflowId: string, month: string): string[] {
  return Array.from({ length: RUN_SHARDS }, (_, shard) => `${runShards(workflowId)}/${month}/${shard}`)
}

/** The shard that knows in which months there were runs. */
export function runShards(workflowId: string): string {
  return `runs/${encodeURIComponent(workflowId)}`
}

/** The shard that knows of which workflows there were runs, also of those that the code has no longer. */
export const RUNS_SHARD = 'runs'

/** The Store shard that holds what one resource owns. */
export function resourceShard(resourceId: string): string {
  return `resource/${escapePart(resourceId)}`
}

const CACHE_SHARDS = 16

/** The Store shard of what a cache keeps for everybody, by the first hexadecimal digit of its key. */
export function cacheShard(key: string): string {
  return `cache/${Number.parseInt(key.slice(0, 1), CACHE_SHARDS)}`
}

/** With this the names of schedules' objects begin, as those of no run can: there a colon is escaped. */
const SCHEDULE = 'schedule:'

/**
 * The name of a schedule's object: `schedule:<resource>/<schedule>` for a caller bound to a resource, `schedule:-/…` for
 * one that is not. It is an object of the class that holds runs. Storage identity, as {@link threadAddress}.
 */
export function scheduleAddress(boundTo: string | undefined, scheduleId: string): string {
  return `${SCHEDULE}${threadSpace(boundTo)}/${encodeURIComponent(scheduleId)}`
}

/** Whose schedule an object holds, and which; undefined if it holds none. */
export function placeOfSchedule(
  address: string | undefined,
): { boundTo: string | undefined; scheduleId: string } | undefined {
  if (!address?.startsWith(SCHEDULE)) return undefined
  const [space = '', id = ''] = address.slice(SCHEDULE.length).split('/')
  return {
    boundTo: callerIn(space),
    scheduleId: decodeURIComponent(id),
  }
}

/** Likewise the names of queues. */
const QUEUE = 'queue:'

/**
 * The name of the object that counts the runs of a workflow under one key: `queue:<resource>/<workflow>/<key>`, of the
 * class that holds runs. `space` is the first part of the runs' own names. Storage identity, as {@link threadAddress}.
 */
export function queueAddress(space: string, workflowId: string, key: string): string {
  return `${QUEUE}${space}/${encodeURIComponent(workflowId)}/${encodeURIComponent(key)}`
}

/** Whose runs a queue counts; undefined if the name is no queue's. */
export function workflowOfQueue(address: string): string | undefined {
  if (!address.startsWith(QUEUE)) return undefined
  return decodeURIComponent(address.split('/')[1] ?? '')
}

/** Likewise the names of erasures. */
const ERASURE = 'erasure:'

/**
 * The name of the object that erases what a resource owns, and knows for ever when it was: `erasure:<resource>`, of the
 * class that holds runs. Storage identity, as {@link threadAddress}.
 */
export function erasureAddress(resourceId: string): string {
  return `${ERASURE}${encodeURIComponent(resourceId)}`
}

/** Whose erasure an object holds; undefined if it holds none. */
export function resourceOfErasure(address: string): string | undefined {
  return address.startsWith(ERASURE) ? decodeURIComponent(address.slice(ERASURE.length)) : undefined
}

const SCHEDULE_SHARDS = 8

/** The Store shard that lists a schedule: all of one resource in one, those of nobody by their ids. */
export function scheduleShard(boundTo: string | undefined, scheduleId: string): string {
  return `schedules/${hashOf(boundTo ?? `/${scheduleId}`) % SCHEDULE_SHARDS}`
}

/** The Store shards that list the schedules a caller may see. */
export function scheduleShardsOf(boundTo: string | undefined): string[] {
  return boundTo === undefined ? allScheduleShards() : [scheduleShard(boundTo, '')]
}

/** The Store shard that knows which schedules the code has declared. */
export const DECLARED_SHARD = 'schedules/declared'

/** All that list any. */
export function allScheduleShards(): string[] {
  return Array.from({ length: SCHEDULE_SHARDS }, (_, shard) => `schedules/${shard}`)
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

function escapePart(part: string): string {
  // A resource called "-" or "run" must not become the unbound space or the space of runs.
  if (part === UNBOUND) return '%2D'
  if (part === 'run') return '%72un'
  return encodeURIComponent(part)
}
