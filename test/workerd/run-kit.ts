import { env } from 'cloudflare:workers'
import { workflowRunAddress } from '../../lib/protocol/address.ts'
import { runtimeOf } from '../../lib/runtime/create.ts'
import { createWorkflowRunner } from '../../lib/runtime/workflows.ts'
import type { WorkflowResult } from '../../lib/workflows/result.ts'
import type { WorkflowRun } from '../../lib/workflows/workflow-run.ts'
import type { Env } from '../../worker/env.ts'
import app from './app.ts'

// The test Worker's own bindings, as worker/env.ts describes them.
const bindings: unknown = env

/** A run of one of the app's workflows, as code in the Worker has it. */
export function runOf(workflow: string, runId = 'r1', resourceId?: string): WorkflowRun {
  runtimeOf(app, bindings as Env)
  return app.getWorkflow(workflow).createRun({ runId, ...(resourceId !== undefined && { resourceId }) })
}

/** The same, as somebody has it who is bound to a resource. */
export function boundRunOf(resourceId: string, workflow: string, runId: string): WorkflowRun {
  const runner = createWorkflowRunner(runtimeOf(app, bindings as Env), resourceId)
  return app.getWorkflow(workflow).bind(runner).createRun({ runId, resourceId })
}

/** The object of a run. */
export function objectOf(workflow: string, runId = 'r1'): DurableObjectStub {
  return (bindings as Env).RUN.getByName(workflowRunAddress(undefined, workflow, runId)) as DurableObjectStub
}

/** The result's own value. @throws if the run did not succeed. */
export function resultOf(result: WorkflowResult): unknown {
  if (result.status !== 'success') throw new Error(`the run is ${result.status}: ${JSON.stringify(result)}`)
  return result.result
}
