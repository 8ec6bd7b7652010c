import { workflowOfQueue } from '../protocol/address.ts'
import { readErrorResponse } from '../formats/error-response.ts'
import type { Platform } from '../storage/platform.ts'
import { numberOf, textOf } from '../storage/sql.ts'
import { errorField } from '../telemetry/logger.ts'
import { CALLS_AN_INVOCATION } from './call-budget.ts'
import type { RunServices } from './parts.ts'
import type { QueueCall } from './queue-call.ts'

/** A run that holds a lease is asked after this time whether it is still going. */
const LEASE_MS = 300_000

const RETRY_MS = [2000, 5000, 15_000, 60_000]

/** An empty queue is erased if nobody comes in this time. */
const EMPTY_MS = 60_000

/** In the order in which they came. `due` is when a run that holds a lease is to be told so, or asked; null: it waits. */
const TABLE = `CREATE TABLE IF NOT EXISTS queue (
  id INTEGER PRIMARY KEY, address TEXT UNIQUE, ticket INTEGER, due INTEGER
)`

type QueueServices = Pick<
  RunServices,
  'now' | 'logger' | 'callRun' | 'callsAnInvocation' | 'getWorkflow' | 'afterCommit'
>

/**
 * The runs of a workflow that are counted together: those that hold a lease, and those that wait for one. That a run
 * holds one is on disk here before the run hears of it; that it is over is on disk there before it is heard here.
 */
export class Queue {
  readonly #workflowId: string
  readonly #platform: Platform
  readonly #services: QueueServices
  #failures = 0

  constructor(address: string, platform: Platform, services: QueueServices) {
    this.#workflowId = workflowOfQueue(address) ?? ''
    this.#platform = platform
    this.#services = services
  }

  async answer(call: QueueCall): Promise<Response> {
    this.#run(TABLE)
    if (call.type === 'queue-place') return Response.json(this.#placeOf(call.address))
    await this.#commit(() => {
      const { address, ticket } = call
      if (call.type === 'queue-acquire') this.#enter(address, ticket)
      else this.#run('DELETE FROM queue WHERE address = ? AND ticket <= ?', address, ticket)
      this.#grant()
    })
    await this.#platform.sync()
    this.#platform.waitUntil(this.#tell())
    return Response.json({})
  }

  async alarm(): Promise<void> {
    this.#run(TABLE)
    if (this.#run('SELECT 1 FROM queue LIMIT 1').length === 0) return this.#platform.deleteAll()
    // The limit may have been raised.
    await this.#commit(() => this.#grant())
    await this.#tell()
  }

  /** A run that is there already keeps its place; one that holds a lease seems not to have heard. */
  #enter(address: string, ticket: number): void {
    // It was restarted: what it had is over.
    this.#run('DELETE FROM queue WHERE address = ? AND ticket < ?', address, ticket)
    this.#run(
      `INSERT INTO queue (id, address, ticket) SELECT coalesce(max(id), 0) + 1, ?, ? FROM queue WHERE true
       ON CONFLICT (address) DO UPDATE SET due = min(due, ?) WHERE ticket = excluded.ticket`,
      address,
      ticket,
      this.#services.now(),
    )
  }

  /** Gives the leases that are free to those who have waited longest. Called in a transaction. */
  #grant(): void {
    const now = this.#services.now()
    const limit = this.#services.getWorkflow(this.#workflowId)?.concurrency?.limit ?? -1
    const [row] = this.#run('SELECT count(due) AS held FROM queue')
    const free = limit < 0 ? -1 : Math.max(0, limit - (row ? numberOf(row, 'held') : 0))
    this.#run(
      'UPDATE queue SET due = ? WHERE id IN (SELECT id FROM queue WHERE due IS NULL ORDER BY id LIMIT ?)',
      now,
      free,
    )
    this.#setAlarm()
  }

  /** Tells those who hold a lease so, and asks those who have had it long, as many as one invocation may. Never rejects. */
  async #tell(calls = this.#services.callsAnInvocation ?? CALLS_AN_INVOCATION): Promise<void> {
    if (calls <= 0) return this.#platform.setAlarm(this.#services.now())
    const due = this.#run(
      'SELECT id, address, ticket, due FROM queue WHERE due <= ? ORDER BY due, id LIMIT ?',
      this.#services.now(),
      calls,
    )
    if (due.length === 0) return
    const told = due.map((row) =>
      this.#admit(numberOf(row, 'id'), textOf(row, 'address'), numberOf(row, 'ticket'), numberOf(row, 'due')),
    )
    try {
      await Promise.all(told)
      this.#failures = 0
    } catch (error) {
      this.#failures += 1
      this.#services.logger.warn('run not reached from its queue, it is tried again', errorField(error))
      return this.#setAlarm()
    }
    // Where one was over its lease has gone to another.
    return this.#tell(calls - due.length)
  }

  /** A run that says it is not going, or is gone, holds no lease. */
  async #admit(id: number, address: string, ticket: number, due: number): Promise<void> {
    const response = await this.#services.callRun(address, { type: 'admit', ticket })
    if (response.status >= 500) throw await readErrorResponse(response)
    const isGoing = (await response.json()) === true
    await this.#commit(() => {
      if (isGoing)
        this.#run(
          'UPDATE queue SET due = ? WHERE id = ? AND due = ?',
          this.#services.now() + LEASE_MS,
          id,
          due,
        )
      else this.#run('DELETE FROM queue WHERE id = ? AND due = ? AND ticket = ?', id, due, ticket)
      this.#grant()
    })
  }

  #placeOf(address: string): number {
    const [row] = this.#run(
      `SELECT count(*) AS before FROM queue
       WHERE due IS NULL AND id < (SELECT id FROM queue WHERE address = ?)`,
      address,
    )
    return row ? numberOf(row, 'before') : 0
  }

  #setAlarm(): void {
    const now = this.#services.now()
    const [row] = this.#run('SELECT min(due) AS due, count(*) AS count FROM queue')
    const next = row?.['due']
    const earliest = now + (RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] ?? 0)
    this.#platform.setAlarm(typeof next === 'number' ? Math.max(next, earliest) : now + EMPTY_MS)
  }

  async #commit(body: () => void): Promise<void> {
    this.#platform.sql.transaction(body)
    if (!this.#services.afterCommit) return
    await this.#platform.sync()
    await this.#services.afterCommit()
  }

  #run(...args: Parameters<Platform['sql']['run']>): ReturnType<Platform['sql']['run']> {
    return this.#platform.sql.run(...args)
  }
}
