import type { Agent } from '../agents/agent.ts'
import type { Reconciled, Tool } from '../tools/tool.ts'
import type { InferInput, InferOutput, Schema } from '../schema/schema.ts'
import { MAX_TIMER_MS, isTimerMs } from '../streams/wait.ts'
import type { AgentStepOptions, AgentStepOutput, Prompt } from './agent-step.ts'
import { agentStep } from './agent-step.ts'
import type { CompensateOptions } from './compensate-options.ts'
import { toCompensation } from './compensate-options.ts'
import type { StepContext } from './context.ts'
import type { RetryConfig } from './retry.ts'
import { checkRetry } from './retry.ts'
import type { Step, StepEffect } from './step-definition.ts'
import { isTool, toolStep } from './tool-step.ts'

export interface StepOptions<
  Id extends string,
  Input extends Schema,
  Output extends Schema,
  State extends Schema,
  Payload extends Schema,
  Resume extends Schema,
> extends CompensateOptions<InferOutput<Input>, InferOutput<Output>, InferOutput<State>> {
  /** Names the step's result: one workflow has each id once. */
  id: Id
  description?: string
  /** What does not fit fails the step. */
  inputSchema?: Input
  outputSchema?: Output
  /** The part of the run's state that it uses. */
  stateSchema?: State
  /** What `suspend` is given. */
  suspendSchema?: Payload
  /** What resumes it; an answer that does not fit is refused. */
  resumeSchema?: Resume
  /**
   * **Contract:** what it returns must be JSON (dates become text). What it throws fails the step, and is tried again
   * as `retries` says, unless it is a `NonRetryableError`. It may run twice after a crash, see `effect`.
   */
  execute: (
    context: StepContext<InferOutput<Input>, InferOutput<State>, InferInput<Payload>, InferOutput<Resume>>,
  ) => Promise<InferInput<Output>> | InferInput<Output>
  /** How often it is tried again, or that with its pauses. Default: the workflow's `retryConfig`. */
  retries?: number | RetryConfig
  /** Milliseconds one try may take. Default: no limit. */
  timeoutMs?: number
  effect?: StepEffect
  /** **Contract:** for `effect: 'reconcile'`. May run twice. What it throws leaves the outcome unknown. */
  reconcile?: (
    context: StepContext<InferOutput<Input>, InferOutput<State>>,
  ) => Promise<Reconciled<InferInput<Output>>> | Reconciled<InferInput<Output>>
}

/**
 * Defines a step: from a function, an agent or a tool. The definition is plain data: it registers nowhere.
 *
 * @throws TypeError if it has no id, or if what it says of its effect contradicts itself; RangeError for numbers that
 *   cannot be.
 */
export function createStep<Output = undefined>(
  agent: Agent,
  options?: AgentStepOptions<Output>,
): Step<string, Prompt, AgentStepOutput<Output>, unknown>
export function createStep<Input extends Schema, Output extends Schema>(
  tool: Tool<Input, Output>,
  options?: CompensateOptions<InferOutput<Input>, InferOutput<Output>>,
): Step<string, InferInput<Input>, InferOutput<Output>, unknown>
export function createStep<
  const Id extends string,
  Input extends Schema = Schema,
  Output extends Schema = Schema,
  State extends Schema = Schema,
  Payload extends Schema = Schema,
  Resume extends Schema = Schema,
>(
  options: StepOptions<Id, Input, Output, State, Payload, Resume>,
): Step<Id, InferInput<Input>, InferOutput<Output>, InferOutput<State>>
export function createStep(
  made: Agent | Tool | StepOptions<string, Schema, Schema, Schema, Schema, Schema>,
  options: AgentStepOptions<unknown> & CompensateOptions<never, never, never> = {},
): Step {
  if ('generate' in made) return agentStep(made, options)
  return isTool(made) ? { ...toolStep(made), ...toCompensation(made.id, options) } : functionStep(made)
}

function functionStep(options: StepOptions<string, Schema, Schema, Schema, Schema, Schema>): Step {
  const { id, description = '', effect = 'retry', retries, timeoutMs, execute, reconcile } = options
  if (!id) throw new TypeError('Cannot create a step: it has no id')
  if (typeof execute !== 'function') throw new TypeError(`Cannot create step "${id}": it has no execute`)
  if ((effect === 'reconcile') !== (reconcile !== undefined))
    throw new TypeError(`Cannot create step "${id}": effect 'reconcile' and a reconcile function go together`)
  const retry = typeof retries === 'number' ? { attempts: retries } : retries
  if (retry) checkRetry(`step "${id}"`, retry)
  if (timeoutMs !== undefined && !isTimerMs(timeoutMs))
    throw new RangeError(
      `Cannot create step "${id}": timeoutMs is ${timeoutMs}, it must be from 1 to ${MAX_TIMER_MS}`,
    )
  const { inputSchema, outputSchema, stateSchema, suspendSchema, resumeSchema } = options
  return {
    kind: 'step',
    id,
    description,
    inputSchema,
    outputSchema,
    stateSchema,
    suspendSchema,
    resumeSchema,
    retry,
    timeoutMs,
    effect,
    from: 'function',
    execute,
    reconcile,
    ...toCompensation(id, options),
  }
}

/** The same step under another id. */
export function cloneStep<const Id extends string, Input, Output, State>(
  step: Step<string, Input, Output, State>,
  { id }: { id: Id },
): Step<Id, Input, Output, State> {
  if (!id) throw new TypeError(`Cannot clone step "${step.id}": the new id is empty`)
  return { ...step, id }
}
