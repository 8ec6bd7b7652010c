import type * as z from 'zod'
import { digest } from '../../lib/security/api-key.ts'
import type { Call } from '../context.ts'
import type * as schemas from '../schemas/workflows.ts'
import { readIdempotencyKey } from './idempotency.ts'
import { send, workflowOf } from './workflow-runs.ts'
import { requireWorkflow } from './workflows.ts'

type SendCall = Call<
  z.infer<typeof schemas.eventParams>,
  z.infer<typeof schemas.runGraphQuery>,
  z.infer<typeof schemas.sendEventBody>
>

/** Puts an event into a run's mailbox. Without an id of its own it comes once under one Idempotency-Key. */
export async function sendRunEvent(call: SendCall): Promise<Response> {
  const { runtime, params, query, body, request, principal } = call
  const { event, data = null } = body
  const workflow = requireWorkflow(runtime, query.workflowId ?? workflowOf(params.runId))
  const key = readIdempotencyKey(request)
  // Two callers never share a key.
  const id =
    body.id ?? (key === undefined ? runtime.newId('evt') : await digest(JSON.stringify([principal.id, key])))
  return send(call, workflow, params.runId, { type: 'event', id, event, data })
}
