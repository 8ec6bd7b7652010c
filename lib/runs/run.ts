import { EdgewiseError } from '../protocol/error.ts'
import type { JsonValue } from '../protocol/json.ts'
import type { Offset } from '../protocol/offset.ts'
import type { RunEvent } from '../protocol/run-event.ts'
import { errorField } from '../telemetry/logger.ts'
import { toInfo, toRecord, toResult } from '../workflows/describe-run.ts'
import { cancelRun } from '../workflows/cancel-run.ts'
import type { Change } from '../workflows/drive.ts'
import { Drive } from '../workflows/drive.ts'
import { toStepError } from '../workflows/execute.ts'
import { checkInput, checkState } from '../workflows/input.ts'
import type { ChildNews } from '../workflows/kin.ts'
import type { EventReceipt, RunInfo, RunRecord, WorkflowResult } from '../workflows/result.ts'
import { resumeRun } from '../workflows/resume-run.ts'
import type { RunState } from '../workflows/run-state.ts'
import { isTaken } from '../workflows/run-state.ts'
import type { ResumeTarget, SentEvent } from '../workflows/runner.ts'
import { nextDue } from '../workflows/unit-events.ts'
import { sendEvent } from '../workflows/send-event.ts'
import { runWords } from '../workflows/words.ts'
import type { Platform } from '../storage/platform.ts'
import type { Beginning } from './begin.ts'
import { beginRun } from './begin.ts'
import { beginTravel } from './fork.ts'
import { askChildren, checkParent, childChange, refusal } from './child-letters.ts'
import { clearRun, heedErasure, retire, wakeUnread } from './erase.ts'
import { giveContext } from './give-context.ts'
import { recoverRun, restart } from './recover.ts'
import { RunWriter } from './run-writer.ts'
import { eraseAll, forgetCreated, ownerOf } from './created.ts'
import { drain, drainSoon } from './outbox.ts'
import { endUnread, isMisfit, lastLetters, loadRun } from './load.ts'
import { admitRun, askAgain, placeOf } from './lease.ts'
import type { Letter } from './letter.ts'
import type { RunParts, RunServices } from './parts.ts'
import { createParts } from './parts.ts'
import type { RunMeta, RunOrigin } from './run-rows.ts'
import { isGoing, isIdle, isThere, ownerIn } from './standing.ts'
import type { RunRequest, TravelRequest } from './run-request.ts'

/**
 * One run of a workflow. Whatever kills the object, the next request or the alarm folds the log and goes on. In memory
 * is only what the rows say, and what is being executed.
 */
export class Run {
  readonly parts: RunParts
  #writer: RunWriter | undefined
  #isErased = false
  #loading: Promise<RunWriter | undefined> | undefined

  constructor(platform: Platform, services: RunServices) {
    const words = runWords(() => {
      const workflowId = this.#writer?.meta.info.workflowId ?? this.meta?.info.workflowId
      return workflowId === undefined ? undefined : services.getWorkflow(workflowId)
    })
    this.parts = createParts(platform, services, words)
    this.parts.onRefused = async (call, error) => {
      const news = refusal(call, error)
      if (news && this.meta) await this.hearChild(news)
    }
  }

  get meta(): RunMeta | undefined {
    return this.parts.rows.readMeta()
  }

  get isErased(): boolean {
    return this.#isErased
  }

  /** Whether something is being done, or will be without anybody's doing; and whether all that was done can be seen. */
  get isQuiet(): boolean {
    if (!this.#writer || this.#writer.isOver) return !isGoing(this.meta?.info.status)
    return !isGoing(this.#writer.run.status) && !this.#writer.isFlushing
  }

  /**
   * Begins the run. A run that is there already is joined, whatever it is given.
   *
   * @throws EdgewiseError `workflow_not_found`, `invalid_request`; `resource_mismatch` if it is another's.
   */
  async start(asked: RunRequest, address: string): Promise<void> {
    const { services, rows } = this.parts
    const resourceId = ownerOf(rows.readCreated(), asked)
    const request = resourceId === undefined ? asked : { ...asked, resourceId }
    const { workflowId } = request
    if (this.#isThere(request)) return this.#join(request)
    checkParent(request)
    const definition = services.getWorkflow(workflowId)
    if (!definition) throw new EdgewiseError('workflow_not_found', `There is no workflow "${workflowId}"`)
    const input = await checkInput(definition, request.inputData)
    const state = await checkState(definition, request.initialState)
    await this.parts.alarm.load()
    // Of two starts that were checked at once, the other came first.
    if (this.#isThere(request)) return this.#join(request)
    await this.#begin(beginRun(this.parts, definition, request, { address, input, state }), [])
  }

  /**
   * Goes on from a step of another run, which is asked for what stays and is otherwise left alone. A run that is there
   * already is joined. Gives the place from which on it says something of its own.
   *
   * @throws EdgewiseError `run_not_found`, `invalid_request`, `workflow_changed` of that run.
   */
  travel(request: TravelRequest, address: string): Promise<Offset> {
    return beginTravel(this.parts, request, address, {
      // Whose it is says the other run.
      isThere: () =>
        this.#isThere({ workflowId: request.workflowId, ...ownerIn(this.#writer?.meta ?? this.meta) }),
      begin: (beginning, taken) => this.#begin(beginning, taken),
      join: () => this.#join(request),
    })
  }

  /** With what it takes over from another run. */
  async #begin({ run, meta, event, origin }: Beginning, taken: readonly RunEvent[]): Promise<void> {
    const writer = this.#write(run, meta, origin)
    this.#isErased = false
    await this.#submit(writer, (say) => {
      writer.origin = origin
      say(event)
      for (const one of taken) say(one)
      return taken.length > 0 ? 'all' : run.root
    })
  }

  /**
   * Answers a step that waits, or lets a run that pauses go on.
   *
   * @throws EdgewiseError `run_not_found`, `workflow_changed`, and as {@link resumeRun}.
   */
  async resume(
    target: ResumeTarget,
    resumeData: JsonValue = null,
    sent: { perStep?: boolean; nonce?: string } = {},
  ): Promise<void> {
    const writer = await this.#mustLoad()
    const isForAll = resumeData === null && Object.keys(target).length === 0 && writer.run.status !== 'paused'
    if (isForAll && (await this.giveContext(sent.nonce))) return
    await resumeRun(writer.run, { target, resumeData, ...sent }, this.#change(writer))
  }

  /** All that waits for secrets goes on, here and in the runs that this one has started. As {@link giveContext} says. */
  async giveContext(nonce?: string): Promise<boolean> {
    const writer = await this.#mustLoad()
    return giveContext(this.parts, writer, nonce, (change) => this.#submit(writer, change))
  }

  /** Whether a call was taken that is sent again now. */
  hasTaken(nonce: string | undefined): boolean {
    const run = this.#writer?.run
    return run !== undefined && isTaken(run, nonce)
  }

  /**
   * Takes an event that was sent to the run.
   *
   * @throws EdgewiseError `run_not_found`, `run_ended`, `invalid_request`, `workflow_changed`, and for what is too much.
   */
  async sendEvent(sent: SentEvent): Promise<EventReceipt> {
    const writer = await this.#mustLoad()
    return sendEvent(writer.run, sent, this.#change(writer))
  }

  /** Takes what a run that this one has started says. What is old news changes nothing. */
  async hearChild(news: ChildNews): Promise<void> {
    const writer = await this.#mustLoad()
    await this.#submit(writer, childChange(this.parts, writer.run, news))
  }

  /** Takes up what was cut off; of a run that failed the steps that failed, and what ran beside them. */
  async restart(nonce?: string): Promise<void> {
    const writer = await this.#mustLoad()
    await this.#submit(writer, restart(writer, this.parts.services.now, nonce))
  }

  /** Its queue lets it be going. False if it is not, or no longer, what that lease is for. */
  async admit(ticket: number): Promise<boolean> {
    const writer = await this.#mustLoad()
    return admitRun(writer, ticket, this.#change(writer))
  }

  /** Ends the run, and stops what is being executed. False if it had ended. */
  async cancel(): Promise<boolean> {
    const writer = await this.#loadToEnd()
    return writer ? cancelRun(writer.run, this.#change(writer)) : true
  }

  /** Whether the run makes good what it has done, and has not ended before that. */
  get isCompensating(): boolean {
    const run = this.#writer?.run
    return run?.unwinding !== undefined && run.outcome === undefined
  }

  /** The run in memory, if it is there. */
  get state(): RunState | undefined {
    return this.#writer?.run
  }

  /**
   * Erases the run and takes it off its list. `erasing`: because all that its owner has is erased, which those who get
   * these letters are to hear. False if there was none.
   */
  async remove(erasing?: readonly Letter[]): Promise<boolean> {
    const { alarm, services, log } = this.parts
    await alarm.load()
    const { meta } = this
    if (!meta) return forgetCreated(this.parts)
    meta.version = Math.max(meta.version + 1, services.now())
    const letters = lastLetters(this.parts, meta, this.#writer?.run)
    this.#writer?.stop(new EdgewiseError('aborted', 'The run was deleted'))
    this.#writer = undefined
    clearRun(this.parts, meta, letters, erasing)
    this.#isErased = true
    log.reset()
    await services.afterCommit?.()
    await this.tellAll()
    return true
  }

  /** Tells others what they must hear. Of a run that was deleted, or was never started, nothing is left then. */
  async tellAll(): Promise<void> {
    const { rows, telling } = this.parts
    // Of a run that is gone what was being said before must not arrive behind that.
    if (!this.meta) await telling?.done.catch(() => undefined)
    await drain(this.parts, this.#writer?.run)
    if (!this.meta && rows.hasTables && !rows.hasOutbox) await eraseAll(this.parts)
  }

  /** Goes on with what is unfinished and not being done. Called by every request and by the alarm. Never throws. */
  async takeUp(): Promise<void> {
    try {
      await this.#load()
    } catch (error) {
      this.parts.services.logger.warn('run cannot be taken up', {
        runId: this.meta?.info.runId ?? '',
        ...errorField(error),
      })
    }
  }

  /**
   * The alarm: sets going what is due or was cut off, and returns. It must not wait for that: an alarm that falls due
   * while the handler runs would wait as well.
   */
  async alarm(): Promise<void> {
    const { alarm, platform } = this.parts
    alarm.clear()
    this.parts.calls.renew()
    try {
      await heedErasure(this)
      await this.takeUp()
      this.#writer?.renew()
      // What is due is due no more before the next alarm is set.
      await this.#writer?.poke()
      if (this.#writer) platform.waitUntil(this.#askChildren(this.#writer.run).catch(() => undefined))
      askAgain(this.parts, this.#writer?.meta)
      await retire(this)
    } finally {
      // Whatever went wrong, an unfinished run is never left without an alarm.
      if (this.#writer) alarm.set(this.#writer.run)
      else wakeUnread(this)
      platform.waitUntil(this.tellAll().catch(() => undefined))
    }
  }

  /** Somebody begins to listen to what is said as it is. Gives a function that ends it. */
  hear(): () => void {
    const hearer = {}
    this.parts.audience.add(hearer)
    this.#writer?.publish()
    return () => this.parts.audience.delete(hearer)
  }

  /** Resolves once the run has ended or nothing is left to do until somebody answers. */
  async settled(): Promise<void> {
    for (;;) {
      const writer = await this.#load()
      if (!writer || !isGoing(writer.run.status)) return writer?.durable()
      const { working } = writer.drive
      // Where it only waits for a moment that is far away, nothing works here: the alarm brings the news.
      await (working?.catch(() => undefined) ?? this.#news())
    }
  }

  /** @throws EdgewiseError `run_not_found` or `workflow_changed`. */
  async result(): Promise<WorkflowResult> {
    return toResult((await this.#mustLoad()).run)
  }

  /** As all of it that is on disk says. @throws EdgewiseError `run_not_found` or `workflow_changed`. */
  async info(): Promise<RunInfo> {
    const writer = await this.#mustLoad()
    await writer.durable()
    return toInfo(writer.run)
  }

  /** Undefined if there is no such run. @throws EdgewiseError `workflow_changed`. */
  async record(): Promise<RunRecord | undefined> {
    const writer = await this.#load()
    return writer && { ...toRecord(writer.run), ...(await placeOf(this.parts, writer.meta)) }
  }

  async #askChildren(run: RunState): Promise<void> {
    for await (const news of askChildren(this.parts, run, this.parts.services.now()))
      await this.hearChild(news)
  }

  async #news(): Promise<void> {
    const leave = this.hear()
    await new Promise<void>((resolve) => this.parts.log.onNews(resolve))
    leave()
  }

  async #mustLoad(): Promise<RunWriter> {
    const writer = await this.#load()
    if (!writer) throw new EdgewiseError('run_not_found', 'There is no such run')
    return writer
  }

  /** Whether the run is there already. @throws EdgewiseError if it is another's. */
  #isThere(request: Pick<RunRequest, 'workflowId' | 'resourceId'>): boolean {
    return isThere(this.#writer?.meta ?? this.meta, request)
  }

  /** Its start may still be on its way to the rows. */
  async #join(request: Pick<RunRequest, 'runId' | 'parent'>): Promise<void> {
    await this.takeUp()
    checkParent(request, this.#writer?.run)
    await this.#writer?.submit(() => undefined)
    await this.#writer?.durable()
  }

  /** As `#mustLoad`; a run that its definition no longer fits is ended without being read, and nothing is given. */
  async #loadToEnd(): Promise<RunWriter | undefined> {
    try {
      return await this.#mustLoad()
    } catch (error) {
      const { meta } = this
      if (!isMisfit(error) || !isIdle(meta)) throw error
      endUnread(this.parts, meta, { status: 'canceled' })
      return undefined
    }
  }

  /** The run in memory; read from its rows, and set going again, if this object has just begun to live. */
  #load(): Promise<RunWriter | undefined> {
    if (this.#writer && !this.#writer.isOver) return Promise.resolve(this.#writer)
    this.#loading ??= this.#read().finally(() => (this.#loading = undefined))
    return this.#loading
  }

  async #read(): Promise<RunWriter | undefined> {
    await this.parts.alarm.load()
    const { meta } = this
    const origin = this.parts.rows.readOrigin()
    if (!meta || !origin) return undefined
    let run: RunState
    try {
      run = loadRun(this.parts, meta)
    } catch (error) {
      // It may be restarted under the definition that it had.
      if (isMisfit(error) && isGoing(meta.info.status))
        endUnread(this.parts, meta, { status: 'failed', error: toStepError(error) })
      throw error
    }
    const writer = this.#write(run, meta, origin)
    if (run.status === 'running') await recoverRun(this.parts, writer)
    // What it waits for may be overdue.
    else if (!run.outcome && nextDue(run) !== undefined) await writer.poke()
    return writer
  }

  #write(run: RunState, meta: RunMeta, { runtimeContext, secretKeys = [], trace }: RunOrigin): RunWriter {
    const writer = new RunWriter(
      this.parts,
      run,
      meta,
      trace,
      (ports) => new Drive(run, this.parts.context.open(runtimeContext, secretKeys), ports),
    )
    writer.onOutbox = () => {
      const told = drainSoon(this.parts, writer.drive.working, () => this.#writer?.run)
      this.parts.platform.waitUntil(told.catch(() => undefined))
    }
    this.#writer = writer
    return writer
  }

  /** Makes a change, and keeps the object alive while work follows from it. */
  async #submit(writer: RunWriter, change: Change): Promise<void> {
    await writer.submit(change)
    await writer.durable()
  }

  #change(writer: RunWriter) {
    const submit = (change: Change): Promise<void> => this.#submit(writer, change)
    return { submit, now: () => this.parts.services.now() }
  }
}
