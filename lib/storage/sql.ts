/** A value as SQLite binds it. Booleans and BigInt are not among them: workerd binds a boolean as text. */
export type SqlValue = string | number | null | ArrayBuffer

export type SqlRow = Record<string, SqlValue>

/**
 * A synchronous SQLite database, as a Durable Object has one.
 *
 * **Contract:** `run` executes one statement to its end and gives its rows. `transaction` runs `body` as one unit:
 * what it wrote is undone if it throws. `body` must not be async.
 */
export interface Sql {
  run(statement: string, ...values: SqlValue[]): SqlRow[]
  transaction<Result>(body: () => Result): Result
}

export function textOf(row: SqlRow, column: string): string {
  const value = row[column]
  if (typeof value !== 'string')
    throw new TypeError(`Cannot read column ${column} as text: it is ${typeof value}`)
  return value
}

export function numberOf(row: SqlRow, column: string): number {
  const value = row[column]
  if (typeof value !== 'number')
    throw new TypeError(`Cannot read column ${column} as a number: it is ${typeof value}`)
  return value
}
