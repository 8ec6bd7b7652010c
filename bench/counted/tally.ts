/** What an object's storage was told to write, as the platform bills it. */
export interface Tally {
  /** Rows of inserts and updates, index entries included. */
  written: number
  deleted: number
  /** Each counts as one row. */
  alarms: number
}

/** Counts on the object's own storage, so that nothing which writes goes past it. */
export function tallyStorage({ storage }: DurableObjectState, tally: Tally): void {
  const { sql } = storage
  const exec = sql.exec.bind(sql)
  sql.exec = <Row extends Record<string, SqlStorageValue>>(
    statement: string,
    ...values: unknown[]
  ): SqlStorageCursor<Row> => {
    const cursor = exec<Row>(statement, ...values)
    // A write is done when exec returns: only rows to be read are left in the cursor.
    if (/^\s*DELETE/i.test(statement)) tally.deleted += cursor.rowsWritten
    else tally.written += cursor.rowsWritten
    return cursor
  }
  const setAlarm = storage.setAlarm.bind(storage)
  storage.setAlarm = (...args) => {
    tally.alarms += 1
    return setAlarm(...args)
  }
}
