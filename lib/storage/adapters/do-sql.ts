import type { Sql, SqlRow, SqlValue } from '../sql.ts'

/** The part of a Durable Object's storage that holds SQLite. */
export interface SqliteStorage {
  sql: { exec(statement: string, ...values: SqlValue[]): { toArray(): Record<string, SqlValue>[] } }
  transactionSync<Result>(body: () => Result): Result
}

/** A Durable Object's own SQLite. */
export function createObjectSql(storage: SqliteStorage): Sql {
  return {
    run: (statement, ...values): SqlRow[] => storage.sql.exec(statement, ...values).toArray(),
    transaction: (body) => storage.transactionSync(body),
  }
}
