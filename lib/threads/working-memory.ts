import type { Memory } from '../memory/memory.ts'
import type { WorkingChange, WorkingMemory } from '../memory/working.ts'
import { applyChange, checkGrowth } from '../memory/working.ts'
import { readWorking, toWorking } from '../memory/working-store.ts'
import { noteChange, waitingChanges } from './memory-outbox.ts'
import type { ThreadParts } from './parts.ts'
import type { ThreadState } from './thread-state.ts'
import type { TurnRecord } from './turn-request.ts'

/**
 * Takes a change of the working memory in, in one transaction: a thread's own is changed at once, that of its owner
 * through the outbox, so that no tool waits for a storage elsewhere. Either is on disk before the tool's result is.
 * `seen` is the owner's as the turn knows it.
 *
 * @throws RangeError if it would grow too long.
 */
export function changeNow(
  parts: ThreadParts,
  memory: Memory,
  { turn, agentId, resourceId }: Pick<TurnRecord, 'turn' | 'agentId' | 'resourceId'>,
  change: WorkingChange,
  seen: WorkingMemory | undefined,
): void {
  const { rows, platform, alarm } = parts
  platform.sql.transaction(() => {
    const meta = rows.readMeta()
    // It was deleted meanwhile.
    if (!meta) return
    if (memory.settings.workingMemory?.scope !== 'thread') {
      checkGrowth(seen, change)
      noteChange(parts, { turn, agentId, resourceId, change })
      return alarm.set(meta)
    }
    checkGrowth(ownWorking(rows), change)
    setOwnWorking(rows, change)
  })
}

/** What a thread keeps for itself. */
export function ownWorking(rows: ThreadState): WorkingMemory | undefined {
  const note = rows.readNote('working')
  return note === undefined ? undefined : toWorking(JSON.parse(note))
}

/** How many changes are known beside those of the same step. */
const APPLIED = 20

/**
 * In the caller's transaction. A call is made again only while its step's results are not all there: all that the
 * step has changed is known.
 */
export function setOwnWorking(rows: ThreadState, change: WorkingChange): void {
  const { content, applied } = applyChange(ownWorking(rows), change)
  const step = change.id.slice(0, change.id.lastIndexOf('/') + 1)
  const known = applied.filter(
    (id, at) => at >= applied.length - APPLIED || (step !== '' && id.startsWith(step)),
  )
  rows.writeNote('working', JSON.stringify({ content, applied: known }))
}

/**
 * The working memory as the agent is to see it: what is stored, with the changes that are still on their way.
 *
 * @throws what the storage throws.
 */
export async function currentWorking(
  { rows, services }: ThreadParts,
  memory: Memory,
  resourceId: string,
): Promise<WorkingMemory | undefined> {
  if (memory.settings.workingMemory?.scope === 'thread') return ownWorking(rows)
  const stored = await readWorking(memory.open(services, resourceId).documents)
  return waitingChanges(rows, resourceId).reduce<WorkingMemory | undefined>(applyChange, stored)
}
