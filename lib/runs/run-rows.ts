import type { EventLog } from '../log/event-log.ts'
import type { LogRow } from '../log/row.ts'
import type { JsonObject } from '../protocol/json.ts'
import type { Offset } from '../protocol/offset.ts'
import type { Sql, SqlRow } from '../storage/sql.ts'
import { numberOf, textOf } from '../storage/sql.ts'
import type { TraceLink } from '../telemetry/span.ts'
import type { RunInfo } from '../workflows/result.ts'
import type { Letter } from './letter.ts'
import type { StoredShape } from './shape.ts'

/** The one row that is changed as the run goes from one standing to another, not with its steps. */
export interface RunMeta {
  info: RunInfo
  /** The object's own name. */
  address: string
  /** The last life that wrote anything. */
  generation: number
  /** How often it was taken up after a crash without having come any further since. */
  tries: number
  /** How many steps had settled when it was last taken up. */
  progress: number
  /** Counts changes of `info`, so that a stale copy elsewhere is known. */
  version: number
  /** What it needs to be going, if its workflow has a limit. */
  lease?: Lease
}

/** What a run of a limited workflow needs to be going. */
export interface Lease {
  /** The object that gives it. */
  queue: string
  /** Which of the run's leases it is: a run that is restarted needs a later one. */
  ticket: number
}

/** A run that was asked for and has not been started. */
export interface CreatedRun {
  runId: string
  workflowId: string
  resourceId?: string
  /** In milliseconds since 1970. */
  createdAt: number
}

/** What the run was started with, beside what its log says. Written once. */
export interface RunOrigin {
  runtimeContext: JsonObject
  /** The keys of it that are secret, and so are not in it. */
  secretKeys?: string[]
  shape: StoredShape
  trace?: TraceLink
}

/**
 * `log` has the place of its row's first event as its key: one row a commit, and nothing beside the events. `state`
 * has a row of its own for each thing: see {@link META} and its like. Both have numbers as their keys, because only
 * then SQLite fills its pages, and keeps values of some thousand bytes in them.
 */
const TABLES = [
  'CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY, value TEXT, life INTEGER)',
  'CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY, body TEXT)',
]

/** Where the run stands; `life` is its generation. */
const META = 1
const ORIGIN = 2
/** What its list must be told. */
const OUTBOX = 3
/** It was asked for and not started. */
const CREATED = 4
/** From here on: what other objects must be told, in the order in which it was said. */
const LETTERS = 1000

/** Made when the first value comes that is too long for a row. */
const PIECES = `CREATE TABLE IF NOT EXISTS pieces (
  id INTEGER, piece INTEGER, body TEXT, PRIMARY KEY (id, piece)
) WITHOUT ROWID`

/** At three bytes a unit this stays below 1.5 MB; the platform's limit for a row is 2 MB. */
const PIECE_LENGTH = 500_000

/** Places of a life that fit between the keys of two lives. */
const PLACES = 2 ** 32

/** Behind all that a life may have said. */
export const LAST_PLACE = PLACES - 1

/** A letter that waits in the outbox. */
export interface PostedLetter {
  id: number
  /** As it is in its row. */
  body: string
  letter: Letter
}

/** Another life of the object has taken the run up: what this one still does goes nowhere. */
export class StaleLife extends Error {
  override readonly name = 'StaleLife'
}

/** A run's rows. Proof of the casts: what is parsed here was written here. */
export class RunRows implements EventLog {
  readonly #sql: Sql
  #hasTables: boolean
  /** In one life no letter gets the id of another. */
  #lastLetter = 0

  constructor(sql: Sql) {
    this.#sql = sql
    // Looking must not create anything: most ids that are asked for by chance name no run.
    this.#hasTables = sql.run(`SELECT 1 FROM sqlite_master WHERE name = 'state'`).length > 0
  }

  get hasTables(): boolean {
    return this.#hasTables
  }

  createTables(): void {
    if (this.#hasTables) return
    for (const table of TABLES) this.#sql.run(table)
    this.#hasTables = true
  }

  forgetTables(): void {
    this.#hasTables = false
  }

  readMeta(): RunMeta | undefined {
    const value = this.#read(META)
    return value === undefined ? undefined : (JSON.parse(value) as RunMeta)
  }

  /** The last life that wrote anything; 0 if there is no run. */
  readLife(): number {
    if (!this.#hasTables) return 0
    const [row] = this.#sql.run(`SELECT life FROM state WHERE id = ${META}`)
    return row ? numberOf(row, 'life') : 0
  }

  /** The key of the last row of the log; undefined if there is none. */
  lastKey(): number | undefined {
    if (!this.#hasTables) return undefined
    const [row] = this.#sql.run('SELECT max(id) AS id FROM log')
    return row && row['id'] !== null ? numberOf(row, 'id') : undefined
  }

  writeMeta(meta: RunMeta): void {
    this.#write(META, JSON.stringify(meta), meta.generation)
  }

  readOrigin(): RunOrigin | undefined {
    const value = this.#read(ORIGIN)
    return value === undefined ? undefined : (JSON.parse(value) as RunOrigin)
  }

  writeOrigin(origin: RunOrigin): void {
    this.#write(ORIGIN, JSON.stringify(origin), null)
  }

  readCreated(): CreatedRun | undefined {
    const value = this.#read(CREATED)
    return value === undefined ? undefined : (JSON.parse(value) as CreatedRun)
  }

  writeCreated(created: CreatedRun): void {
    this.#write(CREATED, JSON.stringify(created), null)
  }

  /** What must be said elsewhere, committed with what caused it. What was there and is not said yet is replaced. */
  writeOutbox(body: string): void {
    this.#write(OUTBOX, body, null)
  }

  readOutbox(): string | undefined {
    return this.#read(OUTBOX)
  }

  /** It was said, unless it was replaced meanwhile. */
  dropOutbox(body: string): void {
    if (this.#hasTables) this.#sql.run('DELETE FROM state WHERE id = ? AND value = ?', OUTBOX, body)
  }

  /** Whether anything must be said elsewhere. */
  get hasOutbox(): boolean {
    if (!this.#hasTables) return false
    return this.#sql.run('SELECT 1 FROM state WHERE id = ? OR id >= ? LIMIT 1', OUTBOX, LETTERS).length > 0
  }

  /** Another object must be told, committed with what caused it. */
  postLetter(letter: Letter): void {
    const [row] = this.#sql.run('SELECT max(id) AS id FROM state WHERE id >= ?', LETTERS)
    const last = row && row['id'] !== null ? numberOf(row, 'id') : LETTERS - 1
    const id = Math.max(last, this.#lastLetter) + 1
    this.#lastLetter = id
    const body = JSON.stringify(letter)
    const isLong = body.length > PIECE_LENGTH
    this.#sql.run('INSERT INTO state (id, value) VALUES (?, ?)', id, isLong ? LONG : body)
    // The log's places are its own.
    if (isLong) this.#appendPieces(-id, body)
  }

  /** What other objects must be told, in order: so many behind a letter. Default: all. */
  readLetters(after = 0, limit = -1): PostedLetter[] {
    if (!this.#hasTables) return []
    const from = Math.max(after + 1, LETTERS)
    const rows = this.#sql.run('SELECT id, value FROM state WHERE id >= ? ORDER BY id LIMIT ?', from, limit)
    return rows.map((row) => {
      const id = numberOf(row, 'id')
      const body = textOf(row, 'value')
      const whole = body === LONG ? this.#readPieces(-id) : body
      return { id, body, letter: JSON.parse(whole) as Letter }
    })
  }

  /** It has arrived. Another life may have used its id again, so it is known by its words as well. */
  dropLetter({ id, body }: PostedLetter): void {
    if (!this.#hasTables) return
    this.#sql.run('DELETE FROM state WHERE id = ? AND value = ?', id, body)
    if (body === LONG) this.#sql.run('DELETE FROM pieces WHERE id = ?', -id)
  }

  /** Erases the run but keeps the tables, in which the outbox may still have something to do. */
  clear(): void {
    this.#sql.run('DELETE FROM state')
    this.#sql.run('DELETE FROM log')
    if (this.#hasPieces()) this.#sql.run('DELETE FROM pieces')
  }

  /** @throws StaleLife if a later life has written. */
  append(rows: readonly LogRow[]): void {
    // Nobody comes between this question and the writing. In one statement with RETURNING both cost more.
    const life = this.readLife()
    for (const { generation, start, end, body } of rows) {
      if (generation !== life)
        throw new StaleLife(`Cannot write for life ${generation} of the run: it is in life ${life}`)
      const id = keyOf(generation, start)
      const size = end - start
      const text = size === USUAL_SIZE ? body : `${SIZED}${size.toString(36)} ${body}`
      const isLong = text.length > PIECE_LENGTH
      this.#sql.run('INSERT INTO log (id, body) VALUES (?, ?)', id, isLong ? LONG : text)
      if (isLong) this.#appendPieces(id, text)
    }
  }

  readAfter({ generation, position }: Offset, limit: number): LogRow[] {
    if (!this.#hasTables) return []
    const key = keyOf(generation, position)
    // The row that the place lies in begins at it or before.
    const rows = this.#sql.run(
      `SELECT id, body FROM log WHERE id >= coalesce((SELECT max(id) FROM log WHERE id <= ?), 0) ORDER BY id LIMIT ?`,
      key,
      limit + 1,
    )
    const read = rows.map((row) => this.#toRow(row))
    return read
      .filter((row) => row.generation > generation || (row.generation === generation && row.end > position))
      .slice(0, limit)
  }

  readGenerations(generations: readonly number[]): LogRow[] {
    return generations.flatMap((generation) =>
      this.#sql
        .run(
          'SELECT id, body FROM log WHERE id >= ? AND id < ? ORDER BY id',
          keyOf(generation, 0),
          keyOf(generation + 1, 0),
        )
        .map((row) => this.#toRow(row)),
    )
  }

  /** A run has no attempts: whatever is in its rows stays. */
  hasAttempt(): boolean {
    return true
  }

  dropAttempt(): void {
    throw new Error('Cannot drop an attempt: a run has none')
  }

  #appendPieces(id: number, text: string): void {
    this.#sql.run(PIECES)
    let piece = 0
    for (let from = 0; from < text.length; piece += 1) {
      let to = Math.min(from + PIECE_LENGTH, text.length)
      const last = text.charCodeAt(to - 1)
      // Never between the halves of a surrogate pair: SQLite would lose both.
      if (to < text.length && last >= 0xd800 && last <= 0xdbff) to -= 1
      this.#sql.run('INSERT INTO pieces (id, piece, body) VALUES (?, ?, ?)', id, piece, text.slice(from, to))
      from = to
    }
  }

  #toRow(row: SqlRow): LogRow {
    const id = numberOf(row, 'id')
    const stored = textOf(row, 'body')
    const text = stored === LONG ? this.#readPieces(id) : stored
    const start = id % PLACES
    const generation = Math.floor(id / PLACES) + 1
    const base = { turn: 0, generation, attempt: 0, start }
    if (!text.startsWith(SIZED)) return { ...base, end: start + USUAL_SIZE, body: text }
    const space = text.indexOf(' ')
    const end = start + Number.parseInt(text.slice(SIZED.length, space), 36)
    return { ...base, end, body: text.slice(space + 1) }
  }

  #readPieces(id: number): string {
    const rows = this.#sql.run('SELECT body FROM pieces WHERE id = ? ORDER BY piece', id)
    return rows.map((row) => textOf(row, 'body')).join('')
  }

  #hasPieces(): boolean {
    return this.#sql.run(`SELECT 1 FROM sqlite_master WHERE name = 'pieces'`).length > 0
  }

  #read(id: number): string | undefined {
    if (!this.#hasTables) return undefined
    const [row] = this.#sql.run('SELECT value FROM state WHERE id = ?', id)
    return row && textOf(row, 'value')
  }

  #write(id: number, value: string, life: number | null): void {
    this.#sql.run('INSERT OR REPLACE INTO state (id, value, life) VALUES (?, ?, ?)', id, value, life)
  }
}

/** Stands for a body that is in pieces. */
const LONG = '+'

/** A row holds the end of a step and the start of the next: with another number of events it says how many. */
const USUAL_SIZE = 2
const SIZED = '!'

/** Small for the first life, in which most runs end. */
function keyOf(generation: number, position: number): number {
  return Math.max(0, generation - 1) * PLACES + position
}
