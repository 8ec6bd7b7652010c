import type { Memory } from '../memory/memory.ts'
import type { WorkingChange, WorkingMemory } from '../memory/working.ts'
import { applyChange } from '../memory/working.ts'
import { readWorking, toWorking } from '../memory/working-store.ts'
import { noteChange, waitingChanges } from './memory-outbox.ts'
import type { ThreadParts } from './parts.ts'
import type { ThreadState } from './thread-state.ts'
import type { TurnRecord } from './turn-request.ts'

/**
 * Takes a change of the working memory in, in one transaction: a thread's own is changed at once, that of its owner
 * through the outbox, so that no tool waits for a storage elsewhere. Either is on disk before the tool's result is.
 */
export function changeNow(
  parts: ThreadParts,
  memory: Memory,
  { turn, agentId, resourceId }: Pick<TurnRecord, 'turn' | 'agentId' | 'resourceId'>,
  change: WorkingChange,
): void {
  const { rows, platform, alarm } = parts
  platform.sql.transaction(() => {
    const meta = rows.readMeta()
    // It was deleted meanwhile.
    if (!meta) return
    if (memory.settings.workingMemory?.scope !== 'thread') {
      noteChange(parts, { turn, agentId, resourceId, change })
      return alarm.set(meta)
    }
    setOwnWorking(rows, change)
  })
}

/** What a thread keeps for itself. */
export function ownWorking(rows: ThreadState): WorkingMemory | undefined {
  const note = rows.readNote('working')
  return note === undefined ? undefined : toWorking(JSON.parse(note))
}

/** In the caller's transaction. */
export function setOwnWorking(rows: ThreadState, change: WorkingChange): void {
  rows.writeNote('working', JSON.stringify(applyChange(ownWorking(rows), change)))
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
