import type * as z from 'zod'
import { mintWorkflowRunId } from '../../lib/protocol/run-id.ts'
import { RuntimeContext } from '../../lib/protocol/runtime-context.ts'
import type { RunAnswer } from '../../lib/runs/run-call.ts'
import { linkOf } from '../../lib/telemetry/span.ts'
import type { Call } from '../context.ts'
import type * as schemas from '../schemas/workflows.ts'
import { reach } from './workflow-runs.ts'
import { requireWorkflow } from './workflows.ts'

type Of<Schema extends z.ZodType> = z.infer<Schema>
type TravelCall = Call<
  Of<typeof schemas.workflowParams>,
  Of<typeof schemas.runQuery>,
  Of<typeof schemas.travelBody>
>

/** Begins a run that goes on from a step of another; the answer names the new one. */
export function travelRun(format: RunAnswer) {
  return async (call: TravelCall): Promise<Response> => {
    const { runtime, principal, query, body, span } = call
    const workflow = requireWorkflow(runtime, call.params.workflowId)
    const { step, inputData, resumeData, initialState, context, nestedStepsContext, perStep = false } = body
    const trace = linkOf(span)
    const runId = mintWorkflowRunId(runtime.newId, principal.resourceId, workflow.id)
    const request = {
      runId,
      workflowId: workflow.id,
      from: { runId: query.runId, address: reach(call, workflow, query.runId) },
      travel: {
        step,
        ...(inputData !== undefined && { inputData }),
        ...(resumeData !== undefined && { resumeData }),
        ...(initialState && { initialState }),
        ...(context && { context }),
        ...(nestedStepsContext && { nestedStepsContext }),
      },
      runtimeContext: new RuntimeContext(body.requestContext ?? body.runtimeContext).toJSON(),
      perStep,
      ...(trace && { trace }),
    }
    const address = reach(call, workflow, runId)
    const response = await runtime.callRun(address, { type: 'travel', request, address, format })
    if (format !== 'ack' || !response.ok) return response
    return Response.json({ message: 'Workflow run time travel started', runId })
  }
}

/** Mastra's servers lose what was under way when they stop. Here every run's own alarm takes it up. */
export function restartActiveRuns(
  call: Call<Of<typeof schemas.workflowParams>, undefined, undefined>,
): Response {
  const { id } = requireWorkflow(call.runtime, call.params.workflowId)
  return Response.json({ message: `Nothing to do: every run of workflow "${id}" takes itself up again` })
}
