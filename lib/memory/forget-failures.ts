import type { Documents } from '../storage/documents.ts'
import { SWEEP_COLLECTION } from './sweep-state.ts'

/** What an index was to forget of a thread, and what it said to that: it is tried again, and told of meanwhile. */
export type ForgetFailure = {
  address: string
  error: string
  /** In milliseconds since 1970. */
  since: number
}

export async function writeForgetFailure(documents: Documents, failure: ForgetFailure): Promise<void> {
  const { address, since } = failure
  await documents.put(SWEEP_COLLECTION, {
    id: idOf(address),
    body: failure,
    index: { since },
    version: since,
  })
}

/** `version` is above the time of the failure. */
export async function dropForgetFailure(
  documents: Documents,
  address: string,
  version: number,
): Promise<void> {
  await documents.delete(SWEEP_COLLECTION, idOf(address), version)
}

/** The latest of a resource. */
export async function listForgetFailures(documents: Documents): Promise<ForgetFailure[]> {
  const query = { by: 'since', order: 'descending', limit: 20 } as const
  const page = await documents.query(SWEEP_COLLECTION, query)
  // Proof of the cast: writeForgetFailure wrote them.
  return page.documents.map(({ body }) => body as ForgetFailure)
}

function idOf(address: string): string {
  return `forget ${address}`
}
