import type { JsonObject } from './json.ts'

/** A step as a description shows it. Schemas are JSON Schema. */
export type StepDescription = {
  id: string
  description: string
  /** What it was made from; `workflow` is one that is executed as a step. */
  from: 'function' | 'agent' | 'tool' | 'mapping' | 'workflow'
  /** It says what it suspends or resumes with. */
  canSuspend: boolean
  inputSchema?: JsonObject
  outputSchema?: JsonObject
  stateSchema?: JsonObject
  suspendSchema?: JsonObject
  resumeSchema?: JsonObject
  /** Of a workflow. */
  graph?: GraphNode[]
}

/** One node of a workflow; nodes are executed one after the other. */
export type GraphNode =
  | { type: 'step'; step: StepDescription }
  | { type: 'parallel'; steps: StepDescription[] }
  | { type: 'branch'; steps: StepDescription[] }
  | { type: 'loop'; kind: 'dowhile' | 'dountil'; step: StepDescription }
  | { type: 'foreach'; step: StepDescription; concurrency: number }
  /** `due` in milliseconds, or, with `isUntil`, since 1970; absent if a function decides it. */
  | { type: 'sleep'; id: string; isUntil: boolean; due?: number }

/** A workflow as a user interface draws it. */
export type WorkflowDescription = {
  id: string
  description: string
  inputSchema?: JsonObject
  outputSchema?: JsonObject
  stateSchema?: JsonObject
  graph: GraphNode[]
}
