import { EdgewiseError } from '../protocol/error.ts'
import type { StepPath } from '../protocol/run-event.ts'
import type { Executable, FlowDefinition, FlowNode } from './graph.ts'
import { executableAt, executablesOf } from './graph.ts'

/** One part of a path: a node, and which place of it; without one the whole node. */
export interface PathPart {
  index: number
  sub?: number
}

/**
 * The place that a step's name means: its id, of one inside other workflows the ids from the outside in (or joined by
 * dots), or a path, which alone can name a round of a loop or an item of a list.
 *
 * @throws EdgewiseError `invalid_request` if it means none.
 */
export function findTarget(definition: FlowDefinition, step: string | readonly string[]): PathPart[] {
  const text = typeof step === 'string' ? step : step.join('.')
  const found = byIds(definition, text.split('.'))
  if (Array.isArray(found)) return found
  if (PATH.test(text)) {
    const parts = text.split('/').map(toPart)
    if (fits(definition, parts)) return parts
  }
  throw refuseStep(found ?? `there is no step "${text.slice(0, 200)}" in workflow "${definition.id}"`)
}

/** How a path is written. */
export function joinPath(parts: readonly PathPart[]): StepPath {
  return parts.map(({ index, sub }) => (sub === undefined ? String(index) : `${index}.${sub}`)).join('/')
}

export function parsePath(path: StepPath): PathPart[] {
  return path.split('/').map(toPart)
}

export function refuseStep(why: string): EdgewiseError {
  return new EdgewiseError('invalid_request', `Cannot travel: ${why}`, {
    issues: [{ field: 'step', message: why }],
  })
}

const PATH = /^\d{1,6}(\.\d{1,6})?(\/\d{1,6}(\.\d{1,6})?)*$/

function toPart(part: string): PathPart {
  const [index, sub] = part.split('.')
  return sub === undefined ? { index: Number(index) } : { index: Number(index), sub: Number(sub) }
}

/** Undefined, or words that say more, if the ids lead nowhere. */
function byIds(flow: FlowDefinition, ids: readonly string[]): PathPart[] | string | undefined {
  // An id may hold dots itself.
  for (let length = 1; length <= ids.length; length += 1) {
    const id = ids.slice(0, length).join('.')
    const rest = ids.slice(length)
    const index = flow.nodes.findIndex((node) => idsAt(node).includes(id))
    const node = flow.nodes[index]
    if (!node) continue
    const part = 'steps' in node ? { index, sub: idsAt(node).indexOf(id) } : { index }
    if (rest.length === 0) return [part]
    const inner = executableAt(node, part.sub ?? 0)
    if (inner?.kind !== 'workflow') continue
    if (node.type === 'loop' || node.type === 'foreach')
      return `step "${id}" is executed more than once, say which with a path, such as "${index}.1/0"`
    const within = byIds(inner, rest)
    return Array.isArray(within) ? [part, ...within] : within
  }
  return undefined
}

function idsAt(node: FlowNode): string[] {
  return node.type === 'sleep' ? [node.id] : executablesOf(node).map(({ id }) => id)
}

function fits(definition: FlowDefinition, parts: readonly PathPart[]): boolean {
  let flow: Executable | undefined = definition
  for (const [i, { index, sub }] of parts.entries()) {
    const node: FlowNode | undefined = flow?.kind === 'workflow' ? flow.nodes[index] : undefined
    if (!node || !hasPlace(node, sub)) return false
    if (i < parts.length - 1 && sub === undefined && node.type !== 'step') return false
    flow = executableAt(node, sub ?? 0)
  }
  return true
}

function hasPlace(node: FlowNode, sub: number | undefined): boolean {
  if ('steps' in node) return sub !== undefined && sub < node.steps.length
  if (sub === undefined) return true
  return node.type === 'foreach' || (node.type === 'loop' && sub > 0)
}
