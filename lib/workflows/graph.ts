import type { Schema } from '../schema/schema.ts'
import type { FlowContext, LoopContext } from './context.ts'
import type { RetryConfig } from './retry.ts'
import type { Concurrency } from './concurrency.ts'
import type { DeclaredSchedule } from './schedule-options.ts'
import type { Step } from './step-definition.ts'

/** What is executed at a place of a workflow: a step, or a workflow within. */
export type Executable = Step | FlowDefinition

/** The functions of a definition take a context whose types the builder has checked. */
export type Condition = (context: FlowContext<never, never, never>) => boolean | Promise<boolean>
export type LoopCondition = (context: LoopContext<never, never, never>) => boolean | Promise<boolean>
export type Due = number | ((context: FlowContext<never, never, never>) => number | Promise<number>)

/** One node of a workflow. Its nodes are executed one after the other. */
export type FlowNode =
  | { type: 'step'; step: Executable }
  | { type: 'parallel'; steps: readonly Executable[] }
  /** Every branch whose condition holds is executed. */
  | { type: 'branch'; steps: readonly Executable[]; conditions: readonly Condition[] }
  | { type: 'loop'; kind: 'dowhile' | 'dountil'; step: Executable; condition: LoopCondition }
  | { type: 'foreach'; step: Executable; concurrency: number }
  /** `until`: the time given is a moment, in milliseconds since 1970; else a length. */
  | { type: 'sleep'; id: string; isUntil: boolean; due: Due }

/** A workflow as those see it who run it: plain data. */
export interface FlowDefinition {
  readonly kind: 'workflow'
  readonly id: string
  readonly description: string
  readonly inputSchema: Schema | undefined
  readonly outputSchema: Schema | undefined
  readonly stateSchema: Schema | undefined
  readonly retryConfig: RetryConfig | undefined
  /** When it is started by itself. */
  readonly schedules: readonly DeclaredSchedule[]
  /** How many of its runs may be going at once. The builder has checked what the key is made of. */
  readonly concurrency: Concurrency<never> | undefined
  /** How long runs are kept once they have ended. Default: until they are deleted. */
  readonly keepRunsMs?: number | undefined
  readonly nodes: readonly FlowNode[]
}

/** The executables of a node, in the order of their places. */
export function executablesOf(node: FlowNode): readonly Executable[] {
  if (node.type === 'sleep') return []
  return 'steps' in node ? node.steps : [node.step]
}

/** What is executed at place `sub` of a node; undefined if there is nothing. */
export function executableAt(node: FlowNode, sub: number): Executable | undefined {
  if (node.type === 'sleep') return undefined
  return 'steps' in node ? node.steps[sub] : node.step
}
