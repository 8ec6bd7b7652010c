import { resourceOfErasure } from '../protocol/address.ts'
import type { Platform } from '../storage/platform.ts'
import { textOf } from '../storage/sql.ts'
import type { Logger } from '../telemetry/logger.ts'
import { errorField } from '../telemetry/logger.ts'
import type { ErasureCall, ErasureReport } from './erasure-call.ts'
import type { Counts, Swept, EraseServices } from './erase-owned.ts'
import { eraseOwned } from './erase-owned.ts'

export type ErasureServices = EraseServices & { logger: Logger; afterCommit?: () => Promise<void> }

/** The one row. It does not say whose it is. */
interface Standing {
  /** All that was begun until then is erased, or to be. In milliseconds since 1970. It stays for ever. */
  at: number
  erased: Counts
  /** Since when something is left; absent where all is done. */
  since?: number
  /** It has reached all of it once: facts, working memory and indexes are gone, and nothing is begun any more by what was there. */
  hasPassed: boolean
  /** How far the sweep that goes on has come, of how much it has left something, and whether anything failed. */
  next?: string
  left: number
  hasFailed: boolean
  /** How often it failed in a row. */
  failures: number
  /** How often it has looked again. */
  looks: number
}

const TABLE = 'CREATE TABLE IF NOT EXISTS erasure (id INTEGER PRIMARY KEY, value TEXT)'

/** Lists may not have known of all at once, and what was being done meanwhile may have left something: these times after the end it is looked again. */
const LOOKS_MS = [5000, 900_000]

const RETRY_MS = [2000, 5000, 15_000, 60_000, 300_000]

/** If nobody else does, the alarm goes on after this time. */
const DEADMAN_MS = 10_000

/** So long runs may make good what they have done. */
const PATIENCE_MS = 24 * 3600_000

/**
 * Erases all that a resource owns, and remembers when: who was to tell something of the resource and could not asks
 * that first. It is noted before anything is erased, so that it comes to its end whatever fails meanwhile.
 */
export class Erasure {
  readonly #resourceId: string
  readonly #platform: Platform
  readonly #services: ErasureServices
  #working: Promise<unknown> = Promise.resolve()

  constructor(address: string, platform: Platform, services: ErasureServices) {
    this.#resourceId = resourceOfErasure(address) ?? ''
    this.#platform = platform
    this.#services = services
  }

  async answer(call: ErasureCall): Promise<Response> {
    if (call.type === 'erased-at') return Response.json(this.#read()?.at ?? null)
    await this.#begin()
    await this.#work()
    const { since, erased } = this.#read() ?? NOTHING
    const report: ErasureReport = { erased, ...(since !== undefined && { isPending: true }) }
    return Response.json(report, { status: report.isPending ? 202 : 200 })
  }

  async alarm(): Promise<void> {
    await this.#work()
  }

  async #begin(): Promise<void> {
    const { now } = this.#services
    const before = this.#read()
    // What is asked for again goes on, and takes along what was begun meanwhile.
    const { since = now(), erased } = before?.since === undefined ? NOTHING : before
    await this.#write({ ...NOTHING, erased, since, at: now() }, DEADMAN_MS)
    await this.#platform.sync()
  }

  /** One at a time. */
  #work(): Promise<void> {
    const done = this.#working.catch(() => undefined).then(() => this.#workNow())
    this.#working = done
    return done
  }

  async #workNow(): Promise<void> {
    const standing = this.#read()
    if (!standing) return
    const { at, since, hasPassed, next, looks } = standing
    if (since === undefined && looks >= LOOKS_MS.length) return
    const { now, logger } = this.#services
    const swept = await eraseOwned(this.#services, {
      resourceId: this.#resourceId,
      before: at,
      isForced: since !== undefined && now() - since > PATIENCE_MS,
      withMemory: since !== undefined && !hasPassed,
      ...(next !== undefined && { after: next }),
    })
    if (swept.failure !== undefined)
      logger.warn('erasure not finished, it is tried again', errorField(swept.failure))
    await this.#note(standing, swept)
  }

  /** How it stands after a sweep, unless it was asked for anew meanwhile. */
  async #note(before: Standing, { counts, left, next, failure }: Swept): Promise<void> {
    if (this.#read()?.at !== before.at) return
    const standing: Standing = {
      ...before,
      erased: {
        threads: before.erased.threads + counts.threads,
        runs: before.erased.runs + counts.runs,
        schedules: before.erased.schedules + counts.schedules,
      },
      left: before.left + left,
      hasFailed: before.hasFailed || failure !== undefined,
    }
    delete standing.next
    if (next !== undefined) return this.#write({ ...standing, next }, 0)
    const failures = standing.left > 0 ? before.failures + 1 : 0
    // What was begun until all could be reached is erased, too: a run, say, that a schedule was just starting.
    const at = before.hasPassed ? before.at : this.#services.now()
    const hasPassed = before.hasPassed || !standing.hasFailed
    const again = { ...standing, at, hasPassed, left: 0, hasFailed: false, failures }
    if (failures > 0) return this.#write(again, RETRY_MS[Math.min(failures, RETRY_MS.length) - 1])
    const { since, ...done } = again
    if (since !== undefined) return this.#write(done, LOOKS_MS[0])
    const looks = before.looks + 1
    await this.#write({ ...done, looks }, LOOKS_MS[looks])
  }

  async #write(standing: Standing, ringIn?: number): Promise<void> {
    const { sql, setAlarm } = this.#platform
    const { now, afterCommit } = this.#services
    sql.transaction(() => {
      sql.run(TABLE)
      sql.run('INSERT OR REPLACE INTO erasure (id, value) VALUES (1, ?)', JSON.stringify(standing))
      if (ringIn !== undefined) setAlarm(now() + ringIn)
    })
    if (!afterCommit) return
    await this.#platform.sync()
    await afterCommit()
  }

  /** Looking makes nothing. Proof of the cast: it was written here. */
  #read(): Standing | undefined {
    const { sql } = this.#platform
    if (sql.run(`SELECT 1 FROM sqlite_master WHERE name = 'erasure'`).length === 0) return undefined
    const [row] = sql.run('SELECT value FROM erasure')
    return row && (JSON.parse(textOf(row, 'value')) as Standing)
  }
}

const NOTHING: Standing = {
  at: 0,
  erased: { threads: 0, runs: 0, schedules: 0 },
  hasPassed: false,
  left: 0,
  hasFailed: false,
  failures: 0,
  looks: 0,
}
