import { EdgewiseError } from '../protocol/error.ts'
import type { RunEvent, RunStart, RunTravel, StepPath } from '../protocol/run-event.ts'
import { applyRunEvent, startRun } from './fold.ts'
import type { FlowDefinition, FlowNode } from './graph.ts'
import { executableAt } from './graph.ts'
import { checkInput, checkResume, checkState } from './input.ts'
import { openNode } from './open-node.ts'
import type { Flow, RunState } from './run-state.ts'
import { pathOf, placeOf, stepIdAt, unitAt } from './run-state.ts'
import type { Travel, TravelContext } from './travel-context.ts'
import { givenResults, payloadOf, resultEvents, stateOf } from './travel-context.ts'
import type { PathPart } from './travel-target.ts'
import { findTarget, joinPath, parsePath, refuseStep } from './travel-target.ts'

/**
 * What a run that goes on from a step of another takes over from that one's events: all that settled before the
 * step, or beside it, and the event by which it goes on. The fold says whether the step was reached.
 *
 * @throws EdgewiseError `invalid_request` for a step that there is not or that was not reached, and for what is given.
 */
export async function planTravel(
  definition: FlowDefinition,
  events: readonly RunEvent[],
  travel: Travel,
  at: number,
): Promise<RunEvent[]> {
  const [start] = events
  if (start?.type !== 'run-start') throw new Error('Cannot travel: the run has no first event')
  const parts = findTarget(definition, travel.step)
  const way = new Way(definition, start, events, travel, at)
  const flow = way.go(parts)
  return [...way.taken, await arrival(definition, flow, parts, events, travel, at)]
}

/** Whether a place was gone through on the way to another: it lies before it, beside it, or around it. */
export function isOnTheWay(path: StepPath, target: readonly PathPart[]): boolean {
  const parts = parsePath(path)
  for (const [i, { index, sub }] of parts.entries()) {
    const there = target[i]
    if (!there) return false
    if (index !== there.index) return index < there.index
    if (sub !== there.sub) return there.sub !== undefined
  }
  return parts.length < target.length
}

/** The way to a step, gone along the definition with what the other run has said. */
class Way {
  readonly taken: RunEvent[] = []
  readonly #run: RunState
  readonly #events: readonly RunEvent[]
  readonly #travel: Travel
  readonly #at: number
  /** What no longer stands. */
  readonly #undone = new Set<StepPath>()

  constructor(
    definition: FlowDefinition,
    start: RunStart,
    events: readonly RunEvent[],
    travel: Travel,
    at: number,
  ) {
    this.#run = startRun(definition, start)
    for (const event of events) if (event.type === 'compensate-start') this.#undone.add(event.path)
    // That a condition lacked secrets changes nothing of what it said then.
    this.#events = events.filter((event) => !('isDecision' in event))
    this.#travel = travel
    this.#at = at
  }

  /** Gives the workflow in which the step is. */
  go(parts: readonly PathPart[]): Flow {
    let flow = this.#run.root
    for (const [i, part] of parts.entries()) {
      const nodes = this.#byNode(flow)
      for (let index = 0; index < part.index; index += 1) this.#pass(flow, index, nodes.get(index) ?? [])
      const isLast = i === parts.length - 1
      this.#approach(flow, part, nodes.get(part.index) ?? [], isLast)
      if (!isLast) flow = this.#enter(flow, part, nodes.get(part.index) ?? [])
    }
    return flow
  }

  /** What was said of each node of a workflow, and of all within it. */
  #byNode({ prefix }: Flow): Map<number, RunEvent[]> {
    const nodes = new Map<number, RunEvent[]>()
    for (const event of this.#events) {
      if (!('path' in event) || !event.path.startsWith(prefix)) continue
      const index = Number.parseInt(event.path.slice(prefix.length), 10)
      const known = nodes.get(index)
      if (known) known.push(event)
      else nodes.set(index, [event])
    }
    return nodes
  }

  /** A node before the step: it is as it was, or as it is given. */
  #pass(flow: Flow, index: number, recorded: readonly RunEvent[]): void {
    const node = flow.definition.nodes[index]
    if (!node) return
    const given = givenResults(node, this.#contextOf(flow))
    if (given.size > 0) this.#passGiven(flow, node, recorded, given)
    else for (const event of recorded) this.#take(event)
    if (node.type === 'sleep' && flow.index === index) this.#passSleep(flow, node.id)
    if (flow.index === index + 1) return
    const id = stepIdAt(node, 0)
    throw refuseStep(
      `run "${this.#run.runId}" has no result of step "${id}", which comes before: give it in context`,
    )
  }

  #passGiven(
    flow: Flow,
    node: FlowNode,
    recorded: readonly RunEvent[],
    given: ReturnType<typeof givenResults>,
  ): void {
    openNode(flow)
    const path = `${flow.prefix}${flow.index}`
    const state = stateOf(recorded)
    const total = flow.node?.total ?? 0
    if (node.type === 'foreach' && given.size !== total)
      throw refuse(`context.${stepIdAt(node, 0)}.output`, `must have ${total} items, as the list has`)
    if (node.type === 'branch') {
      const taken = decisionAt(path, recorded)?.chosen ?? []
      const chosen = [...new Set([...taken, ...given.keys()])].toSorted((a, b) => a - b)
      this.#say({ type: 'branch-decision', at: this.#at, path, chosen })
    }
    for (const event of settledParts(flow, node, recorded))
      if (!given.has(subOf(flow, event))) this.#take(event)
    for (const [sub, result] of given) {
      const place = { path: pathOf(flow, node, sub), stepId: stepIdAt(node, sub) }
      for (const event of resultEvents(this.#at, place, result, state)) this.#say(event)
    }
    if (node.type === 'loop') this.#say({ type: 'loop-decision', at: this.#at, path, isAgain: false })
  }

  #passSleep(flow: Flow, stepId: string): void {
    const base = { at: this.#at, path: `${flow.prefix}${flow.index}`, stepId }
    this.#say({ type: 'sleep-start', ...base, due: this.#at })
    this.#say({ type: 'step-result', ...base })
  }

  /** The node of the step: what settled beside it stays. */
  #approach(flow: Flow, { index, sub }: PathPart, recorded: readonly RunEvent[], isLast: boolean): void {
    const node = flow.definition.nodes[index]
    if (!node || sub === undefined) return
    if (node.type === 'branch') this.#choose(flow, sub, recorded, isLast)
    if (node.type === 'loop') return this.#goRounds(flow, sub, recorded)
    const total = openNode(flow)?.total ?? 0
    if (node.type === 'foreach' && sub >= total) throw refuseStep(`there is no item ${sub}, of ${total}`)
    for (const event of settledParts(flow, node, recorded)) if (subOf(flow, event) !== sub) this.#take(event)
  }

  /** The rounds before the one that is meant. */
  #goRounds(flow: Flow, round: number, recorded: readonly RunEvent[]): void {
    const path = `${flow.prefix}${flow.index}`
    let decided = 0
    for (const event of recorded) {
      const isDecision = event.type === 'loop-decision' && event.path === path
      if (isDecision) decided += 1
      if ((isDecision ? decided : subOf(flow, event)) < round) this.#take(event)
    }
    if (openNode(flow)?.next !== round || flow.node?.settled !== round - 1)
      throw refuseStep(`run "${this.#run.runId}" did not come to round ${round}`)
  }

  #choose(flow: Flow, sub: number, recorded: readonly RunEvent[], isLast: boolean): void {
    const path = `${flow.prefix}${flow.index}`
    const decision = decisionAt(path, recorded)
    const taken = decision?.chosen ?? []
    if (!taken.includes(sub) && !(isLast && this.#travel.inputData !== undefined))
      throw refuseStep(`run "${this.#run.runId}" did not take this branch: give it inputData to take it`)
    const chosen = [...new Set([...taken, sub])].toSorted((a, b) => a - b)
    this.#say({ type: 'branch-decision', at: decision?.at ?? this.#at, path, chosen })
  }

  /** Into the workflow that the step is in. */
  #enter(flow: Flow, { index, sub = 0 }: PathPart, recorded: readonly RunEvent[]): Flow {
    const node = flow.definition.nodes[index]
    const stepId = node ? stepIdAt(node, sub) : '?'
    const path = node ? pathOf(flow, node, sub) : '?'
    const input = payloadOf(stepId, this.#contextOf(flow))
    const start = recorded.find((event) => event.type === 'step-start' && event.path === path)
    const enter = recorded.find((event) => event.type === 'flow-enter' && event.path === path)
    const arrived = recorded.find((event) => event.type === 'run-travel' && event.path === path)
    if (arrived) this.#say(arrived)
    this.#say(start ?? { type: 'step-start', at: this.#at, path, stepId, attempt: 1 })
    if (input !== undefined) this.#say({ type: 'flow-enter', at: this.#at, path, input })
    else this.#say(enter ?? { type: 'flow-enter', at: this.#at, path })
    const place = placeOf(this.#run, path)
    const inner = place && unitAt(place)?.inner
    if (!inner) throw refuseStep(`run "${this.#run.runId}" did not come to step "${stepId}"`)
    return inner
  }

  #contextOf(flow: Flow): TravelContext {
    const { context = {}, nestedStepsContext = {} } = this.#travel
    return (flow.unit ? nestedStepsContext[flow.definition.id] : context) ?? {}
  }

  /** What another run said, in a run in which nothing fails: a failure that was made good was a try. */
  #take(event: RunEvent): void {
    if (event.type.startsWith('compensate-')) return
    if (event.type === 'step-result' && this.#undone.has(event.path)) throw undone(this.#run.runId, event)
    // The event that it took out of the mailbox.
    const mail = event.type === 'step-start' && event.eventId !== undefined && this.#mailOf(event.eventId)
    if (mail) this.#say(mail)
    if (event.type !== 'step-fail') return this.#say(event)
    const { at, path, stepId, error, state } = event
    if (state) this.#say({ type: 'step-retry', at, path, stepId, error, due: at, state })
  }

  #mailOf(eventId: string): RunEvent | undefined {
    return this.#events.find((event) => event.type === 'event-received' && event.eventId === eventId)
  }

  #say(event: RunEvent): void {
    applyRunEvent(this.#run, event)
    this.taken.push(event)
  }
}

/** What was said of those places of a node that have settled. */
function settledParts({ prefix, index }: Flow, node: FlowNode, recorded: readonly RunEvent[]): RunEvent[] {
  const settled = new Set<string>()
  for (const event of recorded) if (event.type === 'step-result' && !event.isBail) settled.add(event.path)
  const base = `${prefix}${index}`
  return recorded.filter((event) => {
    if (!('path' in event)) return false
    const [part = ''] = event.path.slice(prefix.length).split('/')
    return event.path !== base && node.type !== 'step' && settled.has(prefix + part)
  })
}

function decisionAt(path: StepPath, recorded: readonly RunEvent[]) {
  const found = recorded.findLast((event) => event.type === 'branch-decision' && event.path === path)
  return found?.type === 'branch-decision' ? found : undefined
}

function subOf({ prefix }: Flow, event: RunEvent): number {
  const [part = ''] = 'path' in event ? event.path.slice(prefix.length).split('/') : []
  return Number(part.split('.')[1] ?? 0)
}

/** The event by which the run goes on, with what is given there; checked. */
async function arrival(
  definition: FlowDefinition,
  flow: Flow,
  parts: readonly PathPart[],
  events: readonly RunEvent[],
  { inputData, resumeData, initialState }: Travel,
  at: number,
): Promise<RunTravel> {
  const path = joinPath(parts)
  const { index, sub } = parts.at(-1) ?? { index: 0 }
  const node = flow.definition.nodes[index]
  const isOne = node?.type === 'step' || sub !== undefined
  const target = node && executableAt(node, sub ?? 0)
  if (inputData !== undefined && node?.type === 'foreach' && !isOne && !Array.isArray(inputData))
    throw refuse('inputData', 'must be a list: the step is executed for each of its items')
  if (inputData !== undefined && target && (isOne || node?.type === 'loop'))
    await checkInput({ ...definition, inputSchema: target.inputSchema }, inputData)
  if (resumeData !== undefined && (!isOne || target?.kind !== 'step' || target.starts))
    throw refuse('resumeData', 'answers a single step: name the one that is to be answered')
  if (resumeData !== undefined && target?.kind === 'step') await checkResume(target.resumeSchema, resumeData)
  // That it lacked secrets is nothing that it had asked.
  const asked = events.findLast(
    (event) => event.type === 'step-suspend' && event.path === path && !event.contextKeys,
  )
  // The other run may have come from elsewhere to this very step.
  const before = events.findLast((event) => event.type === 'run-travel' && event.path === path)
  const { input, state } = before?.type === 'run-travel' ? before : {}
  return {
    type: 'run-travel',
    at,
    path,
    ...(input !== undefined && { input }),
    ...(inputData !== undefined && { input: inputData }),
    ...(state && { state }),
    ...(initialState && { state: await checkState(definition, initialState) }),
    ...(resumeData !== undefined && { resumeData }),
    ...(resumeData !== undefined && asked?.type === 'step-suspend' && { suspendPayload: asked.payload }),
  }
}

function undone(runId: string, { stepId }: { stepId: string }): EdgewiseError {
  const message = `Cannot travel: step "${stepId}" of run "${runId}", which comes before, was compensated`
  return new EdgewiseError('run_compensated', message)
}

function refuse(field: string, message: string): EdgewiseError {
  return new EdgewiseError('invalid_request', `Invalid ${field}: ${message}`, {
    issues: [{ field, message }],
  })
}
