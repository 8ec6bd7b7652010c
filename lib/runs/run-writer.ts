import type { RunEvent } from '../protocol/run-event.ts'
import { errorField } from '../telemetry/logger.ts'
import type { TraceLink } from '../telemetry/span.ts'
import { underLink } from '../telemetry/span.ts'
import type { Change, Drive, DrivePorts } from '../workflows/drive.ts'
import type { KinMessage } from '../workflows/kin.ts'
import { Kin } from '../workflows/kin.ts'
import type { RunState } from '../workflows/run-state.ts'
import { toLetter } from './child-letters.ts'
import { tellQueue } from './lease.ts'
import type { RunParts } from './parts.ts'
import { announceRun } from './run-list.ts'
import type { RunMeta, RunOrigin } from './run-rows.ts'
import { StaleLife } from './run-rows.ts'

/** So many commits may be on their way to the disk while the run goes on. */
const COMMITS_AHEAD = 16

/** After so many executions a fresh invocation is waited for: the platform counts requests and time for each. */
const STEPS_AN_INVOCATION = 500

/** A drive does not stay for a moment that is further away: the alarm comes then. */
const MAX_WAIT_MS = 10_000

/**
 * One life of a run in memory: its state, what drives it, and how what happens gets into the rows. Events are seen by
 * others only when they are on disk; the next step need not wait for that, because nothing leaves the object before.
 */
export class RunWriter {
  readonly run: RunState
  readonly meta: RunMeta
  readonly drive: Drive
  /** To be written with the first commit of the run. */
  origin: RunOrigin | undefined
  onOutbox: () => void = () => undefined
  isOver = false
  readonly #parts: RunParts
  readonly #kin: Kin
  #hasLife = false
  /** Where the log ended when the run was read. */
  readonly #lastKey: number | undefined
  #flushing: Promise<void> | undefined
  /** Commits that are not known to be on disk. */
  #ahead = 0
  /** Steps that were begun since the last invocation. */
  #begun = 0
  #renewed: (() => void) | undefined

  constructor(
    parts: RunParts,
    run: RunState,
    meta: RunMeta,
    trace: TraceLink | undefined,
    createDrive: (ports: DrivePorts) => Drive,
  ) {
    this.#parts = parts
    this.run = run
    this.#kin = new Kin(run)
    this.meta = meta
    this.#lastKey = parts.rows.lastKey()
    const { services } = parts
    this.drive = createDrive({
      now: () => services.now(),
      random: () => services.random(),
      wait: services.wait,
      telemetry: underLink(services.telemetry, trace),
      runtime: services.runtime,
      maxWaitMs: MAX_WAIT_MS,
      commit: (events) => this.#commit(events),
      durable: () => this.durable(),
      progress: (event) => this.#hear(event),
    })
  }

  /** Makes a change; resolves when it is committed. What follows from it keeps the object alive. */
  async submit(change: Change): Promise<void> {
    const done = this.drive.submit(change)
    const { working } = this.drive
    if (working) this.#parts.platform.waitUntil(working.catch((error: unknown) => this.#fail(error)))
    await done
  }

  /** Looks whether something is due; resolves when what follows from that is committed. */
  poke(): Promise<void> {
    return this.submit(() => undefined).catch(() => undefined)
  }

  /** A fresh invocation has come. */
  renew(): void {
    this.#begun = 0
    this.#renewed?.()
  }

  stop(reason: unknown): void {
    this.isOver = true
    this.drive.stop(reason)
    this.#renewed?.()
  }

  /** Resolves when all that was committed is on disk, and may be seen. */
  async durable(): Promise<void> {
    while (this.#ahead > 0 && !this.isOver) await this.#flush()
  }

  /** Somebody has begun to listen. */
  publish(): void {
    if (this.#ahead > 0) this.#flush().catch(() => undefined)
  }

  /** Whether something was committed that others may not see yet. */
  get isFlushing(): boolean {
    return this.#ahead > 0
  }

  async #commit(events: readonly RunEvent[]): Promise<void> {
    const { platform, services } = this.#parts
    const isBoundary = this.#write(events)
    this.#ahead += 1
    // Where nobody listens the disk is asked only now and then.
    if (isBoundary || this.#parts.audience.size > 0) this.#flush().catch(() => undefined)
    if (services.afterCommit) {
      await platform.sync()
      await services.afterCommit()
    } else if (this.#ahead > COMMITS_AHEAD) await this.#flush()
    // What was taken over from another run was begun there.
    if (!events.some(({ type }) => type === 'run-travel'))
      for (const { type } of events)
        if (type === 'step-start' || type === 'compensate-start') this.#begun += 1
    if (this.#begun > STEPS_AN_INVOCATION && this.run.status === 'running') await this.#freshInvocation()
  }

  /** What a step says goes no further than memory. Before this life has written anything nothing can be said in it. */
  #hear(event: RunEvent): void {
    const { rows, log } = this.#parts
    if (!this.#hasLife || this.isOver) return
    // What was said before has been heard by now: its places are kept, and no more.
    if (log.isLong && log.isAllVisible) {
      rows.append(log.takeRows())
      log.forget()
    }
    log.push(event)
  }

  /** True if the run stands differently now for others. */
  #write(events: readonly RunEvent[]): boolean {
    const { platform, rows, log, alarm } = this.#parts
    if (!this.#hasLife) this.#beginLife()
    for (const event of events) log.push(event)
    const isBoundary = events.some(({ type }) => BOUNDARIES.has(type))
    const isTimed = events.some((event) => 'due' in event) || alarm.isTooLate(this.run)
    const messages = this.#kin.take(events)
    // Most commits are one row, which is written as one by itself.
    if (!isBoundary && !isTimed && messages.length === 0 && this.#hasLife) {
      rows.append(log.takeRows())
      return false
    }
    platform.sql.transaction(() => this.#writeAll(events, isBoundary || !this.#hasLife, messages))
    this.#hasLife = true
    const hasNews = isBoundary || messages.length > 0
    if (hasNews) this.onOutbox()
    return hasNews
  }

  /** In a transaction: the events, and what others must know of where the run stands now. */
  #writeAll(events: readonly RunEvent[], isBoundary: boolean, messages: readonly KinMessage[]): void {
    const { rows, log, alarm } = this.#parts
    const { meta, run } = this
    if (this.origin) rows.createTables()
    this.#checkLife()
    if (isBoundary) {
      meta.info = { ...meta.info, status: run.status, updatedAt: run.updatedAt }
      meta.version = Math.max(meta.version + 1, run.updatedAt)
      tellQueue(rows, meta, events)
      rows.writeMeta(meta)
      announceRun(rows, meta)
    }
    if (this.origin) rows.writeOrigin(this.origin)
    this.origin = undefined
    rows.append(log.takeRows())
    const origin = messages.length > 0 && rows.readOrigin()
    if (origin) for (const message of messages) rows.postLetter(toLetter(run, origin, message))
    alarm.set(run)
  }

  /** Nobody else has written since the run was read, or since this life has begun. */
  #checkLife(): void {
    const { rows } = this.#parts
    const { generation } = this.meta
    const life = rows.readLife()
    const isMine = this.#hasLife
      ? life === generation
      : life === generation - 1 && rows.lastKey() === this.#lastKey
    if (!isMine) throw new StaleLife(`Cannot write for life ${generation} of the run: it is in life ${life}`)
  }

  /** The first write of this life gives it its number. */
  #beginLife(): void {
    this.meta.generation += 1
    this.#parts.log.beginGeneration(0, this.meta.generation)
  }

  /** Waits for the disk, once for all that is on its way, and lets others see it. */
  #flush(): Promise<void> {
    this.#flushing ??= this.#sync().finally(() => {
      this.#flushing = undefined
      if (this.#parts.audience.size > 0) this.publish()
    })
    this.#flushing.catch(() => undefined)
    return this.#flushing
  }

  async #sync(): Promise<void> {
    const { platform, log } = this.#parts
    const ahead = this.#ahead
    const to = log.takenTo
    await platform.sync()
    this.#ahead -= ahead
    if (this.isOver) return
    log.publish(to)
    if (log.isLong) log.forget()
  }

  async #freshInvocation(): Promise<void> {
    const { platform, alarm, services } = this.#parts
    const fresh = new Promise<void>((resolve) => (this.#renewed = resolve))
    platform.sql.transaction(() => alarm.ringBy(services.now()))
    await fresh
    this.#renewed = undefined
  }

  #fail(error: unknown): void {
    // Only storage fails here. The rows are the truth: the alarm takes the run up from them.
    this.isOver = true
    this.#parts.log.nudge()
    this.#parts.services.logger.error('run interrupted', { runId: this.run.runId, ...errorField(error) })
  }
}

/** With these the run stands differently for others. */
const BOUNDARIES = new Set<RunEvent['type']>([
  'run-start',
  'run-admit',
  'run-suspend',
  'run-wait',
  'run-pause',
  'run-compensate',
  'run-resume',
  'run-recover',
  'run-restart',
  'run-end',
])
