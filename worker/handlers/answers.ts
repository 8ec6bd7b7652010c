import type * as z from 'zod'
import type { JsonValue } from '../../lib/protocol/json.ts'
import type { ToolAnswer } from '../../lib/protocol/message.ts'
import { RuntimeContext } from '../../lib/protocol/runtime-context.ts'
import { answerCall } from '../../lib/runtime/create.ts'
import type { Call } from '../context.ts'
import type { agentParams, approvalBody, resumeBody } from '../schemas.ts'
import { requireAgent } from './agents.ts'
import { checkReach } from './reach.ts'

type ApprovalCall = Call<z.infer<typeof agentParams>, undefined, z.infer<typeof approvalBody>>
type ResumeCall = Call<z.infer<typeof agentParams>, undefined, z.infer<typeof resumeBody>>
type Format = 'mastra' | 'mastra-json'

/** A person approves a call: the turn goes on, as Mastra's stream or as its whole answer. */
export function approve(format: Format) {
  return (call: ApprovalCall): Promise<Response> => answer(call, { type: 'approve' }, format)
}

/** A person declines a call: the model is told. */
export function decline(format: Format) {
  return (call: ApprovalCall): Promise<Response> => {
    const { reason } = call.body
    return answer(call, reason === undefined ? { type: 'decline' } : { type: 'decline', reason }, format)
  }
}

/** A tool that suspended goes on with the data that it asked for. */
export function resume(format: Format) {
  return (call: ResumeCall): Promise<Response> => {
    // The body came as JSON.
    const data = call.body.resumeData as JsonValue | undefined
    return answer(call, data === undefined ? undefined : { type: 'resume', data }, format)
  }
}

async function answer(
  call: ApprovalCall | ResumeCall,
  given: ToolAnswer | undefined,
  format: Format,
): Promise<Response> {
  const { runtime, principal, params, body } = call
  requireAgent(runtime, params.agentId)
  checkReach(principal, body.runId)
  const { runId, toolCallId } = body
  const waiting = toolCallId === undefined ? { runId } : { runId, toolCallId }
  const runtimeContext = new RuntimeContext(body.requestContext ?? body.runtimeContext).toJSON()
  return answerCall(runtime, waiting, given, { format, runtimeContext, boundTo: principal.resourceId })
}
