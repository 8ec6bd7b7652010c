import type { Memory } from '../memory/memory.ts'
import type { WorkingChange } from '../memory/working.ts'
import { applyChange } from '../memory/working.ts'
import { toWorking } from '../memory/working-store.ts'
import { noteChange } from './memory-outbox.ts'
import type { ThreadParts } from './parts.ts'

export interface OwnChange {
  agentId: string
  resourceId: string
  change: WorkingChange
}

/**
 * Takes a change of the working memory in, in one transaction: a thread's own is changed at once, that of its owner
 * through the outbox, so that no tool waits for a storage elsewhere. Either is on disk before the tool's result is.
 */
export function changeNow(parts: ThreadParts, memory: Memory, own: OwnChange): void {
  const { rows, platform, alarm } = parts
  platform.sql.transaction(() => {
    const meta = rows.readMeta()
    // It was deleted meanwhile.
    if (!meta) return
    if (memory.settings.workingMemory?.scope !== 'thread') {
      noteChange(parts, own)
      return alarm.set(meta)
    }
    const note = rows.readNote('working')
    const before = note === undefined ? undefined : toWorking(JSON.parse(note))
    rows.writeNote('working', JSON.stringify(applyChange(before, own.change)))
  })
}
