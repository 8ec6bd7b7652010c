import type { RunEvent } from '../protocol/run-event.ts'
import { startChild } from './child-run.ts'
import { endOrCompensate, nextCompensation } from './compensation.ts'
import { waitFor } from './event-step.ts'
import { applyRunEvent } from './fold.ts'
import { executableAt } from './graph.ts'
import { firstMail } from './mailbox.ts'
import { openNode } from './open-node.ts'
import { sleepStart } from './sleep.ts'
import type { Flow, OpenNode, RunState, Unit } from './run-state.ts'
import { resumeEvent } from './resume.ts'
import { DECISION, hasRunningChild, isHeld, pathOf, stepIdAt, unitOf } from './run-state.ts'

/** A question that only the user's code can answer: which branches, another round, how long, does the input fit. */
export type Decision =
  | { kind: 'branch' | 'loop' | 'sleep'; flow: Flow; node: OpenNode }
  | { kind: 'enter'; flow: Flow; unit: Unit }

/** What follows. The events are in the state already; they are to be committed, and what they start to be executed. */
export interface Next {
  events: RunEvent[]
  decisions: Decision[]
}

/**
 * What follows from the state of a run, where something has happened in `flow`: a function of the state alone. It
 * looks at the node that the workflow has come to, and where a workflow ends at the one around it.
 */
export function advance(run: RunState, flow: Flow, at: number): Next {
  const next: Next = { events: [], decisions: [] }
  const engine = new Engine(run, at, next)
  engine.walk(flow)
  engine.takeMail()
  engine.finish()
  return next
}

/** The same for every workflow that the run is in: after a crash, or when a failed run goes on. */
export function advanceAll(run: RunState, at: number): Next {
  const next: Next = { events: [], decisions: [] }
  const engine = new Engine(run, at, next)
  for (const flow of [...openFlows(run.root)].toReversed()) engine.walk(flow)
  engine.takeMail()
  engine.finish()
  return next
}

/** Takes a question back: it is answered, or nobody will. False if that has happened. */
export function closeDecision(run: RunState, decision: Decision): boolean {
  const { flow } = decision
  if (decision.kind === 'enter') {
    if (!flow.isEntering || unitOf(run, decision.unit.path)?.inner !== flow) return false
    delete flow.isEntering
  } else {
    if (flow.node !== decision.node || !decision.node.isDeciding) return false
    delete decision.node.isDeciding
  }
  run.deciding -= 1
  return true
}

function* openFlows(flow: Flow): Generator<Flow> {
  yield flow
  for (const { inner } of flow.node?.units.values() ?? []) if (inner) yield* openFlows(inner)
}

class Engine {
  readonly #run: RunState
  readonly #at: number
  readonly #next: Next
  #isHeld = false

  constructor(run: RunState, at: number, next: Next) {
    this.#run = run
    this.#at = at
    this.#next = next
  }

  walk(from: Flow): void {
    let flow = from
    const run = this.#run
    while (run.status === 'running' && !run.failure && !run.unwinding) {
      if (!flow.isEntered) return this.#enter(flow)
      const { index } = flow
      const node = openNode(flow)
      if (!node) {
        if (!flow.unit)
          return this.#say({ type: 'run-end', at: this.#at, status: 'success', result: flow.value })
        const { path, stepId } = flow.unit
        this.#say({ type: 'step-result', at: this.#at, path, stepId })
        flow = flow.unit.flow
        continue
      }
      // What its condition waits for is asked of somebody.
      if (!node.isDeciding && !node.units.has(DECISION)) this.#extend(flow, node)
      // Only what needs nobody's code, such as a list without items, is over at once.
      if (flow.index === index) return
    }
  }

  /** Steps that wait for an event get those that have come, in the order of both. */
  takeMail(): void {
    const run = this.#run
    if (run.awaiting.size === 0 || !run.mailbox || run.outcome || run.failure) return
    if (isHeld(run) || run.unwinding) return
    for (const unit of run.awaiting) {
      const eventId = firstMail(run.mailbox, unit.event)
      if (eventId === undefined) continue
      if (run.status !== 'running') this.#say(resumeEvent(this.#at, run.stepping !== undefined))
      const { path, stepId, attempt } = unit
      const start = { path, stepId, attempt: attempt + 1, isResumed: true, eventId } as const
      this.#say({ type: 'step-start', at: this.#at, ...start })
    }
  }

  /** Where nothing goes on any more the run has failed, or waits. */
  finish(): void {
    const run = this.#run
    if (run.status !== 'running') return
    if (run.unwinding) return this.#unwind()
    if (run.running.size > 0 || run.deciding > 0) return
    if (run.failure) {
      this.#say(endOrCompensate(run, { status: 'failed', error: run.failure }, this.#at))
      this.#unwind()
      // A sleep ends by itself, and a run that was started says how it ends.
    } else if (run.timers.size > 0 || hasRunningChild(run)) return
    else if (run.stepping === 'begun' && this.#isHeldBack()) this.#say({ type: 'run-pause', at: this.#at })
    // Somebody's code may have been asked only now.
    else if (run.deciding > 0 || run.status !== 'running') return
    else if (run.suspended.size > 0) this.#say({ type: 'run-suspend', at: this.#at })
    else if (run.awaiting.size > 0) this.#say({ type: 'run-wait', at: this.#at })
  }

  #unwind(): void {
    const next = nextCompensation(this.#run, this.#at)
    if (next) this.#say(next)
  }

  /** Begins what can be begun in a node. */
  #extend(flow: Flow, node: OpenNode): void {
    const { definition } = node
    switch (definition.type) {
      case 'step':
        if (node.next === 0) this.#begin(flow, node, 0)
        return
      case 'parallel':
        while (nextPlace(node) < node.total && flow.node === node && this.#begin(flow, node, node.next));
        return
      case 'branch':
        if (!node.chosen) return this.#decide('branch', flow, node)
        for (const sub of node.chosen) {
          if (sub < node.next || node.outputs[sub] !== undefined || flow.node !== node) continue
          if (!this.#begin(flow, node, sub)) return
        }
        return
      case 'loop':
        if (node.units.size > 0) return
        if (node.settled < node.next) return void this.#begin(flow, node, node.next)
        return this.#decide('loop', flow, node)
      case 'foreach':
        return this.#beginItems(flow, node, definition.concurrency)
      case 'sleep':
        if (node.next === 0) this.#sleep(flow, node)
        return
      default:
        definition satisfies never
    }
  }

  #beginItems(flow: Flow, node: OpenNode, concurrency: number): void {
    const path = `${flow.prefix}${flow.index}`
    const stepId = stepIdAt(node.definition, 0)
    if (!Array.isArray(flow.value)) {
      if (node.next > 0) return
      if (!this.#begin(flow, node, 0)) return
      const error = { name: 'TypeError', message: `foreach needs a list: it was given ${typeof flow.value}` }
      return this.#say({ type: 'step-fail', at: this.#at, path: `${path}.0`, stepId, error })
    }
    if (node.total === 0) return this.#say({ type: 'step-result', at: this.#at, path, stepId, output: [] })
    while (
      nextPlace(node) < node.total &&
      node.units.size - node.suspended < concurrency &&
      flow.node === node
    )
      if (!this.#begin(flow, node, node.next)) return
  }

  /** False if the run is to pause first. */
  #begin(flow: Flow, node: OpenNode, sub: number): boolean {
    if (this.#holdBack()) return false
    const path = pathOf(flow, node.definition, sub)
    const stepId = stepIdAt(node.definition, sub)
    const place = { at: this.#at, path, stepId, attempt: 1 }
    const { resumeData } = (node.given?.sub === sub && node.given) || {}
    const executable = executableAt(node.definition, sub)
    const { waitsFor, starts } = executable?.kind === 'step' ? executable : {}
    if (resumeData !== undefined) this.#say({ type: 'step-start', ...place, isResumed: true, resumeData })
    else if (waitsFor) this.#say(waitFor(waitsFor, place))
    else if (starts) this.#say(startChild(this.#run, starts, place))
    else this.#say({ type: 'step-start', ...place })
    const inner = node.units.get(sub)?.inner
    if (inner) this.walk(inner)
    return true
  }

  /** Where the run pauses after each step, one is executed at a time. */
  #holdBack(): boolean {
    const isHeld = this.#run.stepping === 'begun'
    this.#isHeld ||= isHeld
    return isHeld
  }

  /** Whether something could begin, if the run were not to pause. */
  #isHeldBack(): boolean {
    for (const flow of [...openFlows(this.#run.root)].toReversed()) this.walk(flow)
    return this.#isHeld && this.#run.deciding === 0
  }

  #sleep(flow: Flow, node: OpenNode): void {
    const { definition } = node
    if (definition.type !== 'sleep' || this.#holdBack()) return
    if (typeof definition.due === 'function') return this.#decide('sleep', flow, node)
    this.#say(sleepStart(flow, definition, definition.due, this.#at))
  }

  #enter(flow: Flow): void {
    if (flow.isEntering || !flow.unit) return
    flow.isEntering = true
    this.#run.deciding += 1
    this.#next.decisions.push({ kind: 'enter', flow, unit: flow.unit })
  }

  #decide(kind: 'branch' | 'loop' | 'sleep', flow: Flow, node: OpenNode): void {
    node.isDeciding = true
    this.#run.deciding += 1
    this.#next.decisions.push({ kind, flow, node })
  }

  #say(event: RunEvent): void {
    applyRunEvent(this.#run, event)
    this.#next.events.push(event)
  }
}

/** The next place that has not settled: of what was taken over from another run, some have. */
function nextPlace(node: OpenNode): number {
  while (node.outputs[node.next] !== undefined) node.next += 1
  return node.next
}
