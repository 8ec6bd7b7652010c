import type { Sql } from '../storage/sql.ts'
import { numberOf, textOf } from '../storage/sql.ts'
import type { ScheduleInfo, Trigger } from './schedule-info.ts'

/** The one row that says what the schedule is. */
export interface ScheduleMeta {
  info: ScheduleInfo
  /** The declaration that it follows, if the code made it. */
  declared?: string
  /** The wish that made it. */
  nonce: string
  /** Counts changes of `info`. */
  version: number
  /** The version that the list knows. */
  told: number
  /** It is gone, and the list is to be told so. */
  isDeleted?: true
  /** All that its owner had is: nobody is to know that it was there. */
  isErased?: true
}

const TABLES = [
  'CREATE TABLE IF NOT EXISTS schedule (id INTEGER PRIMARY KEY, value TEXT)',
  'CREATE TABLE IF NOT EXISTS triggers (id INTEGER PRIMARY KEY, outcome TEXT, value TEXT)',
]

/** So many triggers are remembered. */
export const KEPT_TRIGGERS = 200

/** A schedule's rows. Proof of the casts: what is parsed here was written here. */
export class ScheduleRows {
  readonly #sql: Sql
  #hasTables: boolean

  constructor(sql: Sql) {
    this.#sql = sql
    // Looking must not create anything.
    this.#hasTables = sql.run(`SELECT 1 FROM sqlite_master WHERE name = 'schedule'`).length > 0
  }

  readMeta(): ScheduleMeta | undefined {
    if (!this.#hasTables) return undefined
    const [row] = this.#sql.run('SELECT value FROM schedule')
    return row && (JSON.parse(textOf(row, 'value')) as ScheduleMeta)
  }

  writeMeta(meta: ScheduleMeta): void {
    if (!this.#hasTables) for (const table of TABLES) this.#sql.run(table)
    this.#hasTables = true
    this.#sql.run('INSERT OR REPLACE INTO schedule (id, value) VALUES (1, ?)', JSON.stringify(meta))
  }

  addTrigger(trigger: Omit<Trigger, 'id'>): void {
    const [row] = this.#sql.run('SELECT max(id) AS id FROM triggers')
    const last = row && row['id'] !== null ? numberOf(row, 'id') : 0
    this.writeTrigger({ ...trigger, id: last + 1 })
    this.#sql.run(`DELETE FROM triggers WHERE id <= ? AND outcome <> 'waiting'`, last + 1 - KEPT_TRIGGERS)
  }

  writeTrigger(trigger: Trigger): void {
    this.#sql.run(
      'INSERT OR REPLACE INTO triggers (id, outcome, value) VALUES (?, ?, ?)',
      trigger.id,
      trigger.outcome,
      JSON.stringify(trigger),
    )
  }

  /** The newest first. */
  readTriggers(): Trigger[] {
    return this.#select('ORDER BY id DESC')
  }

  /** Those whose runs are to be started, in order. */
  readWaiting(): Trigger[] {
    return this.#select(`WHERE outcome = 'waiting' ORDER BY id`)
  }

  clearTriggers(): void {
    this.#sql.run('DELETE FROM triggers')
  }

  forgetTables(): void {
    this.#hasTables = false
  }

  #select(clause: string): Trigger[] {
    if (!this.#hasTables) return []
    return this.#sql
      .run(`SELECT value FROM triggers ${clause}`)
      .map((row) => JSON.parse(textOf(row, 'value')) as Trigger)
  }
}
