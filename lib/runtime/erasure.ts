import { resourceOfErasure } from '../protocol/address.ts'
import type { Platform } from '../storage/platform.ts'
import { textOf } from '../storage/sql.ts'
import type { Wait } from '../streams/wait.ts'
import type { Logger } from '../telemetry/logger.ts'
import { errorField } from '../telemetry/logger.ts'
import type { ErasureCall, ErasureReport } from './erasure-call.ts'
import type { Counts, EraseServices, MemoryLeft, Swept } from './erase-owned.ts'
import { eraseOwned } from './erase-owned.ts'

export type ErasureServices = EraseServices & {
  logger: Logger
  wait: Wait
  afterCommit?: () => Promise<void>
}

/** The one row. It does not say whose it is. */
interface Standing {
  /** All that was begun until then is erased, or to be. In milliseconds since 1970. It stays for ever. */
  at: number
  erased: Counts
  /** Since when something is left; absent where all is done. */
  since?: number
  /** It has reached all schedules, threads and runs once: nothing is begun any more by what was there. */
  hasReached: boolean
  /** What is still to go of facts, working memory and indexes; absent where they are gone. */
  memory?: MemoryLeft
  /** How far the sweep that goes on has come, of how much it has left something, and whether any of them could not be reached. */
  next?: string
  left: number
  isUnreached: boolean
  /** How often it failed in a row. */
  failures: number
  /** How often it has looked again. */
  looks: number
}

const TABLE = 'CREATE TABLE IF NOT EXISTS erasure (id INTEGER PRIMARY KEY, value TEXT)'

/** Lists may not have known of all at once, and what was being done meanwhile may have left something: these times after the end it is looked again. */
const LOOKS_MS = [5000, 900_000]

const RETRY_MS = [2000, 5000, 15_000, 60_000, 300_000]

/**
 * The clocks of two objects may differ by this much: what was begun before says that it was no later than this, and it
 * is answered when what is begun then must say that it was later.
 */
const SKEW_MS = 250

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
    const { since, erased, at } = this.#read() ?? NOTHING
    const { now, wait } = this.#services
    if (since === undefined) await wait(Math.max(0, at + SKEW_MS - now()))
    const report: ErasureReport = { erased, ...(since !== undefined && { isPending: true }) }
    return Response.json(report, { status: report.isPending ? 202 : 200 })
  }

  async alarm(): Promise<void> {
    await this.#work()
  }

  async #begin(): Promise<void> {
    const now = this.#services.now()
    const at = now + SKEW_MS
    const before = this.#read()
    const { since = now, ...rest } = before?.since === undefined ? NOTHING : before
    // What is asked for again goes on where it is, and takes along what was begun and stored meanwhile.
    await this.#write({ ...rest, since, at, hasReached: false, memory: 'all' }, DEADMAN_MS)
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
    const { at, since, memory, next, looks } = standing
    if (since === undefined && looks >= LOOKS_MS.length) return
    const { now, logger } = this.#services
    const swept = await eraseOwned(this.#services, {
      resourceId: this.#resourceId,
      before: at,
      isForced: since !== undefined && now() - since > PATIENCE_MS,
      ...(memory && { memory }),
      ...(next !== undefined && { after: next }),
    })
    if (swept.failure !== undefined)
      logger.warn('erasure not finished, it is tried again', errorField(swept.failure))
    await this.#note(standing, swept)
  }

  /** How it stands after a sweep. What was asked for meanwhile is yet to be done. */
  async #note(before: Standing, swept: Swept): Promise<void> {
    const { counts, left, next, memory } = swept
    const current = this.#read() ?? before
    const standing: Standing = { ...current, erased: sumOf(current.erased, counts) }
    const isAskedAnew = current.at !== before.at
    // It was looking again, and stands at the beginning of what was asked.
    if (isAskedAnew && before.since === undefined) return this.#write(standing, 0)
    standing.left += left
    standing.isUnreached ||= swept.isUnreached ?? false
    delete standing.next
    if (!isAskedAnew) {
      delete standing.memory
      if (memory) standing.memory = memory
    }
    if (next !== undefined) return this.#write({ ...standing, next }, 0)
    if (!isAskedAnew && !standing.hasReached) {
      // What was begun until all could be reached is erased, too: a run, say, that a schedule was just starting.
      standing.at = this.#services.now() + SKEW_MS
      standing.hasReached = !standing.isUnreached
      // Who could not be reached may still be writing.
      if (standing.isUnreached) standing.memory = 'all'
    }
    await this.#writeEnd(standing)
  }

  /** It has been through everything: what is left is tried again, and where nothing is it is looked again. */
  async #writeEnd({ since, ...standing }: Standing): Promise<void> {
    const { now } = this.#services
    const failures = standing.left > 0 ? standing.failures + 1 : 0
    const end: Standing = { ...standing, left: 0, isUnreached: false, failures }
    // What is found when it is looked again may take its time, too.
    const pending: Standing = { ...end, since: since ?? now(), looks: 0 }
    if (failures > 0) return this.#write(pending, RETRY_MS[Math.min(failures, RETRY_MS.length) - 1])
    if (end.memory) return this.#write(pending, 0)
    if (since !== undefined) return this.#write(end, LOOKS_MS[0])
    const looks = end.looks + 1
    await this.#write({ ...end, looks }, LOOKS_MS[looks])
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
  hasReached: false,
  left: 0,
  isUnreached: false,
  failures: 0,
  looks: 0,
}

function sumOf(one: Counts, other: Counts): Counts {
  return {
    threads: one.threads + other.threads,
    runs: one.runs + other.runs,
    schedules: one.schedules + other.schedules,
  }
}
