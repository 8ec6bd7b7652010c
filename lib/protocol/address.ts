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

/** The Store shard that holds what one resource owns. */
export function resourceShard(resourceId: string): string {
  return `resource/${escapePart(resourceId)}`
}

function escapePart(part: string): string {
  // A resource called "-" or "run" must not become the unbound space or the space of runs.
  if (part === UNBOUND) return '%2D'
  if (part === 'run') return '%72un'
  return encodeURIComponent(part)
}
