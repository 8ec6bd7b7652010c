import { spaceOf } from '../../lib/protocol/address.ts'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import { placeOfRun } from '../../lib/protocol/run-id.ts'
import type { Principal } from '../../lib/security/principal.ts'
import { threadSpaceOf } from '../../lib/security/principal.ts'

/**
 * What is not the caller's does not exist, whoever knows its id. Gives the address of the object that holds the run.
 *
 * @throws EdgewiseError `run_not_found`.
 */
export function checkReach(principal: Principal, runId: string): string {
  const address = placeOfRun(runId)?.address
  const isOwn = address !== undefined && [threadSpaceOf(principal), 'run'].includes(spaceOf(address))
  if (isOwn) return address
  throw new EdgewiseError('run_not_found', `There is no run "${runId.slice(0, 100)}"`)
}
