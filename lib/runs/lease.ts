import { queueAddress } from '../protocol/address.ts'
import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { keyOf } from '../workflows/concurrency.ts'
import type { Change, Drive } from '../workflows/drive.ts'
import type { FlowDefinition } from '../workflows/graph.ts'
import type { RunEvent } from '../protocol/run-event.ts'
import type { RunState } from '../workflows/run-state.ts'
import type { RunParts } from './parts.ts'
import type { RunMeta, RunRows } from './run-rows.ts'

/** What names the queue; undefined if the workflow has no limit. @throws EdgewiseError `invalid_request` if it cannot say its key. */
export function queueOf(
  { id, concurrency }: FlowDefinition,
  address: string,
  runtimeContext: JsonObject,
  input: JsonValue,
): string | undefined {
  if (!concurrency) return undefined
  const space = address.slice(0, address.indexOf('/'))
  return queueAddress(space, id, keyOf(concurrency, input, runtimeContext))
}

/** What the queue must hear of these events, said in their transaction. */
export function tellQueue(rows: RunRows, meta: RunMeta, events: readonly RunEvent[]): void {
  if (!meta.lease) return
  for (const { type } of events) {
    if (type === 'run-end') postRelease(rows, meta)
    if (type === 'run-start' || type === 'run-restart') postAcquire(rows, meta)
  }
}

export function postRelease(rows: RunRows, { lease, address }: RunMeta): void {
  if (!lease) return
  const { queue, ticket } = lease
  rows.postLetter({ address: queue, call: { type: 'queue-release', address, ticket } })
}

function postAcquire(rows: RunRows, { lease, address }: RunMeta): void {
  if (!lease) return
  const { queue, ticket } = lease
  rows.postLetter({ address: queue, call: { type: 'queue-acquire', address, ticket } })
}

/** A run that still waits asks again. */
export function askAgain({ rows, platform }: RunParts, meta: RunMeta | undefined): void {
  if (meta?.info.status !== 'pending' || rows.readLetters().length > 0) return
  platform.sql.transaction(() => postAcquire(rows, meta))
}

/** Lets a run go that waits for just this lease. Says whether it is going with it. */
export async function admitRun(
  { run, drive, meta }: { run: RunState; drive: Drive; meta: RunMeta },
  ticket: number,
  { submit, now }: { submit: (change: Change) => Promise<void>; now: () => number },
): Promise<boolean> {
  const isMine = (): boolean => meta.lease?.ticket === ticket && run.outcome === undefined
  if (!isMine()) return false
  await submit((say) => {
    if (run.status !== 'pending' || !isMine()) return undefined
    say({ type: 'run-admit', at: now() })
    // One that was canceled meanwhile makes good what it had done.
    return run.unwinding ? run.root : drive.rerun(say)
  })
  return isMine()
}

/** How many are to go before a run that waits; nothing of one that does not, or where that cannot be learned. */
export async function placeOf(
  { services }: RunParts,
  { lease, address, info }: RunMeta,
): Promise<{ before?: number }> {
  if (!lease || info.status !== 'pending') return {}
  try {
    const response = await services.callRun(lease.queue, { type: 'queue-place', address })
    return response.ok ? { before: await response.json() } : {}
  } catch {
    return {}
  }
}
