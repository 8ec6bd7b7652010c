import type { RunEvent, StepPath } from '../protocol/run-event.ts'
import type { GraphNode, LiveStatus, LiveStep, StepDescription } from '../protocol/workflow-graph.ts'
import { describeWorkflow } from './describe.ts'
import type { Executable, FlowDefinition } from './graph.ts'
import { executableAt } from './graph.ts'
import type { Execution } from './live-fold.ts'
import { LiveFold } from './live-fold.ts'

/**
 * A workflow's graph with what a run has done in it so far: a fold of the run's events, which says of finished
 * workflows within as much as of those that run. A place in a loop or a list stands for all its rounds or items.
 */
export function describeLive(definition: FlowDefinition, events: Iterable<RunEvent>): GraphNode[] {
  const fold = new LiveFold()
  for (const event of events) fold.take(event)
  const byPlace = Map.groupBy(fold.executions, ([path]) => placeIn(definition, path))
  const painter = new Painter(byPlace, fold.chosen, fold.isOver)
  return painter.paint(describeWorkflow(definition).graph, '')
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
    const alike = executions.filter(([, execution]) => execution.status === status)
    const unmended = alike.find(([, { compensation }]) => compensation?.status === 'failed')
    const [path, shown] = unmended ?? alike[0] ?? last
    return { path, ...shown, status, ...(executions.length > 1 && { counts }) }
  }
}

/** What shows of several executions at one place. */
const STRONGEST: readonly LiveStatus[] = ['failed', 'suspended', 'running', 'waiting', 'canceled', 'success']
