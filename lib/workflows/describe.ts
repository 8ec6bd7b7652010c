import type { GraphNode, StepDescription, WorkflowDescription } from '../protocol/workflow-graph.ts'
import type { JsonObject } from '../protocol/json.ts'
import type { Schema } from '../schema/schema.ts'
import { toJsonSchema } from '../schema/schema.ts'
import type { Executable, FlowDefinition, FlowNode } from './graph.ts'
import type { EventWaiting } from './step-definition.ts'

/** A workflow as JSON: what it takes and gives, and its nodes in their order. */
export function describeWorkflow(flow: FlowDefinition): WorkflowDescription {
  const { id, description, inputSchema, outputSchema, stateSchema } = flow
  return {
    id,
    description,
    ...schemas({ inputSchema }, 'input'),
    ...schemas({ outputSchema }, 'output'),
    ...schemas({ stateSchema }, 'input'),
    graph: flow.nodes.map(describeNode),
  }
}

function describeNode(node: FlowNode): GraphNode {
  switch (node.type) {
    case 'step':
      return { type: 'step', step: describeStep(node.step) }
    case 'parallel':
    case 'branch':
      return { type: node.type, steps: node.steps.map(describeStep) }
    case 'loop':
      return { type: 'loop', kind: node.kind, step: describeStep(node.step) }
    case 'foreach':
      return { type: 'foreach', step: describeStep(node.step), concurrency: node.concurrency }
    case 'sleep': {
      const { id, isUntil, due } = node
      return { type: 'sleep', id, isUntil, ...(typeof due === 'number' && { due }) }
    }
    default:
      return node satisfies never
  }
}

function describeStep(step: Executable): StepDescription {
  if (step.kind === 'workflow') {
    const { id, description, graph, ...rest } = describeWorkflow(step)
    return { id, description, from: 'workflow', canSuspend: graph.some(canSuspend), ...rest, graph }
  }
  const { id, description, from, waitsFor, starts } = step
  const { inputSchema, outputSchema, stateSchema, suspendSchema, resumeSchema } = step
  return {
    id,
    description,
    from,
    canSuspend: suspendSchema !== undefined || (resumeSchema !== undefined && !waitsFor),
    ...(waitsFor && { waitsFor: toWait(waitsFor) }),
    ...(starts && { starts: { workflowId: starts.workflowId } }),
    ...schemas({ inputSchema, stateSchema, suspendSchema, resumeSchema }, 'input'),
    ...schemas({ outputSchema }, 'output'),
  }
}

function toWait({ event, timeoutMs }: EventWaiting): NonNullable<StepDescription['waitsFor']> {
  return { event, ...(timeoutMs !== undefined && { timeoutMs }) }
}

function canSuspend(node: GraphNode): boolean {
  if (node.type === 'sleep') return false
  return ('steps' in node ? node.steps : [node.step]).some((step) => step.canSuspend)
}

/** Those that are there, as JSON Schema. One that its library cannot say is left out. */
function schemas<Name extends string>(
  named: Record<Name, Schema | undefined>,
  io: 'input' | 'output',
): Partial<Record<Name, JsonObject>> {
  const said: Partial<Record<Name, JsonObject>> = {}
  // The keys of a record of that type.
  for (const name of Object.keys(named) as Name[]) {
    const schema = named[name]
    if (!schema) continue
    try {
      said[name] = toJsonSchema(schema, io)
    } catch {
      // A description is of use without it.
    }
  }
  return said
}
