import { threadAddress, threadSpace } from '../protocol/address.ts'

/** Who asks. */
export interface Principal {
  /** Stable and unguessable by others: what idempotency keys and quotas are counted under. */
  id: string
  /** The only resource it may reach. Absent: a server's key or local development, which may name any. */
  resourceId?: string
}

/** The resource of a request: the caller's own, else the one it names, else `default`. */
export function resourceOf(principal: Principal, named: string | undefined, fallback: string): string {
  return principal.resourceId ?? named ?? fallback
}

/** The object of a thread, as this caller names it. Another caller's threads cannot be named at all. */
export function threadAddressOf(principal: Principal, threadId: string): string {
  return threadAddress(principal.resourceId, threadId)
}

export function threadSpaceOf(principal: Principal): string {
  return threadSpace(principal.resourceId)
}
