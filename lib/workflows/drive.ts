import type { JsonValue } from '../protocol/json.ts'
import type { RunEvent, StepProgress } from '../protocol/run-event.ts'
import type { RuntimeContext } from '../protocol/runtime-context.ts'
import { MAX_TIMER_MS } from '../streams/wait.ts'
import type { Wait } from '../streams/wait.ts'
import type { Telemetry } from '../telemetry/span.ts'
import { openSpan } from '../telemetry/span.ts'
import type { StepRuntime } from './context.ts'
import type { Compensated } from './compensate.ts'
import { compensateAgain, compensated, executeCompensation, recoverCompensation } from './compensate.ts'
import { endOrCompensate } from './compensation.ts'
import type { Decision, Next } from './engine.ts'
import { advance, advanceAll, closeDecision } from './engine.ts'
import type { Ending, RunAnswer, RunServices } from './execute.ts'
import { decide, executeStep, outcomeUnknown, reconcileStep, toStepError } from './execute.ts'
import { applyRunEvent } from './fold.ts'
import { lackOf, lackPayload } from './lacking.ts'
import { resumeEvent } from './resume.ts'
import type { Flow, RunState, Unit } from './run-state.ts'
import { stepIdAt, stepOf, unitOf } from './run-state.ts'
import type { Unwinding } from './unwinding.ts'
import { beginAgain, dueEvent, dueUnits, endingEvent, isAtWork, nextDue } from './unit-events.ts'
import type { Step } from './step-definition.ts'
import { StepSignals } from './step-signals.ts'

/** What a drive needs of whoever holds the run. */
export interface DrivePorts {
  now(): number
  random(): number
  wait: Wait
  telemetry: Telemetry
  runtime: StepRuntime
  /**
   * **Contract:** keeps the events, in this order, as one. What is executed next is so only after it has returned. It
   * may throw if it cannot, and then this drive is over: the rows are the truth.
   */
  commit(events: readonly RunEvent[]): Promise<void> | void
  /** Resolves when all that was committed is on disk. */
  durable(): Promise<void>
  progress(event: StepProgress): void
  /** A drive does not stay for a moment that is further away than this, in milliseconds. */
  maxWaitMs: number
}

/** A change of the run from outside: says events, and gives the workflows in which something may follow. */
export type Change = (say: (event: RunEvent) => void) => Flow | 'all' | undefined

type News =
  | { type: 'ending'; unit: Unit; attempt: number; ending: Ending | undefined }
  | { type: 'compensated'; path: string; attempt: number; ending: Compensated }
  | { type: 'decision'; decision: Decision; event?: RunAnswer; error?: unknown }
  | { type: 'change'; change: Change; resolve: () => void; reject: (error: unknown) => void }

/** Those whose changes were taken, and are not kept yet. */
type Waiting = Pick<News & { type: 'change' }, 'resolve' | 'reject'>

/** How many turns of the microtask queue news is waited for before a commit: what ends together is kept together. */
const GATHER_TICKS = 6

/**
 * The one writer of a run, as long as something is to be done: executes what the engine says, and commits what comes
 * of it before anything follows from that. Whatever happens to the run goes through here, one thing after the other.
 */
export class Drive {
  readonly run: RunState
  readonly #ports: DrivePorts
  #abort = new AbortController()
  readonly #services: RunServices
  readonly #signals = new StepSignals(() => this.#services.signal)
  #news: News[] = []
  #wake: (() => void) | undefined
  #loop: Promise<void> | undefined
  #isStopped = false
  #stopReason: unknown
  /** Stops a compensation. */
  #unwinding: AbortController | undefined
  /** The moment of what is being gathered: what is kept together happened at one time. */
  #at = 0

  constructor(run: RunState, runtimeContext: RuntimeContext, ports: DrivePorts) {
    this.run = run
    this.#ports = ports
    this.#services = {
      runtimeContext,
      runtime: ports.runtime,
      signal: this.#abort.signal,
      signalOf: (unit) => this.#signals.of(unit),
      progress: (unit, data) => this.#progress(unit, data),
    }
  }

  /** The work that is under way; undefined if nothing is. It rejects if the run could not be kept. */
  get working(): Promise<void> | undefined {
    return this.#loop
  }

  /** Resolves when the change is committed; rejects with what it threw. Sets the drive going if it was not. */
  submit(change: Change): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isStopped) return reject(this.#stopReason)
      this.#tell({ type: 'change', change, resolve, reject })
      this.#go()
    })
  }

  /** Leaves everything as it is: what is still being executed goes nowhere. */
  stop(reason: unknown): void {
    if (!this.#isStopped) this.#stopReason = reason
    this.#isStopped = true
    this.#abort.abort(reason)
    this.#unwinding?.abort(reason)
    for (const news of this.#news.splice(0)) if (news.type === 'change') news.reject(reason)
    this.#wake?.()
  }

  #go(): void {
    this.#loop ??= this.#work().finally(() => {
      this.#loop = undefined
      // A change may have come while it was on its way out.
      if (this.#news.some(({ type }) => type === 'change')) this.#go()
    })
    this.#loop.catch(() => undefined)
  }

  async #work(): Promise<void> {
    let waiting: Waiting[] = []
    try {
      while (!this.#isStopped && (await this.#hasNews())) {
        waiting = []
        const events = await this.#gather(waiting)
        if (this.#isStopped) throw this.#stopReason
        if (events.length > 0) await this.#ports.commit(events)
        for (const { resolve } of waiting) resolve()
        // A run that is over needs nobody any more.
        const { status } = this.run.outcome ?? this.run.unwinding?.outcome ?? {}
        if (status) this.#abort.abort(new Error(`The run is over: ${status}`))
        this.#signals.leave(this.run)
        for (const event of events) this.#begin(event)
      }
    } catch (error) {
      // What was taken and not kept has not happened.
      for (const { reject } of waiting) reject(error)
      if (this.#isStopped) return
      this.stop(error)
      throw error
    }
  }

  /** Waits for something to happen. False if nothing will, or not soon. */
  async #hasNews(): Promise<boolean> {
    for (;;) {
      if (this.#news.length > 0) return true
      const { run } = this
      if (run.outcome) return false
      const now = this.#ports.now()
      const due = nextDue(run)
      if (due !== undefined && due <= now) return true
      if (run.status !== 'running') return false
      if (!isAtWork(run) && (due === undefined || due - now > this.#ports.maxWaitMs)) return false
      await this.#sleep(due === undefined ? undefined : due - now)
      if (this.#isStopped) return false
    }
  }

  /** Until there is news, or so many milliseconds. */
  async #sleep(ms: number | undefined): Promise<void> {
    // Called between any two steps: an abort signal costs more than all the rest of it.
    const over = ms === undefined ? undefined : new AbortController()
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      if (ms !== undefined && over)
        this.#ports.wait(Math.min(ms, MAX_TIMER_MS), over.signal).then(resolve, () => undefined)
    })
    this.#wake = undefined
    over?.abort()
  }

  /** All that has happened by now, and what follows from it, as events that are in the state already. */
  async #gather(waiting: Waiting[]): Promise<RunEvent[]> {
    const events: RunEvent[] = []
    do {
      for (let tick = 0; tick < GATHER_TICKS; tick += 1) await undefined
      this.#at = this.#ports.now()
      for (const news of this.#news.splice(0)) this.#take(news, events, waiting)
      this.#ringTimers(events)
      // An answer that comes at once belongs to the question: a loop's round and what follows are one.
      if (this.run.deciding > 0) for (let tick = 0; tick < GATHER_TICKS; tick += 1) await undefined
    } while (this.#news.length > 0 && !this.#isStopped)
    return events
  }

  #take(news: News, events: RunEvent[], waiting: Waiting[]): void {
    if (news.type === 'change') return this.#change(news, events, waiting)
    if (news.type === 'decision') return this.#answer(news, events)
    if (news.type === 'compensated') {
      const chance = { at: this.#at, random: this.#ports.random }
      return this.#unwind(compensated(this.run, news, news.ending, chance), events)
    }
    const { unit, attempt, ending } = news
    // A try that is no longer the unit's, of a run that is over or a branch that was left: it comes too late.
    if (this.run.status !== 'running' || unit.attempt !== attempt || !this.run.running.has(unit)) return
    // One that was stopped is not tried again.
    if (this.run.unwinding && ending?.type === 'fail') ending.isFinal = true
    this.#say(
      ending ? endingEvent(unit, ending, this.#at, this.#ports.random) : beginAgain(this.run, unit, this.#at),
      events,
    )
    this.#follow(unit.flow, events)
  }

  #change(news: News & { type: 'change' }, events: RunEvent[], waiting: Waiting[]): void {
    try {
      const flow = news.change((event) => this.#say(event, events))
      waiting.push(news)
      if (flow === 'all') this.#add(advanceAll(this.run, this.#at), events)
      else if (flow) this.#follow(flow, events)
    } catch (error) {
      news.reject(error)
    }
  }

  #answer({ decision, event, error }: News & { type: 'decision' }, events: RunEvent[]): void {
    if (!closeDecision(this.run, decision) || this.run.status !== 'running' || this.run.unwinding) return
    const at = this.#at
    const contextKeys = lackOf(error, this.#services.runtimeContext)
    if (event) this.#say({ ...event, at }, events)
    else if (decision.kind === 'enter') {
      const { path, stepId } = decision.unit
      this.#say({ type: 'step-fail', at, path, stepId, error: toStepError(error) }, events)
    } else if (contextKeys) {
      const { flow, node } = decision
      const place = { path: `${flow.prefix}${flow.index}`, stepId: stepIdAt(node.definition, 0) }
      const payload = lackPayload(contextKeys)
      this.#say({ type: 'step-suspend', at, ...place, payload, contextKeys, isDecision: true }, events)
    } else this.#say(endOrCompensate(this.run, { status: 'failed', error: toStepError(error) }, at), events)
    this.#follow(decision.flow, events)
  }

  #ringTimers(events: RunEvent[]): void {
    const at = this.#at
    if (this.run.outcome || (nextDue(this.run) ?? Infinity) > at) return
    const { unwinding } = this.run
    if (unwinding) return this.#unwind(unwinding.current && compensateAgain(unwinding.current, at), events)
    for (const unit of dueUnits(this.run, at)) {
      if (this.run.outcome || this.run.unwinding) return
      if (this.run.status !== 'running') this.#say(resumeEvent(at, this.run.stepping !== undefined), events)
      this.#say(dueEvent(this.run, unit, at), events)
      this.#follow(unit.flow, events)
    }
  }

  #unwind(event: RunEvent | undefined, events: RunEvent[]): void {
    if (event) this.#say(event, events)
    this.#follow(this.run.root, events)
  }

  #say(event: RunEvent, events: RunEvent[]): void {
    applyRunEvent(this.run, event)
    events.push(event)
  }

  #follow(flow: Flow, events: RunEvent[]): void {
    this.#add(advance(this.run, flow, this.#at), events)
  }

  #add(next: Next, events: RunEvent[]): void {
    events.push(...next.events)
    for (const decision of next.decisions) void this.#decide(decision)
  }

  async #decide(decision: Decision): Promise<void> {
    try {
      const event = await decide(this.run, decision, this.#services, () => this.#ports.now())
      this.#tell({ type: 'decision', decision, event })
    } catch (error) {
      this.#tell({ type: 'decision', decision, error })
    }
  }

  /** A step whose start is committed is executed. */
  #begin(event: RunEvent): void {
    const { unwinding } = this.run
    if (event.type === 'compensate-start' && unwinding?.current) void this.#compensate(unwinding.current)
    if (event.type !== 'step-start') return
    const unit = unitOf(this.run, event.path)
    if (!unit || !this.run.running.has(unit) || unit.attempt !== event.attempt) return
    const step = stepOf(unit)
    if (step) void (event.isReconciling ? this.#reconcile(unit, step) : this.#execute(unit, step))
  }

  async #execute(unit: Unit, step: Step): Promise<void> {
    const { attempt } = unit
    // What may not happen twice must not happen before it is known that it may have.
    if (step.effect !== 'retry') await this.#ports.durable().catch(() => undefined)
    const { span, end } = openSpan(this.#ports.telemetry, `execute_step ${step.id}`, {
      'edgewise.run.id': this.run.runId,
      'edgewise.step.path': unit.path,
      'edgewise.step.attempt': attempt,
    })
    if (this.#isStopped) return end()
    const ending = await executeStep(this.run, unit, step, this.#services)
    if (unit.attempt === attempt) this.#signals.close(unit)
    span.setAttribute('edgewise.step.ending', ending.type)
    end(ending.type === 'fail' ? new Error(ending.error.message) : undefined)
    this.#tell({ type: 'ending', unit, attempt, ending })
  }

  async #compensate(current: NonNullable<Unwinding['current']>): Promise<void> {
    const { path, attempt, step } = current
    if (step.effect !== 'retry') await this.#ports.durable().catch(() => undefined)
    if (this.#isStopped) return
    // The signal of the steps has told them to stop; what makes them good stops with the drive alone.
    this.#unwinding ??= new AbortController()
    const services = { ...this.#services, signal: this.#unwinding.signal }
    const ending = await executeCompensation(this.run, current, services)
    this.#tell({ type: 'compensated', path, attempt, ending })
  }

  /** What a crash cut off, by what its step may count on. Called in a change. */
  recover(say: (event: RunEvent) => void): 'all' {
    const again = recoverCompensation(this.run, this.#at)
    if (again) say(again)
    // What is begun again is put on the same list anew.
    for (const unit of Array.from(this.run.running)) {
      const step = stepOf(unit)
      if (step?.effect === 'once') say(endingEvent(unit, outcomeUnknown(), this.#at, this.#ports.random))
      else if (step?.effect === 'reconcile') void this.#reconcile(unit, step)
      else say(beginAgain(this.run, unit, this.#at))
    }
    return 'all'
  }

  /** What is on the list of what runs is begun again, whatever it may count on: somebody has said so. */
  rerun(say: (event: RunEvent) => void): 'all' {
    // The failure had stopped all that ran beside it.
    this.#abort = new AbortController()
    this.#services.signal = this.#abort.signal
    // What waited beside it took nothing meanwhile: it waits anew, and before what begins now.
    for (const unit of [...this.run.awaiting, ...this.run.running]) say(beginAgain(this.run, unit, this.#at))
    return 'all'
  }

  async #reconcile(unit: Unit, step: Step): Promise<void> {
    const { attempt } = unit
    const ending = await reconcileStep(this.run, unit, step, this.#services)
    this.#tell({ type: 'ending', unit, attempt, ending })
  }

  #progress({ path, stepId }: Unit, data: JsonValue): void {
    if (!this.#isStopped) this.#ports.progress({ type: 'step-progress', path, stepId, data })
  }

  #tell(news: News): void {
    if (this.#isStopped) return
    this.#news.push(news)
    this.#wake?.()
  }
}
