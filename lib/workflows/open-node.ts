import type { JsonValue } from '../protocol/json.ts'
import type { Flow, OpenNode } from './run-state.ts'

/** The node that the workflow has come to, opened if it was not. */
export function openNode(flow: Flow): OpenNode | undefined {
  const definition = flow.definition.nodes[flow.index]
  if (!definition) return undefined
  flow.node ??= {
    definition,
    units: new Map(),
    outputs: [],
    settled: 0,
    total: totalOf(definition, flow.value),
    next: definition.type === 'loop' ? 1 : 0,
    suspended: 0,
  }
  return flow.node
}

function totalOf(node: OpenNode['definition'], given: JsonValue): number {
  if (node.type === 'parallel') return node.steps.length
  if (node.type === 'foreach') return Array.isArray(given) ? given.length : 0
  return 1
}
