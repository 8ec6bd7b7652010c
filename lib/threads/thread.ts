import type { EventLog } from '../log/event-log.ts'
import { dropUnsettled, startTurn } from '../log/fold.ts'
import type { TurnState } from '../log/fold.ts'
import { unpackRow } from '../log/row.ts'
import { createSqliteLog } from '../log/sqlite-log.ts'
import { ThreadLog, isDurable } from '../log/thread-log.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { TurnEvent } from '../protocol/event.ts'
import type { NewId } from '../protocol/id.ts'
import type { Message } from '../protocol/message.ts'
import { messageText } from '../protocol/message.ts'
import type { Documents } from '../storage/documents.ts'
import type { Logger } from '../telemetry/logger.ts'
import { errorField } from '../telemetry/logger.ts'
import { admit } from './admit.ts'
import { foldTurn, lastMessages } from './history.ts'
import { announceThread, drainOutbox } from './outbox.ts'
import type { Platform } from './platform.ts'
import type { ThreadMeta } from './thread-state.ts'
import { ThreadState } from './thread-state.ts'
import type { TurnRecord, TurnRequest } from './turn-request.ts'
import type { RunnerServices } from './turn-runner.ts'
import { turnEvents } from './turn-runner.ts'
import { nextWake } from './wake.ts'

export interface ThreadServices extends RunnerServices {
  newId: NewId
  logger: Logger
  documents(shard: string): Documents
  /** For tests of recovery: called after each commit of a turn, before anything follows from it. */
  afterCommit?: () => Promise<void>
}

interface LiveTurn {
  turn: number
  runId: string
  abort: AbortController
  done: Promise<void>
  /** The thread was erased under it: what it still says goes nowhere. */
  isVoid: boolean
}

const KEY_RETENTION_MS = 24 * 3600_000
/** A turn that was taken up this often and came no further ends as failed. */
const RECOVERY_BUDGET = 5
const OUTBOX_RETRY_MS = [2000, 5000, 15_000, 60_000, 300_000]

/**
 * A conversation: one turn at a time, the others in a queue, everything in a log. Whatever kills the object, the
 * next request or the alarm folds the log and goes on. Holds no state that the rows do not, but the running turn.
 */
export class Thread {
  readonly rows: ThreadState
  readonly events: EventLog
  readonly log: ThreadLog
  readonly #platform: Platform
  readonly #services: ThreadServices
  #live: LiveTurn | undefined
  #alarm: number | null | undefined
  #outboxFailures = 0
  #isErased = false

  constructor(platform: Platform, services: ThreadServices) {
    this.#platform = platform
    this.#services = services
    this.rows = new ThreadState(platform.sql)
    this.events = createSqliteLog(platform.sql)
    this.log = new ThreadLog(this.events)
  }

  get meta(): ThreadMeta | undefined {
    return this.rows.readMeta()
  }

  /** The turn that answers the request: a new one, running or queued, or one that is there already. */
  async start(request: TurnRequest, space: string): Promise<number> {
    await this.#ready()
    const { now, newId } = this.#services
    const admission = admit(this.rows, this.events, this.meta, request, now())
    if (admission.type === 'join') return admission.turn
    const { input, supersedes } = admission
    // The turn before may have ended in the rows and still be on its way to its followers.
    const isQueued = admission.isQueued || this.#live !== undefined
    const turn = this.#platform.sql.transaction(() => {
      this.rows.createTables()
      this.#isErased = false
      const meta = this.meta ?? newMeta(request, space, input, now())
      for (const record of supersedes) this.rows.writeTurn({ ...record, isSuperseded: true })
      const record = toRecord(request, { input, turn: meta.nextTurn, now: now(), newId })
      meta.nextTurn += 1
      meta.open.push({ turn: record.turn, runId: record.runId, state: 'queued', tries: 0, progress: 0 })
      meta.info.updatedAt = now()
      meta.version = Math.max(meta.version + 1, now())
      if (request.idempotency) {
        const { scope, hash } = request.idempotency
        this.rows.writeKey(scope, { hash, turn: record.turn, expiresAt: now() + KEY_RETENTION_MS })
      }
      if (meta.expiresAt === undefined) announceThread(this.rows, space, meta)
      if (isQueued) this.rows.writeTurn(record)
      else this.#begin(meta, record, input)
      this.rows.writeMeta(meta)
      this.#arm(meta)
      return record.turn
    })
    if (!isQueued) this.#launch(turn, input)
    else this.log.nudge()
    this.#platform.waitUntil(this.#drain())
    return turn
  }

  /** Goes on with whatever is unfinished and not being done. Called by every request and by the alarm. */
  async takeUp(): Promise<void> {
    await this.#ready()
    const first = this.meta?.open[0]
    if (!first || this.#live) return
    if (first.state === 'queued') this.#startQueued()
    else this.#recover()
  }

  /** The turn that is being run here and now, not merely unfinished. */
  get liveTurn(): number | undefined {
    return this.#live?.turn
  }

  /** It was deleted while this object lived. */
  get isErased(): boolean {
    return this.#isErased
  }

  /** Resolves when the running turn has ended; at once if none runs. */
  async settled(): Promise<void> {
    await this.#live?.done
  }

  /** The alarm: takes up what a crash left, waits with the running turn so that the object stays, does what is due. */
  async alarm(limit: Promise<void>): Promise<void> {
    await this.#ready()
    this.#alarm = null
    try {
      await this.takeUp()
      await Promise.race([this.settled(), limit])
      await this.#drain()
      this.rows.dropKeysBefore(this.#services.now())
    } finally {
      // Whatever went wrong, an unfinished turn is never left without an alarm.
      const meta = this.meta
      const isExpired =
        meta?.expiresAt !== undefined && meta.expiresAt <= this.#services.now() && meta.open.length === 0
      if ((meta && !isExpired) || this.rows.readOutbox().length > 0) this.#arm(meta)
      else if (this.rows.hasTables) await this.#erase()
    }
  }

  /** Stops the running turn, or takes one out of the queue. Gives the run that it ended; undefined if there was none. */
  async stop(runId?: string): Promise<string | undefined> {
    await this.takeUp()
    const live = this.#live
    if (live && (runId === undefined || live.runId === runId)) {
      live.abort.abort(new EdgewiseError('aborted', 'The turn was stopped'))
      await live.done
      return live.runId
    }
    const meta = this.meta
    const queued = meta?.open.find((open) => open.runId === runId && open.state === 'queued')
    if (!meta || !queued) return undefined
    this.#platform.sql.transaction(() => {
      this.rows.dropTurn(queued.turn)
      this.rows.writeMeta({ ...meta, open: meta.open.filter((open) => open.turn !== queued.turn) })
    })
    this.log.nudge()
    return queued.runId
  }

  /** Changes what lists show of the thread. */
  async update(change: {
    title?: string
    metadata?: ThreadMeta['info']['metadata']
  }): Promise<ThreadMeta | undefined> {
    await this.#ready()
    const meta = this.meta
    if (!meta) return undefined
    const { now } = this.#services
    this.#platform.sql.transaction(() => {
      Object.assign(meta.info, change, { updatedAt: now() })
      meta.version = Math.max(meta.version + 1, now())
      announceThread(this.rows, meta.space, meta)
      this.rows.writeMeta(meta)
      this.#arm(meta)
    })
    await this.#drain()
    return meta
  }

  /** Erases the thread and takes it off its resource's list. False if there was none. */
  async remove(): Promise<boolean> {
    await this.#ready()
    const meta = this.meta
    if (!meta) return false
    this.#platform.sql.transaction(() => {
      this.rows.clear()
      announceThread(
        this.rows,
        meta.space,
        { ...meta, version: Math.max(meta.version + 1, this.#services.now()) },
        true,
      )
      this.#arm(undefined)
    })
    this.#isErased = true
    if (this.#live) this.#live.isVoid = true
    this.#live?.abort.abort(new EdgewiseError('aborted', 'The thread was deleted'))
    await this.settled()
    this.log.reset()
    await this.#drain()
    if (!this.meta && this.rows.readOutbox().length === 0) await this.#erase()
    return true
  }

  async #ready(): Promise<void> {
    if (this.#alarm === undefined) this.#alarm = await this.#platform.getAlarm()
  }

  async #erase(): Promise<void> {
    this.rows.forgetTables()
    this.#alarm = null
    await this.#platform.deleteAll()
  }

  /** Moves the alarm to when the thread must next wake, unless it comes early enough anyway. */
  #arm(meta: ThreadMeta | undefined): void {
    const now = this.#services.now()
    const hasOutbox = this.rows.readOutbox().length > 0
    const delay = OUTBOX_RETRY_MS[Math.min(this.#outboxFailures, OUTBOX_RETRY_MS.length - 1)] ?? 0
    const wake = nextWake({
      now,
      openTurns: meta?.open.length ?? 0,
      keysAt: this.rows.nextKeyExpiry(),
      expiresAt: meta?.expiresAt,
      outboxAt: hasOutbox ? now + delay : undefined,
    })
    if (wake === undefined || (typeof this.#alarm === 'number' && this.#alarm <= wake && this.#alarm > now))
      return
    this.#alarm = wake
    this.#platform.setAlarm(wake)
  }

  /** In the caller's transaction: the turn's first life, and its first words in the log. */
  #begin(meta: ThreadMeta, record: TurnRecord, input: Message): void {
    meta.generation += 1
    const open = meta.open.find(({ turn }) => turn === record.turn)
    if (open) open.state = 'running'
    const startedAt = this.#services.now()
    const { input: _, ...rest } = record
    this.rows.writeTurn({ ...rest, startedAt, generations: [meta.generation] })
    this.log.beginGeneration(record.turn, meta.generation)
    const { runId, agentId, messageId } = record
    this.log.push({
      type: 'turn-start',
      runId,
      agentId,
      messageId,
      input,
      startedAt,
      threadId: meta.info.threadId,
    })
    this.events.append(this.log.takeRows())
  }

  #startQueued(): void {
    const meta = this.meta
    const record = meta && this.rows.readTurn(meta.open[0]?.turn ?? -1)
    const input = record?.input
    if (!meta || !record || !input) return
    this.#platform.sql.transaction(() => {
      this.#begin(meta, record, input)
      this.rows.writeMeta(meta)
      this.#arm(meta)
    })
    this.#launch(record.turn, input)
  }

  /** Another life for a turn that a crash cut off. */
  #recover(): void {
    const meta = this.meta
    const open = meta?.open[0]
    const record = open && this.rows.readTurn(open.turn)
    if (!meta || !open || !record) return
    this.#dropLostAttempts(record)
    const { input, state } = foldTurn(this.events, record)
    if (!input) throw new Error(`Cannot take up turn ${record.turn}: its first row is missing`)
    const progress =
      state.steps.length +
      state.message.parts.filter((part) => part.type === 'tool' && part.state !== 'pending').length
    open.tries = progress > open.progress ? 1 : open.tries + 1
    open.progress = progress
    meta.generation += 1
    this.#platform.sql.transaction(() => {
      this.rows.writeTurn({ ...record, generations: [...record.generations, meta.generation] })
      this.rows.writeMeta(meta)
      this.#arm(meta)
    })
    this.log.beginGeneration(record.turn, meta.generation)
    dropUnsettled(state)
    this.#services.logger.warn('turn taken up after a crash', { runId: record.runId, tries: open.tries })
    this.#launch(record.turn, input, state, open.tries > RECOVERY_BUDGET)
  }

  /** Rows of a long step that was written out in blocks and never finished. */
  #dropLostAttempts({ generations }: TurnRecord): void {
    const attempts = new Map<string, { generation: number; attempt: number; isLost: boolean }>()
    for (const row of this.events.readGenerations(generations)) {
      const isLost = !unpackRow(row).some(({ event }) => isDurable(event))
      const known = attempts.get(`${row.generation}/${row.attempt}`)
      const { generation, attempt } = row
      attempts.set(`${generation}/${attempt}`, {
        generation,
        attempt,
        isLost: isLost && (known?.isLost ?? true),
      })
    }
    for (const { generation, attempt, isLost } of attempts.values()) {
      if (isLost) this.events.dropAttempt(generation, attempt)
    }
  }

  #launch(turn: number, input: Message, state?: TurnState, isExhausted = false): void {
    const record = this.rows.readTurn(turn)
    if (!record) return
    const abort = new AbortController()
    const live: LiveTurn = { turn, runId: record.runId, abort, done: Promise.resolve(), isVoid: false }
    this.#live = live
    const folded = state ?? startTurn(record.messageId, record.startedAt ?? record.createdAt)
    live.done = this.#run(live, record, input, folded, isExhausted)
      .catch((error: unknown) => {
        // Only storage fails here. The rows are the truth: the alarm takes the turn up from them.
        this.#services.logger.error('turn interrupted', { runId: record.runId, ...errorField(error) })
      })
      .finally(() => {
        if (this.#live === live) this.#live = undefined
        if (!live.isVoid && this.meta?.open[0]?.state === 'queued') this.#startQueued()
      })
    this.#platform.waitUntil(live.done)
  }

  async #run(
    live: LiveTurn,
    record: TurnRecord,
    input: Message,
    state: TurnState,
    isExhausted: boolean,
  ): Promise<void> {
    const { meta } = this
    if (!meta) return
    // The model is asked while the start is being written: the platform lets no request out before that is done.
    const begun = this.#settle(live)
    const { threadId } = meta.info
    const history = (count: number): Message[] =>
      record.history ?? lastMessages(this.rows, this.events, record.turn, count)
    const run = { record, threadId, input, state, history, signal: live.abort.signal }
    const events = isExhausted ? exhausted(state) : turnEvents(run, this.#services)
    for await (const event of events) {
      if (live.isVoid) return
      this.log.push(event)
      if (mustCommit(event)) {
        await begun
        if (!live.isVoid) await this.#commit(live, event)
      } else if (this.log.isLong) {
        await begun
        this.#platform.sql.transaction(() => this.log.flush())
      }
    }
  }

  async #commit(live: LiveTurn, event: TurnEvent): Promise<void> {
    this.#platform.sql.transaction(() => {
      this.events.append(this.log.takeRows())
      const meta = this.meta
      if (event.type !== 'turn-end' || !meta) return
      meta.open = meta.open.filter(({ turn }) => turn !== live.turn)
      this.rows.writeMeta(meta)
    })
    await this.#settle(live)
  }

  /** Waits until what was written is on disk, then lets followers see it. */
  async #settle(live: LiveTurn): Promise<void> {
    await this.#platform.sync()
    if (!live.isVoid) this.log.publish()
    await this.#services.afterCommit?.()
  }

  async #drain(): Promise<void> {
    if (!this.rows.hasTables) return
    try {
      await drainOutbox(this.rows, this.#services.documents)
      this.#outboxFailures = 0
    } catch (error) {
      this.#outboxFailures += 1
      this.#services.logger.warn('outbox not delivered, it is tried again', errorField(error))
      this.#arm(this.meta)
    }
  }
}

/** A step's end that ends the turn is committed together with the turn's end, which follows at once. */
function mustCommit(event: TurnEvent): boolean {
  return event.type === 'step-end' ? event.isContinued : isDurable(event)
}

async function* exhausted({ usage }: TurnState): AsyncGenerator<TurnEvent, void> {
  const message = `The turn was interrupted ${RECOVERY_BUDGET} times without coming further`
  const error = { code: 'recovery_exhausted', message } as const
  yield { type: 'turn-end', status: 'failed', finishReason: 'error', usage, error }
}

const TITLE_LENGTH = 80

function newMeta(
  { threadId, resourceId, retentionMs }: TurnRequest,
  space: string,
  input: Message,
  now: number,
): ThreadMeta {
  const words = messageText(input).replaceAll(/\s+/g, ' ').trim()
  const title = words.length > TITLE_LENGTH ? `${words.slice(0, TITLE_LENGTH - 1)}…` : words
  const info = { threadId, resourceId, title, metadata: {}, createdAt: now, updatedAt: now }
  const expiry = retentionMs === undefined ? {} : { expiresAt: now + retentionMs }
  return { info, space, generation: 0, nextTurn: 1, open: [], version: 0, ...expiry }
}

function toRecord(
  { agentId, resourceId, runtimeContext, maxSteps, history, trace }: TurnRequest,
  { input, turn, now, newId }: { input: Message; turn: number; now: number; newId: NewId },
): TurnRecord {
  return {
    turn,
    runId: newId('run'),
    agentId,
    messageId: newId('msg'),
    inputId: input.id,
    resourceId,
    runtimeContext,
    ...(maxSteps !== undefined && { maxSteps }),
    ...(history && { history }),
    ...(trace && { trace }),
    createdAt: now,
    input,
    generations: [],
  }
}
