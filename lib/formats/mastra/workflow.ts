import type { JsonObject } from '../../protocol/json.ts'
import type { GraphNode, StepDescription, WorkflowDescription } from '../../protocol/workflow-graph.ts'
import { toSchemaText } from './agent.ts'

/** A workflow as `GET /api/workflows` and `GET /api/workflows/:workflowId` show it. */
export function toMastraWorkflow(workflow: WorkflowDescription): JsonObject {
  const { id, description, graph } = workflow
  const steps = stepsOf(graph)
  return {
    name: id,
    origin: 'code',
    ...(description !== '' && { description }),
    steps: Object.fromEntries(steps.map((step) => [step.id, toStep(step)])),
    allSteps: Object.fromEntries(allSteps(graph)),
    stepGraph: toMastraGraph(graph),
    ...texts(workflow, ['inputSchema', 'outputSchema', 'stateSchema']),
    options: { validateInputs: true, emitStepEvents: true },
    isProcessorWorkflow: false,
  }
}

/** The graph by the words of that client's user interface. Conditions are code, which is not shown. */
export function toMastraGraph(graph: readonly GraphNode[]): JsonObject[] {
  return graph.map(toNode)
}

function toNode(node: GraphNode): JsonObject {
  switch (node.type) {
    case 'step': {
      const { waitsFor } = node.step
      if (!waitsFor) return { type: 'step', step: toGraphStep(node.step) }
      const { event, timeoutMs: timeout } = waitsFor
      const limit = timeout === undefined ? {} : { timeout }
      return { type: 'waitForEvent', event, step: toGraphStep(node.step), ...limit }
    }
    case 'parallel':
      return { type: 'parallel', steps: node.steps.map(toEntry) }
    case 'branch': {
      const conditions = node.steps.map(({ id }) => ({ id: `${id}-condition`, fn: '' }))
      return { type: 'conditional', steps: node.steps.map(toEntry), serializedConditions: conditions }
    }
    case 'loop': {
      const { step, kind: loopType } = node
      const serializedCondition = { id: `${step.id}-condition`, fn: '' }
      return { type: 'loop', step: toGraphStep(step), serializedCondition, loopType }
    }
    case 'foreach':
      return { type: 'foreach', step: toGraphStep(node.step), opts: { concurrency: node.concurrency } }
    case 'sleep': {
      const { id, isUntil, due } = node
      if (!isUntil) return { type: 'sleep', id, ...(due === undefined ? { fn: '' } : { duration: due }) }
      const date = due === undefined ? { fn: '' } : { date: new Date(due).toISOString() }
      return { type: 'sleepUntil', id, ...date }
    }
    default:
      return node satisfies never
  }
}

function toEntry(step: StepDescription): JsonObject {
  return { type: 'step', step: toGraphStep(step) }
}

function toGraphStep({ id, description, from, canSuspend, graph }: StepDescription): JsonObject {
  return {
    id,
    ...(description !== '' && { description }),
    ...(!isPlain(from) && { component: from.toUpperCase() }),
    canSuspend,
    ...(graph && { serializedStepFlow: toMastraGraph(graph) }),
  }
}

/** Theirs have no word for it. */
function isPlain(from: StepDescription['from']): boolean {
  return from === 'function' || from === 'mapping' || from === 'event' || from === 'run'
}

function stepsOf(graph: readonly GraphNode[]): StepDescription[] {
  return graph.flatMap((node) => (node.type === 'sleep' ? [] : 'steps' in node ? node.steps : [node.step]))
}

/** Those of workflows within as well, under the ids that lead to them. */
function* allSteps(graph: readonly GraphNode[], prefix = ''): Generator<[string, JsonObject]> {
  for (const step of stepsOf(graph)) {
    yield [prefix + step.id, { ...toStep(step), isWorkflow: step.graph !== undefined }]
    if (step.graph) yield* allSteps(step.graph, `${prefix}${step.id}.`)
  }
}

function toStep(step: StepDescription): JsonObject {
  const { id, description } = step
  return {
    id,
    ...(description !== '' && { description }),
    ...texts(step, ['inputSchema', 'outputSchema', 'resumeSchema', 'suspendSchema', 'stateSchema']),
  }
}

type SchemaName = 'inputSchema' | 'outputSchema' | 'resumeSchema' | 'suspendSchema' | 'stateSchema'

function texts(of: Partial<Record<SchemaName, JsonObject>>, names: readonly SchemaName[]): JsonObject {
  const said: JsonObject = {}
  for (const name of names) {
    const schema = of[name]
    if (schema) said[name] = toSchemaText(schema)
  }
  return said
}
