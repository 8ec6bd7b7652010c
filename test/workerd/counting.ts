import { objectPlatform } from '../../durable-objects/platform.ts'
import type { Platform } from '../../lib/storage/platform.ts'

/** Rows that threads wrote and read, as the platform bills them: deletes apart, each alarm that was set as one. */
export const counted = { written: 0, deleted: 0, alarms: 0, read: 0 }

export function resetCount(): void {
  Object.assign(counted, { written: 0, deleted: 0, alarms: 0, read: 0 })
}

export function countingPlatform(state: DurableObjectState): Platform {
  const platform = objectPlatform(state)
  return {
    ...platform,
    sql: {
      transaction: platform.sql.transaction,
      run: (statement, ...values) => {
        const cursor = state.storage.sql.exec(statement, ...values)
        const rows = cursor.toArray()
        if (statement.startsWith('DELETE')) counted.deleted += cursor.rowsWritten
        else counted.written += cursor.rowsWritten
        counted.read += cursor.rowsRead
        // What SQLite gives back is what Sql declares.
        return rows as ReturnType<Platform['sql']['run']>
      },
    },
    setAlarm: (time) => {
      counted.alarms += 1
      platform.setAlarm(time)
    },
  }
}
