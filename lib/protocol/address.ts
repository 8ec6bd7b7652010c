/** A Durable Object's name, built from who owns it and what it is called there. */

/** The space of callers that are bound to no resource: a server's key, local development. */
const UNBOUND = '-'

/**
 * The name of a thread's object: `<resource>/<thread>` for a caller bound to a resource, `-/<thread>` for one that
 * is not. Both parts are escaped, so that no choice of ids reaches into another's space. Names are storage
 * identity: this function must never give another answer for the same arguments.
 */
export function threadAddress(boundTo: string | undefined, threadId: string): string {
  return `${threadSpace(boundTo)}/${escapePart(threadId)}`
}

/** The part of {@link threadAddress} that all of one caller's threads share. */
export function threadSpace(boundTo: string | undefined): string {
  return boundTo === undefined ? UNBOUND : escapePart(boundTo)
}

/** The space of a thread's name. */
export function spaceOf(address: string): string {
  return address.slice(0, address.lastIndexOf('/'))
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
  let hash = 0x811c9dc5
  for (let i = 0; i < runId.length; i += 1) hash = Math.imul(hash ^ runId.charCodeAt(i), 0x01000193)
  return `${runShards(workflowId)}/${month}/${(hash >>> 0) % RUN_SHARDS}`
}

/** All shards that list the runs of a month. */
export function runShardsOf(workflowId: string, month: string): string[] {
  return Array.from({ length: RUN_SHARDS }, (_, shard) => `${runShards(workflowId)}/${month}/${shard}`)
}

/** The shard that knows in which months there were runs. */
export function runShards(workflowId: string): string {
  return `runs/${encodeURIComponent(workflowId)}`
}

/** The Store shard that holds what one resource owns. */
export function resourceShard(resourceId: string): string {
  return `resource/${escapePart(resourceId)}`
}

const CACHE_SHARDS = 16

/** The Store shard of what a cache keeps for everybody, by the first hexadecimal digit of its key. */
export function cacheShard(key: string): string {
  return `cache/${Number.parseInt(key.slice(0, 1), CACHE_SHARDS)}`
}

function escapePart(part: string): string {
  // A resource called "-" or "run" must not become the unbound space or the space of runs.
  if (part === UNBOUND) return '%2D'
  if (part === 'run') return '%72un'
  return encodeURIComponent(part)
}
