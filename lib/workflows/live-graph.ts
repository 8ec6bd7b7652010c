import type { RunEvent, StepPath } from '../protocol/run-event.ts'
import type { GraphNode, LiveStatus, LiveStep, StepDescription } from '../protocol/workflow-graph.ts'
import { describeWorkflow } from './describe.ts'
import type { Executable, FlowDefinition } from './graph.ts'
import { executableAt } from './graph.ts'

/** One execution, of a step at a place. */
interface Execution {
  status: LiveStatus
  attempt: number
  startedAt: number
  endedAt?: number
  due?: number
  label?: string
  childRunId?: string
  error?: { name: string; message: string; code?: string }
}

/**
 * A workflow's graph with what a run has done in it so far: a fold of the run's events, which says of finished
 * workflows within as much as of those that run. A place in a loop or a list stands for all its rounds or items.
 */
export function describeLive(definition: FlowDefinition, events: Iterable<RunEvent>): GraphNode[] {
  const executions = new Map<StepPath, Execution>()
  const chosen = new Map<StepPath, readonly number[]>()
  let isOver = false
  for (const event of events) {
    if (event.type === 'branch-decision') chosen.set(event.path, event.chosen)
    if (event.type === 'run-end') isOver = true
    if (event.type === 'run-restart') isOver = false
    note(executions, event)
  }
  const byPlace = Map.groupBy(executions, ([path]) => placeIn(definition, path))
  const painter = new Painter(byPlace, chosen, isOver)
  return painter.paint(describeWorkflow(definition).graph, '')
}

function note(executions: Map<StepPath, Execution>, event: RunEvent): void {
  switch (event.type) {
    case 'step-start': {
      const { path, attempt, at } = event
      const startedAt = executions.get(path)?.startedAt ?? at
      executions.set(path, { status: 'running', attempt, startedAt })
      return
    }
    case 'sleep-start':
      executions.set(event.path, { status: 'waiting', attempt: 1, startedAt: event.at, due: event.due })
      return
    case 'event-wait': {
      const { attempt, at: startedAt, due } = event
      const execution: Execution = { status: 'waiting', attempt, startedAt }
      executions.set(event.path, due === undefined ? execution : { ...execution, due })
      return
    }
    case 'child-start': {
      const { attempt, at, runId: childRunId } = event
      const startedAt = executions.get(event.path)?.startedAt ?? at
      executions.set(event.path, { status: 'running', attempt, startedAt, childRunId })
      return
    }
    case 'child-status':
      end(executions, event.path, undefined, event.status === 'running' ? 'running' : 'waiting')
      return
    case 'step-result':
      end(executions, event.path, event.at, 'success')
      // What ran beside a step that ends its workflow, or within it, is no longer waited for.
      if (event.isBail) leave(executions, flowOf(event.path), event.at, 'canceled')
      return
    case 'step-fail':
      end(executions, event.path, event.at, 'failed').error = event.error
      for (const around of aroundOf(event.path))
        if (executions.has(around)) end(executions, around, event.at, 'failed').error = event.error
      return
    case 'step-retry':
      Object.assign(end(executions, event.path, undefined, 'waiting'), { error: event.error, due: event.due })
      return
    case 'step-suspend': {
      const execution = end(executions, event.path, undefined, 'suspended')
      if (event.label !== undefined) execution.label = event.label
      return
    }
    case 'run-restart':
      // What failed is begun again, and what it is in goes on.
      for (const [path, { status }] of executions)
        if (status === 'failed') end(executions, path, undefined, 'running')
      return
    case 'run-end':
      return leave(executions, '', event.at, 'canceled')
    default:
  }
}

function end(
  executions: Map<StepPath, Execution>,
  path: StepPath,
  endedAt: number | undefined,
  status: LiveStatus,
): Execution {
  const { attempt = 1, startedAt = endedAt ?? 0, childRunId } = executions.get(path) ?? {}
  const execution: Execution = {
    status,
    attempt,
    startedAt,
    ...(endedAt !== undefined && { endedAt }),
    ...(childRunId !== undefined && { childRunId }),
  }
  executions.set(path, execution)
  return execution
}

/** What had not settled in a workflow never will. */
function leave(executions: Map<StepPath, Execution>, prefix: string, at: number, status: LiveStatus): void {
  for (const [path, execution] of executions)
    if (path.startsWith(prefix) && UNSETTLED.has(execution.status)) end(executions, path, at, status)
}

const UNSETTLED = new Set<LiveStatus>(['running', 'waiting', 'suspended'])

/** What the paths begin with of all that is executed in the workflow that a path is in. */
function flowOf(path: StepPath): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

/** The paths of the workflows that a step is in, from the inside out. */
function* aroundOf(path: StepPath): Generator<StepPath> {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) yield path.slice(0, at)
}

/** A path without which round or item it was: where it stands in the drawing. */
function placeIn(definition: FlowDefinition, path: StepPath): StepPath {
  let flow: FlowDefinition | undefined = definition
  const places: string[] = []
  for (const part of path.split('/')) {
    const [index = '', sub = '0'] = part.split('.')
    const node: FlowDefinition['nodes'][number] | undefined = flow?.nodes[Number(index)]
    const isMany = node?.type === 'loop' || node?.type === 'foreach'
    places.push(isMany ? index : part)
    const step: Executable | undefined = node && executableAt(node, Number(sub))
    flow = step?.kind === 'workflow' ? step : undefined
  }
  return places.join('/')
}

class Painter {
  readonly #byPlace: Map<StepPath, [StepPath, Execution][]>
  readonly #chosen: Map<StepPath, readonly number[]>
  readonly #isOver: boolean

  constructor(
    byPlace: Map<StepPath, [StepPath, Execution][]>,
    chosen: Map<StepPath, readonly number[]>,
    isOver: boolean,
  ) {
    this.#byPlace = byPlace
    this.#chosen = chosen
    this.#isOver = isOver
  }

  paint(graph: readonly GraphNode[], prefix: string): GraphNode[] {
    return graph.map((node, index) => this.#node(node, `${prefix}${index}`))
  }

  #node(node: GraphNode, path: StepPath): GraphNode {
    if ('steps' in node) {
      const chosen = this.#chosen.get(path)
      const steps = node.steps.map((step, sub) => this.#step(step, `${path}.${sub}`, chosen?.includes(sub)))
      return { ...node, steps }
    }
    if ('step' in node) return { ...node, step: this.#step(node.step, path) }
    return { ...node, live: this.#live(path) }
  }

  #step(step: StepDescription, path: StepPath, isChosen?: boolean): StepDescription {
    const live = this.#live(path)
    if (isChosen === false) live.status = 'skipped'
    return { ...step, live, ...(step.graph && { graph: this.paint(step.graph, `${path}/`) }) }
  }

  #live(place: StepPath): LiveStep {
    const executions = this.#byPlace.get(place) ?? []
    const last = executions.at(-1)
    if (!last) return { path: place, status: this.#isOver ? 'skipped' : 'pending' }
    const counts: Partial<Record<LiveStatus, number>> = {}
    for (const [, { status }] of executions) counts[status] = (counts[status] ?? 0) + 1
    const status = STRONGEST.find((one) => counts[one] !== undefined) ?? last[1].status
    // Where something is to be done, or went wrong, that execution is shown, else the last.
    const [path, shown] = executions.find(([, execution]) => execution.status === status) ?? last
    return { path, ...shown, status, ...(executions.length > 1 && { counts }) }
  }
}

/** What shows of several executions at one place. */
const STRONGEST: readonly LiveStatus[] = ['failed', 'suspended', 'running', 'waiting', 'canceled', 'success']
