import type { JsonObject } from '../protocol/json.ts'
import type { ToolAnswer } from '../protocol/message.ts'
import type { Sql } from '../storage/sql.ts'
import { numberOf, textOf } from '../storage/sql.ts'
import { LOG_TABLE } from '../log/sqlite-log.ts'
import type { TurnRecord } from './turn-request.ts'

/** A thread as lists show it. Times are in milliseconds since 1970. */
export type ThreadInfo = {
  threadId: string
  resourceId: string
  title: string
  metadata: JsonObject
  createdAt: number
  updatedAt: number
}

/** A turn that has not ended. */
export interface OpenTurn {
  turn: number
  runId: string
  state: 'running' | 'queued'
  /** How often it was taken up without having come any further since. */
  tries: number
  /** How many results and steps it had when it was last taken up. */
  progress: number
}

/** The one row that every decision about a thread reads and writes. */
export interface ThreadMeta {
  info: ThreadInfo
  /** The object's own name. */
  address: string
  generation: number
  nextTurn: number
  /** How many messages it holds, with the answer that the running turn has yet to begin. */
  messages: number
  /** The first one may run; the others wait, in order. */
  open: OpenTurn[]
  /** When the whole thread is erased, in milliseconds since 1970: a run without a thread is kept only so long. */
  expiresAt?: number
  /** Since when it is its resource's, if another gave it away: in milliseconds since 1970. */
  ownedSince?: number
  /** The index of what was said holds, or will hold, some of it. */
  isIndexed?: true
  /** Who made the last change of what it keeps: a call that is made again after a crash knows its own work by it. */
  changeId?: string
  /** Counts changes of `info`, so that a stale copy elsewhere is known. */
  version: number
}

/** Something to be done elsewhere, committed together with what caused it. Done again after a crash: it must not matter. */
export interface OutboxEntry {
  key: string
  body: string
}

/** A turn that waits for somebody, or did when it last ran. */
export interface SuspendedTurn {
  runId: string
  /** When it was suspended, in milliseconds since 1970. */
  since: number
  /** Answers that its next life is to take up, by the call's id. */
  answers: Record<string, ToolAnswer>
  /** Secrets of the runtime context that it cannot go on without. */
  contextKeys?: string[]
  /** Somebody stopped it meanwhile: its next life only ends it. */
  isStopped?: true
}

export interface StoredKey {
  hash: string
  turn: number
  /** In milliseconds since 1970. */
  expiresAt: number
}

/** `state` holds the meta row, turns that wait for somebody (`wait/…`), idempotency keys (`key/…`), notes of the memory (`note/…`) and the outbox (`outbox/…`). */
const TABLES = [
  'CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value TEXT, due INTEGER) WITHOUT ROWID',
  'CREATE TABLE IF NOT EXISTS turns (turn INTEGER PRIMARY KEY, body TEXT)',
  LOG_TABLE,
]

/**
 * A thread's rows. Proof of the casts: what is parsed here was written here.
 */
export class ThreadState {
  readonly #sql: Sql
  #hasTables: boolean

  constructor(sql: Sql) {
    this.#sql = sql
    // Looking must not create anything: most ids that are asked for by chance name no thread.
    this.#hasTables = sql.run(`SELECT 1 FROM sqlite_master WHERE name = 'state'`).length > 0
  }

  createTables(): void {
    if (this.#hasTables) return
    for (const table of TABLES) this.#sql.run(table)
    this.#hasTables = true
  }

  forgetTables(): void {
    this.#hasTables = false
  }

  get hasTables(): boolean {
    return this.#hasTables
  }

  readMeta(): ThreadMeta | undefined {
    const value = this.#read('meta')
    return value === undefined ? undefined : (JSON.parse(value) as ThreadMeta)
  }

  writeMeta(meta: ThreadMeta): void {
    this.#write('meta', JSON.stringify(meta), null)
  }

  readKey(scope: string, now: number): StoredKey | undefined {
    const value = this.#read(`key/${scope}`)
    const key = value === undefined ? undefined : (JSON.parse(value) as StoredKey)
    return key && key.expiresAt > now ? key : undefined
  }

  writeKey(scope: string, key: StoredKey): void {
    this.#write(`key/${scope}`, JSON.stringify(key), key.expiresAt)
  }

  dropKeysBefore(now: number): void {
    if (this.#hasTables)
      this.#sql.run(`DELETE FROM state WHERE key > 'key/' AND key < 'key0' AND due <= ?`, now)
  }

  nextKeyExpiry(): number | undefined {
    if (!this.#hasTables) return undefined
    const [row] = this.#sql.run(`SELECT min(due) AS due FROM state WHERE key > 'key/' AND key < 'key0'`)
    return row && row['due'] !== null ? numberOf(row, 'due') : undefined
  }

  /** An entry of the same name that is still there is replaced. */
  writeOutbox(name: string, body: string): void {
    this.#write(`outbox/${name}`, body, null)
  }

  hasOutbox(): boolean {
    if (!this.#hasTables) return false
    return this.#sql.run(`SELECT 1 FROM state WHERE key > 'outbox/' AND key < 'outbox0' LIMIT 1`).length > 0
  }

  readOutbox(): OutboxEntry[] {
    if (!this.#hasTables) return []
    const rows = this.#sql.run(
      `SELECT key, value FROM state WHERE key > 'outbox/' AND key < 'outbox0' ORDER BY key`,
    )
    return rows.map((row) => ({ key: textOf(row, 'key'), body: textOf(row, 'value') }))
  }

  /** Removes an entry that was done, unless it was replaced meanwhile. */
  dropOutbox({ key, body }: OutboxEntry): void {
    this.#sql.run('DELETE FROM state WHERE key = ? AND value = ?', key, body)
  }

  /** An entry that is in the outbox. */
  readOutboxEntry(name: string): OutboxEntry | undefined {
    const body = this.#read(`outbox/${name}`)
    return body === undefined ? undefined : { key: `outbox/${name}`, body }
  }

  /** Something that the memory keeps of the thread. */
  readNote(name: string): string | undefined {
    return this.#read(`note/${name}`)
  }

  writeNote(name: string, value: string): void {
    this.#write(`note/${name}`, value, null)
  }

  dropNote(name: string): void {
    this.#sql.run('DELETE FROM state WHERE key = ?', `note/${name}`)
  }

  readTurn(turn: number): TurnRecord | undefined {
    const [row] = this.#sql.run('SELECT body FROM turns WHERE turn = ?', turn)
    return row && (JSON.parse(textOf(row, 'body')) as TurnRecord)
  }

  writeTurn(record: TurnRecord): void {
    this.#sql.run(
      'INSERT OR REPLACE INTO turns (turn, body) VALUES (?, ?)',
      record.turn,
      JSON.stringify(record),
    )
  }

  /** In the commit of the last event of a turn's life. For those who tell of it elsewhere. */
  endTurn(_turn: number): void {}

  readSuspended(turn: number): SuspendedTurn | undefined {
    const value = this.#read(suspendedKey(turn))
    return value === undefined ? undefined : (JSON.parse(value) as SuspendedTurn)
  }

  writeSuspended(turn: number, suspended: SuspendedTurn): void {
    this.#write(suspendedKey(turn), JSON.stringify(suspended), null)
  }

  dropSuspended(turn: number): void {
    this.#sql.run('DELETE FROM state WHERE key = ?', suspendedKey(turn))
  }

  /** The turns that wait, oldest first. */
  suspendedTurns(): number[] {
    if (!this.#hasTables) return []
    const rows = this.#sql.run(`SELECT key FROM state WHERE key > 'wait/' AND key < 'wait0' ORDER BY key`)
    return rows.map((row) => Number.parseInt(textOf(row, 'key').slice('wait/'.length), 36))
  }

  dropTurn(turn: number): void {
    this.#sql.run('DELETE FROM turns WHERE turn = ?', turn)
  }

  /** Turns before `before`, newest first. */
  turnsBefore(before: number, limit: number): TurnRecord[] {
    const rows = this.#sql.run(
      'SELECT body FROM turns WHERE turn < ? ORDER BY turn DESC LIMIT ?',
      before,
      limit,
    )
    return rows.map((row) => JSON.parse(textOf(row, 'body')) as TurnRecord)
  }

  /** Turns from `from` on, oldest first. */
  turnsFrom(from: number, limit: number): TurnRecord[] {
    const rows = this.#sql.run('SELECT body FROM turns WHERE turn >= ? ORDER BY turn LIMIT ?', from, limit)
    return rows.map((row) => JSON.parse(textOf(row, 'body')) as TurnRecord)
  }

  /** Turns that hold messages of these ids, oldest first; those that were taken back are not among them. */
  turnsWith(messageIds: readonly string[]): TurnRecord[] {
    if (!this.#hasTables) return []
    const rows = this.#sql.run(
      `WITH wanted AS (SELECT value FROM json_each(?))
       SELECT body FROM turns WHERE body ->> '$.messageId' IN wanted OR body ->> '$.inputId' IN wanted ORDER BY turn`,
      JSON.stringify(messageIds),
    )
    const records = rows.map((row) => JSON.parse(textOf(row, 'body')) as TurnRecord)
    return records.filter((record) => !record.isSuperseded)
  }

  /** The ids of all messages, with those that were taken back. */
  messageIds(): string[] {
    const rows = this.#sql.run(
      `SELECT body ->> '$.inputId' AS input, body ->> '$.messageId' AS answer FROM turns`,
    )
    return rows.flatMap((row) => [textOf(row, 'input'), textOf(row, 'answer')])
  }

  /**
   * Erases the thread but keeps the tables, in which the outbox may still have something to do: what others are to
   * forget or to take in, whether there is a thread or not, stays.
   */
  clear(): void {
    const kept = this.readOutbox().filter(({ key }) => OUTLIVING.some((name) => key.startsWith(name)))
    for (const table of ['state', 'turns', 'log']) this.#sql.run(`DELETE FROM ${table}`)
    for (const { key, body } of kept) this.#write(key, body, null)
  }

  #read(key: string): string | undefined {
    if (!this.#hasTables) return undefined
    const [row] = this.#sql.run('SELECT value FROM state WHERE key = ?', key)
    return row && textOf(row, 'value')
  }

  #write(key: string, value: string, due: number | null): void {
    this.#sql.run('INSERT OR REPLACE INTO state (key, value, due) VALUES (?, ?, ?)', key, value, due)
  }
}

/** Entries of the outbox that do not end with the thread: what is cleared, taken off lists and indexes, or is its owner's. */
const OUTLIVING = [
  'clear/',
  'thread-left/',
  'messages/',
  'memory/forget/',
  'memory/working/',
  'memory/sweep',
].map((name) => `outbox/${name}`)

/** Fixed width, so that keys order as turns do. */
function suspendedKey(turn: number): string {
  return `wait/${turn.toString(36).padStart(8, '0')}`
}
