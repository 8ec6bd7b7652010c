import { EdgewiseError } from '../protocol/error.ts'
import type { JsonObject } from '../protocol/json.ts'
import { errorField } from '../telemetry/logger.ts'
import { admit } from './admit.ts'
import type { Admission } from './admit.ts'
import type { Erasing } from '../protocol/erasing.ts'
import { clearThread, dropErased, heedErasures, isErased } from './clear-thread.ts'
import { beginLife, nextLife } from './lives.ts'
import { countOf } from './history.ts'
import { noteForgetting } from './memory-outbox.ts'
import { MemoryWork } from './memory-work.ts'
import { announceMessages } from './message-index.ts'
import { announceThread, drainOutbox } from './outbox.ts'
import type { EmbeddedTurns, ThreadParts, ThreadServices } from './parts.ts'
import { createParts } from './parts.ts'
import type { Platform } from '../storage/platform.ts'
import type { TurnLife } from './running-turn.ts'
import { RunningTurn, queuedTurn } from './running-turn.ts'
import { splitContext } from '../protocol/split-context.ts'
import { stopWaiting } from './stop-waiting.ts'
import type { ToolAnswers } from './take-answers.ts'
import { addAnswers, findRun, readAnswers } from './take-answers.ts'
import { newMeta, titleOf, touch } from './thread-meta.ts'
import type { ThreadInfo, ThreadMeta } from './thread-state.ts'
import { toRecord } from './turn-record.ts'
import type { TurnRequest } from './turn-request.ts'

const DRAIN_DELAY_MS = 1000
const KEY_RETENTION_MS = 24 * 3600_000

/**
 * A conversation: one turn at a time, the others in a queue, everything in a log. Whatever kills the object, the
 * next request or the alarm folds the log and goes on. Holds no state that the rows do not, but the running turn.
 */
export class Thread {
  readonly parts: ThreadParts
  #running: RunningTurn | undefined
  #isErased = false
  #drained: Promise<void> = Promise.resolve()
  #nextDrain: Promise<void> | undefined
  readonly #memory: MemoryWork

  /** What it has to tell it has had to tell for long. */
  #isLate: boolean

  constructor(platform: Platform, services: ThreadServices) {
    this.parts = createParts(platform, services)
    this.#memory = new MemoryWork(
      this.parts,
      (work) => this.#deliver(work),
      () => this.#drain(),
    )
    this.#isLate = services.erasedAt !== undefined && this.parts.rows.hasOutbox()
  }

  get meta(): ThreadMeta | undefined {
    return this.parts.rows.readMeta()
  }

  /** The turn that is being run here and now, not merely unfinished. */
  get running(): RunningTurn | undefined {
    return this.#running
  }

  /** It was deleted while this object lived. */
  get isErased(): boolean {
    return this.#isErased
  }

  /** The turn that answers the request: a new one, running or queued, or one that is there already. */
  async start(request: TurnRequest, address: string): Promise<number> {
    const { platform, services, rows, events, alarm, log } = this.parts
    await alarm.load()
    const admission = admit(rows, events, this.meta, request, services.now())
    if (admission.type === 'join') return admission.turn
    const { turn, life } = platform.sql.transaction(() => {
      rows.createTables()
      return this.#enter(request, admission, address)
    })
    this.#isErased = false
    if (life) this.#launch(life)
    else log.nudge()
    platform.waitUntil(this.#drainSoon())
    return turn
  }

  /** Goes on with whatever is unfinished and not being done. Called by every request and by the alarm. */
  async takeUp(): Promise<void> {
    await this.parts.alarm.load()
    const { meta } = this
    if (!meta || this.#running) return
    const life = nextLife(this.parts, meta)
    if (life) this.#launch(life)
  }

  /** The alarm: takes up what a crash left, waits with the running turn so that the object stays, does what is due. */
  async alarm(limit: Promise<void>): Promise<void> {
    const { rows, alarm, services } = this.parts
    alarm.clear()
    try {
      await this.takeUp()
      await Promise.race([this.#running?.done, limit])
      await this.#drain()
      await this.#memory.doAll()
      rows.dropKeysBefore(services.now())
    } finally {
      // Whatever went wrong, an unfinished turn is never left without an alarm.
      const { meta } = this
      const isOver =
        rows.suspendedTurns().length === 0 &&
        meta?.expiresAt !== undefined &&
        meta.expiresAt <= services.now() &&
        meta.open.length === 0
      // Whoever knows of it is told first.
      if (meta && isOver) await this.remove()
      else if (meta || rows.hasOutbox()) alarm.set(meta)
      else if (rows.hasTables) await this.#erase()
    }
  }

  /**
   * Answers calls that wait, and lets their turn go on. Gives the life of the turn that takes the answers up.
   *
   * @throws EdgewiseError as {@link findRun}, {@link readAnswers} and {@link addAnswers}.
   */
  async answer(
    runId: string,
    answers: ToolAnswers,
    runtimeContext: JsonObject = {},
  ): Promise<{ turn: number; life: number }> {
    const { platform, rows, alarm, log, services, secrets } = this.parts
    await this.takeUp()
    const { turn } = findRun(this.parts, runId)
    const given = splitContext(runtimeContext, services.secretKeys)
    secrets.set(turn, { ...secrets.get(turn), ...given.secrets })
    const read = await readAnswers(this.parts, findRun(this.parts, runId), answers)
    // From here to the write nothing waits: of two answers to one question, one comes first.
    const record = findRun(this.parts, runId)
    const suspended = addAnswers(this.parts, record, read)
    const { meta } = this
    if (!meta) throw new EdgewiseError('run_not_found', `There is no run "${runId}"`)
    const isOpen = meta.open.some((open) => open.turn === turn)
    platform.sql.transaction(() => {
      rows.writeSuspended(turn, suspended)
      if (!isOpen) meta.open.push(queuedTurn(turn, runId))
      rows.writeMeta(meta)
      alarm.set(meta)
    })
    log.nudge()
    await platform.sync()
    await this.takeUp()
    return { turn, life: record.generations.length }
  }

  /** Stops the running turn, or takes one out of the queue. Gives the run that it ended; undefined if there was none. */
  async stop(runId?: string): Promise<string | undefined> {
    await this.takeUp()
    const running = this.#running
    if (running && (runId === undefined || running.runId === runId)) {
      running.stop()
      await running.done
      return running.runId
    }
    const { meta } = this
    const turn = meta && runId !== undefined ? stopWaiting(this.parts, meta, runId) : undefined
    if (turn === undefined) return undefined
    await this.takeUp()
    if (this.#running?.turn === turn) await this.#running.done
    return runId
  }

  /**
   * Changes the rows in one transaction, which begins a thread if `work` does, and tells others. `work` gets no turn
   * that has ended and is still on its way to its followers.
   *
   * @throws what `work` throws; then nothing has changed.
   */
  async change<Result>(work: (meta: ThreadMeta | undefined) => Result): Promise<Result> {
    const { platform, rows, alarm, services, log } = this.parts
    await alarm.load()
    await this.takeUp()
    const running = this.#running
    if (running && !this.meta?.open.some(({ turn }) => turn === running.turn)) await running.done
    const { hasTables } = rows
    let result: Result
    try {
      result = platform.sql.transaction(() => work(this.meta))
    } catch (error) {
      if (!hasTables) rows.forgetTables()
      throw error
    }
    if (this.meta) this.#isErased = false
    log.nudge()
    await platform.sync()
    await services.afterCommit?.()
    await this.#drain()
    platform.waitUntil(this.#memory.doAll())
    return result
  }

  /** Changes what lists show of the thread. Metadata is merged, key by key. */
  async update(change: Partial<Pick<ThreadInfo, 'title' | 'metadata'>>): Promise<ThreadInfo | undefined> {
    const { rows, alarm, services } = this.parts
    return this.change((meta) => {
      if (!meta) return undefined
      Object.assign(meta.info, change, { metadata: { ...meta.info.metadata, ...change.metadata } })
      touch(meta, services.now())
      announceThread(rows, meta)
      rows.writeMeta(meta)
      alarm.set(meta)
      return meta.info
    })
  }

  /** As the memory's {@link MemoryWork} does it. */
  embedAnew(before: number): Promise<EmbeddedTurns> {
    return this.#memory.embedAnew(before)
  }

  /** Tells others what they have not heard yet, after a crash came between. */
  async tell(): Promise<void> {
    await this.#drain()
  }

  /** Erases the thread and takes it off its resource's list. False if there was none. */
  async remove(): Promise<boolean> {
    const { alarm, services } = this.parts
    await alarm.load()
    const { meta } = this
    if (!meta) {
      // What was left to do when it was erased comes before what is erased next, or it would come back.
      await this.#memory.doJobs()
      return false
    }
    await this.#clear(meta)
    await services.afterCommit?.()
    await this.#finishRemoval()
    return true
  }

  /**
   * The same, because all that its owner has is erased: with what it was still to do to its owner's memory. True once
   * nothing of it is left; until then it is to be asked again.
   */
  async erase(erasing: Erasing): Promise<boolean> {
    const { platform, rows, alarm, services } = this.parts
    await alarm.load()
    if (!rows.hasTables) return true
    const { meta } = this
    if (meta && !isErased(meta, erasing)) return true
    if (meta) await this.#clear(meta, erasing)
    else platform.sql.transaction(() => dropErased(rows, erasing))
    await services.afterCommit?.()
    await this.#finishRemoval()
    return !rows.hasTables
  }

  async #clear(meta: ThreadMeta, erasing?: Erasing): Promise<void> {
    clearThread(this.parts, meta, erasing)
    this.#isErased = true
    this.#running?.discard()
    await this.#running?.done
    this.parts.log.reset()
    this.parts.vectors.clear()
  }

  async #finishRemoval(): Promise<void> {
    await this.#drain()
    await this.#memory.doJobs()
    if (!this.meta && !this.parts.rows.hasOutbox()) await this.#erase()
  }

  /** In the caller's transaction: the request becomes a turn, at once or in the queue. */
  #enter(
    request: TurnRequest,
    admission: Admission & { type: 'begin' },
    address: string,
  ): { turn: number; life?: TurnLife } {
    const { services, rows, alarm } = this.parts
    const { input, supersedes } = admission
    const now = services.now()
    const meta = this.meta ?? newMeta({ ...request, address, title: titleOf(input) }, now)
    touch(meta, now)
    for (const record of supersedes) {
      meta.messages -= countOf(record)
      rows.writeTurn({ ...record, isSuperseded: true })
      // What it asked of somebody is asked no more.
      rows.dropSuspended(record.turn)
    }
    noteForgetting(this.parts, meta, supersedes)
    const { kept, secrets } = splitContext(request.runtimeContext, services.secretKeys)
    const shown = { ...request, runtimeContext: kept }
    const ids = { input, turn: meta.nextTurn, now, address, newId: services.newId }
    const record = toRecord(shown, ids, Object.keys(secrets))
    const { turn, runId } = record
    if (record.secretKeys) this.parts.secrets.set(turn, secrets)
    meta.nextTurn += 1
    meta.open.push(queuedTurn(turn, runId))
    if (request.idempotency) {
      const { scope, hash } = request.idempotency
      rows.writeKey(scope, { hash, turn, expiresAt: now + KEY_RETENTION_MS })
    }
    announceThread(rows, meta)
    announceMessages(rows, meta, [input.id])
    // The turn before may have ended in the rows and still be on its way to its followers: then this one waits, too.
    const isFree = !admission.isQueued && !this.#running
    const life = isFree ? beginLife(this.parts, meta, record, input) : undefined
    if (!life) rows.writeTurn(record)
    rows.writeMeta(meta)
    alarm.set(meta)
    return life ? { turn, life } : { turn }
  }

  #launch(life: TurnLife): void {
    const running = new RunningTurn(this.parts, life)
    this.#running = running
    this.parts.platform.waitUntil(this.#follow(running))
  }

  /** What comes after a turn: the one that waits. */
  async #follow(running: RunningTurn): Promise<void> {
    await running.done
    this.#running = undefined
    if (this.meta?.open[0]?.state === 'queued') await this.takeUp()
    // What was said is told elsewhere at its end; the list of threads heard of the turn at its start.
    if (this.parts.services.isShared) await this.#drain()
    await this.#memory.doAll()
  }

  async #erase(): Promise<void> {
    this.parts.rows.forgetTables()
    this.parts.alarm.clear()
    await this.parts.platform.deleteAll()
  }

  /** Telling others of the thread must not be in the way of the first word: it waits for the turn, but not long. */
  async #drainSoon(): Promise<void> {
    const over = new AbortController()
    void this.#running?.done.then(() => over.abort())
    if (this.#running) await this.parts.services.wait(DRAIN_DELAY_MS, over.signal).catch(() => undefined)
    await this.#drain()
  }

  /** One at a time: what is cleared must not be told again by a drain that had begun before. Of those who wait all share one. */
  #drain(): Promise<void> {
    this.#nextDrain ??= this.#drained.then(() => {
      this.#nextDrain = undefined
      return this.#drainNow()
    })
    this.#drained = this.#nextDrain
    return this.#drained
  }

  async #drainNow(): Promise<void> {
    const { rows, events, services } = this.parts
    if (!rows.hasTables) return
    await this.#deliver(() => drainOutbox(rows, events, services))
  }

  /** What is told at once is of nobody who was erased: whoever erases looks again a little later. */
  async #heedErasures(): Promise<void> {
    if (!this.#isLate) return
    const erasing = await heedErasures(this.parts)
    const { meta } = this
    if (erasing && meta) await this.#clear(meta, erasing)
  }

  async #deliver(work: () => Promise<void>): Promise<void> {
    const { services, alarm, rows } = this.parts
    try {
      await this.#heedErasures()
      await work()
      if (rows.hasOutbox()) return
      alarm.outboxFailures = 0
      this.#isLate = false
    } catch (error) {
      alarm.outboxFailures += 1
      this.#isLate = true
      services.logger.warn('outbox not delivered, it is tried again', errorField(error))
      alarm.set(this.meta)
    }
  }
}
