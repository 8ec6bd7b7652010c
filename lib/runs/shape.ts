import type { StepPath } from '../protocol/run-event.ts'
import { executablesOf } from '../workflows/graph.ts'
import type { Executable, FlowDefinition, FlowNode } from '../workflows/graph.ts'

/**
 * What a node of a workflow is, and what is executed there, as a run remembers it: `step:charge`,
 * `foreach:send`, or for a workflow that stands alone at its node its id with what is in it.
 */
export type Shape = string | { workflow: string; nodes: Shape[] }

/** The shapes of a workflow's nodes; of a long one their hashes, two digits each. */
export type StoredShape = Shape[] | string

/** Past this many characters only hashes are remembered, so that a run of a thousand steps stays small. */
const PLAIN_LENGTH = 1500

/** The shape of a definition. */
export function shapeOf({ nodes }: FlowDefinition): StoredShape {
  const shapes = nodes.map(shapeOfNode)
  return JSON.stringify(shapes).length <= PLAIN_LENGTH ? shapes : shapes.map(hashShape).join('')
}

/**
 * Where a run with the shape that was remembered has been at a node that is another now, in words; undefined if all
 * nodes that it has been at are the same. What lies before it may be changed freely.
 */
export function findChange(
  stored: StoredShape,
  definition: FlowDefinition,
  paths: Iterable<StepPath>,
): string | undefined {
  const now = definition.nodes.map(shapeOfNode)
  const before = typeof stored === 'string' ? (stored.match(/../g) ?? []).map((hash) => `#${hash}`) : stored
  const isWhole = now.length === before.length && before.every((shape, i) => isSame(shape, now[i]))
  if (isWhole) return undefined
  for (const path of paths) {
    const change = changeAt(before, now, path.split('/'))
    if (change) return change
  }
  return undefined
}

function changeAt(
  before: readonly Shape[],
  now: readonly Shape[],
  [first = '', ...rest]: string[],
): string | undefined {
  const index = Number.parseInt(first, 10)
  const was = before[index]
  const is = now[index]
  if (was === undefined || isSame(was, is)) return undefined
  if (typeof was === 'object' && typeof is === 'object' && was.workflow === is.workflow) {
    const inner = rest.length > 0 ? changeAt(was.nodes, is.nodes, rest) : undefined
    return inner && `in workflow "${was.workflow}" ${inner}`
  }
  const name = (shape: Shape | undefined): string =>
    typeof shape === 'object' ? `workflow:${shape.workflow}` : (shape ?? 'nothing')
  // A hash says nothing to anybody.
  const past = typeof was === 'string' && was.startsWith('#') ? 'something else' : name(was)
  return `node ${index} was ${past}, now it is ${name(is)}`
}

function isSame(was: Shape, is: Shape | undefined): boolean {
  if (is === undefined) return false
  return JSON.stringify(was) === JSON.stringify(is) || was === `#${hashShape(is)}`
}

function shapeOfNode(node: FlowNode): Shape {
  if (node.type === 'sleep') return `sleep:${node.id}`
  if (node.type === 'step' && node.step.kind === 'workflow') return shapeOfWorkflow(node.step)
  const kind = node.type === 'loop' ? node.kind : node.type
  return `${kind}:${executablesOf(node).map(nameOf).join(',')}`
}

function shapeOfWorkflow({ id, nodes }: FlowDefinition): Shape {
  return { workflow: id, nodes: nodes.map(shapeOfNode) }
}

/** A workflow among others is remembered with all that is in it. */
function nameOf(executable: Executable): string {
  if (executable.kind === 'workflow') return JSON.stringify(shapeOfWorkflow(executable))
  const { id, waitsFor, starts } = executable
  if (starts) return `${id}>${starts.workflowId}`
  return waitsFor ? `${id}<${waitsFor.event}` : id
}

/** Two digits: of a thousand nodes that were changed nearly all are noticed, and one is enough. */
function hashShape(shape: Shape): string {
  const text = JSON.stringify(shape)
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return ((hash >>> 0) % 1296).toString(36).padStart(2, '0')
}
