import { childRunId } from '../protocol/run-id.ts'
import type { RunEvent, StepPath } from '../protocol/run-event.ts'
import type { CompensateOptions } from './compensate-options.ts'
import { toCompensation } from './compensate-options.ts'
import type { FlowDefinition } from './graph.ts'
import type { RetryConfig } from './retry.ts'
import { checkRetry } from './retry.ts'
import type { RunState } from './run-state.ts'
import type { ChildSpec, Step } from './step-definition.ts'
import type { IdOf, InputOf, OutputOf, StepLike } from './step-like.ts'

export interface ChildRunOptions<Id extends string> extends CompensateOptions {
  /** Default: the workflow's own. One workflow has each id once. */
  id?: Id
  description?: string
  /** How often a run that failed is followed by a new one. Default: the `retryConfig` of the workflow that has the step. */
  retries?: number | RetryConfig
}

/** A workflow as it is named, or given, to be run by itself. */
type WorkflowLike = StepLike & { readonly kind: 'workflow' }

/**
 * A step that starts a run of another workflow, in an object of its own, and waits for its end; gives its result. It
 * is started once, whatever crashes, has the resource and the runtime context of the run that starts it, and is
 * canceled with it. The app must have the workflow, under the id that it has here; by its id alone a workflow may also
 * start runs of itself.
 *
 * @throws RangeError for retries that cannot be.
 */
export function childRun<W extends WorkflowLike, const Id extends string = IdOf<W>>(
  workflow: W,
  options?: ChildRunOptions<Id>,
): Step<Id, InputOf<W>, OutputOf<W>, unknown>
export function childRun<const Name extends string, const Id extends string = Name>(
  workflowId: Name,
  options?: ChildRunOptions<Id>,
): Step<Id, unknown, unknown, unknown>
export function childRun(workflow: WorkflowLike | string, options: ChildRunOptions<string> = {}): Step {
  // Only `createWorkflow` makes what has this `kind`.
  const definition = typeof workflow === 'string' ? undefined : (workflow as WorkflowLike & FlowDefinition)
  const workflowId = typeof workflow === 'string' ? workflow : workflow.id
  const { id = workflowId, description = definition?.description ?? '', retries } = options
  const retry = typeof retries === 'number' ? { attempts: retries } : retries
  if (retry) checkRetry(`step "${id}"`, retry)
  return {
    kind: 'step',
    id,
    description,
    // The run checks what it is given.
    inputSchema: definition?.inputSchema,
    outputSchema: definition?.outputSchema,
    stateSchema: undefined,
    suspendSchema: undefined,
    resumeSchema: undefined,
    retry,
    timeoutMs: undefined,
    effect: 'retry',
    from: 'run',
    execute: () => {
      throw new Error(`Cannot execute step "${id}": its run does that`)
    },
    reconcile: undefined,
    starts: { workflowId, ...(definition && { definition }) },
    ...toCompensation(id, options),
  }
}

/** A step starts a run. Its id follows from the place and the attempt: whoever starts it again joins it. */
export function startChild(
  run: RunState,
  { workflowId }: ChildSpec,
  place: { at: number; path: StepPath; stepId: string; attempt: number },
): RunEvent {
  const { runId: parentId, createdAt, address } = run
  const runId = childRunId({ runId: parentId, createdAt, address, ...place }, workflowId)
  return { type: 'child-start', ...place, runId, workflowId }
}
