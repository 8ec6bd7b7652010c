import type * as z from 'zod'
import { toMastraRun, toMastraRuns } from '../../lib/formats/mastra/workflow-run.ts'
import { threadSpace } from '../../lib/protocol/address.ts'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import { parseOffset } from '../../lib/protocol/offset.ts'
import {
  addressOfWorkflowRun,
  mintWorkflowRunId,
  placeOfRun,
  workflowOfRun,
} from '../../lib/protocol/run-id.ts'
import { RuntimeContext } from '../../lib/protocol/runtime-context.ts'
import type { RunAnswer, RunCall } from '../../lib/runs/run-call.ts'
import { listRuns } from '../../lib/runs/run-list.ts'
import { digest } from '../../lib/security/api-key.ts'
import { linkOf } from '../../lib/telemetry/span.ts'
import { describeWorkflow } from '../../lib/workflows/describe.ts'
import type { RunRecord } from '../../lib/workflows/result.ts'
import type { AnyWorkflow } from '../../lib/workflows/workflow.ts'
import type { Call, RequestContext } from '../context.ts'
import type * as schemas from '../schemas/workflows.ts'
import { readIdempotencyKey } from './idempotency.ts'
import { requireWorkflow } from './workflows.ts'

type Of<Schema extends z.ZodType> = z.infer<Schema>
type Params = Of<typeof schemas.workflowParams>
type RunParams = Of<typeof schemas.workflowRunParams>
type StartCall = Call<Params, Of<typeof schemas.maybeRunQuery>, Of<typeof schemas.startBody>>
type ResumeCall = Call<Params, Of<typeof schemas.runQuery>, Of<typeof schemas.resumeRunBody>>
type RestartCall = Call<Params, Of<typeof schemas.runQuery>, Of<typeof schemas.restartBody>>
type CreateCall = Call<Params, Of<typeof schemas.maybeRunQuery>, Of<typeof schemas.createRunBody>>

/** Gives a run an id, and notes whose it is. It is started by the next request. */
export async function createRun(call: CreateCall): Promise<Response> {
  const workflow = requireWorkflow(call.runtime, call.params.workflowId)
  const runId = runIdOf(call, workflow)
  const resourceId = call.principal.resourceId ?? call.body.resourceId
  // An id of ours says where the run is; only whose it is, where the caller says that, must be kept.
  if (resourceId === undefined) return Response.json({ runId })
  return send(call, workflow, runId, { type: 'create', runId, workflowId: workflow.id, resourceId })
}

/** Starts a run; a run that is there already is joined. */
export function startRun(format: RunAnswer) {
  return async (call: StartCall): Promise<Response> => {
    const { runtime, params, body, principal, span } = call
    const workflow = requireWorkflow(runtime, params.workflowId)
    const runId = runIdOf(call, workflow)
    const resourceId = principal.resourceId ?? body.resourceId
    const trace = linkOf(span)
    const request = {
      runId,
      workflowId: workflow.id,
      inputData: body.inputData ?? null,
      runtimeContext: new RuntimeContext(body.requestContext ?? body.runtimeContext).toJSON(),
      ...(body.initialState && { initialState: body.initialState }),
      ...(body.perStep && { perStep: true }),
      ...(resourceId !== undefined && { resourceId }),
      ...(trace && { trace }),
    }
    const address = reach(call, workflow, runId)
    const until = body.closeOnSuspend === false ? 'end' : 'idle'
    const response = await runtime.callRun(address, { type: 'start', request, address, format, until })
    return format === 'ack' ? told(response, { message: 'Workflow run started', runId }) : response
  }
}

/** Answers a step that waits. */
export function resumeRun(format: RunAnswer, message?: string) {
  return async (call: ResumeCall): Promise<Response> => {
    const { runtime, params, query, body } = call
    const workflow = requireWorkflow(runtime, params.workflowId)
    const { step, label, forEachIndex, resumeData, perStep = false } = body
    const target = {
      ...(step !== undefined && { step }),
      ...(label !== undefined && { label }),
      ...(forEachIndex !== undefined && { forEachIndex }),
    }
    const given = resumeData === undefined ? {} : { resumeData }
    const nonce = await nonceOf(call, query.runId)
    const answer = { type: 'resume', target, perStep, format, nonce, ...given, ...contextOf(body) } as const
    const response = await send(call, workflow, query.runId, answer)
    const said = message === undefined ? { runId: query.runId } : { message, runId: query.runId }
    return format === 'ack' ? told(response, said) : response
  }
}

/** Takes up a run that was cut off; one that failed goes on from the steps that failed. */
export function restartRun(format: RunAnswer) {
  return async (call: RestartCall): Promise<Response> => {
    const { runId } = call.query
    const workflow = requireWorkflow(call.runtime, call.params.workflowId)
    const nonce = await nonceOf(call, runId)
    const restart = { type: 'restart', format, nonce, ...contextOf(call.body) } as const
    const response = await send(call, workflow, runId, restart)
    return format === 'ack' ? told(response, { message: 'Workflow run restarted', runId }) : response
  }
}

/** A run's stream from its first chunk, or from a later one on, until nothing of it is left to do. */
export function observeRun(
  call: Call<Params, Of<typeof schemas.observeQuery>, undefined>,
): Promise<Response> {
  const { runId, offset } = call.query
  const workflow = requireWorkflow(call.runtime, call.params.workflowId)
  return send(call, workflow, runId, { type: 'follow', format: 'mastra', skip: offset })
}

/** Ends a run, and stops what of it is being executed. */
export async function cancelRun(
  call: Call<RunParams, undefined, Of<typeof schemas.cancelBody>>,
): Promise<Response> {
  const { workflowId, runId } = call.params
  const workflow = requireWorkflow(call.runtime, workflowId)
  const response = await send(call, workflow, runId, { type: 'cancel', ...contextOf(call.body ?? {}) })
  if (!response.ok) return response
  const canceled: boolean | 'compensating' = await response.json()
  if (canceled === 'compensating')
    return Response.json({ message: 'Workflow run is ending: what it has done is being compensated' })
  return Response.json({ message: canceled ? 'Workflow run canceled' : 'Workflow run had ended' })
}

export async function deleteRun(call: Call<RunParams, undefined, undefined>): Promise<Response> {
  const { workflowId, runId } = call.params
  const workflow = requireWorkflow(call.runtime, workflowId)
  const response = await send(call, workflow, runId, { type: 'remove' })
  if (response.ok && (await response.json()) !== true) throw missing(runId)
  return told(response, { message: 'Workflow run deleted' })
}

export async function getRun(
  call: Call<RunParams, Of<typeof schemas.recordQuery>, undefined>,
): Promise<Response> {
  const { workflowId, runId } = call.params
  const workflow = requireWorkflow(call.runtime, workflowId)
  const response = await send(call, workflow, runId, { type: 'record' })
  if (!response.ok) return response
  const record: RunRecord = await response.json()
  const { graph } = describeWorkflow(workflow)
  return Response.json(toMastraRun(record, graph, call.query.fields?.split(',')))
}

/** A page of a workflow's runs, newest first. `total` is exact on the last page; before it, it says that there are more. */
export async function listWorkflowRuns(
  call: Call<Params, Of<typeof schemas.runsQuery>, undefined>,
): Promise<Response> {
  const { runtime, principal, query } = call
  const workflow = requireWorkflow(runtime, call.params.workflowId)
  const { limit = query.perPage ?? 100, fromDate, toDate, status } = query
  const skip = query.offset ?? (query.page ?? 0) * limit
  const resourceId = principal.resourceId ?? query.resourceId
  const wanted = {
    limit: skip + limit + 1,
    ...(status && { status }),
    ...(toDate && { before: toDate.getTime() }),
    ...(resourceId !== undefined && { resourceId }),
  }
  const space = threadSpace(principal.resourceId)
  const newest = await listRuns(workflow.id, space, wanted, runtime.documents)
  const found = newest.filter(({ createdAt }) => !fromDate || createdAt >= fromDate.getTime())
  return Response.json(toMastraRuns(found.slice(skip, skip + limit), found.length))
}

/** Our own words: a run's events with their places as ids, for EventSource, mobile and curl. */
export function followRun(
  call: Call<Of<typeof schemas.eventParams>, Of<typeof schemas.runEventsQuery>, undefined>,
): Promise<Response> {
  const { request, runtime, params, query } = call
  const { runId } = params
  const workflow = requireWorkflow(runtime, query.workflowId ?? workflowOf(runId))
  const given = request.headers.get('last-event-id') ?? query.after
  const after = given === undefined || given === '' ? undefined : parseOffset(given)
  if (given && !after) {
    throw new EdgewiseError('invalid_request', 'Invalid query: after is no place in a stream', {
      issues: [{ field: 'after', message: 'is no place in a stream' }],
    })
  }
  const until = query.until ?? 'end'
  return send(call, workflow, runId, { type: 'follow', format: 'native', until, ...(after && { after }) })
}

/** The graph for a user interface; it goes on from there with the run's events. */
export function describeRun(
  call: Call<Of<typeof schemas.eventParams>, Of<typeof schemas.runGraphQuery>, undefined>,
): Promise<Response> {
  const { runtime, params, query } = call
  const workflow = requireWorkflow(runtime, query.workflowId ?? workflowOf(params.runId))
  return send(call, workflow, params.runId, { type: 'describe' })
}

/** The workflow that an id of ours leads to. @throws EdgewiseError `invalid_request` for another id. */
export function workflowOf(runId: string): string {
  const workflowId = workflowOfRun(runId)
  if (workflowId !== undefined) return workflowId
  const message = 'is required for a run whose id you chose'
  throw new EdgewiseError('invalid_request', `Invalid query: workflowId ${message}`, {
    issues: [{ field: 'workflowId', message }],
  })
}

/** @throws EdgewiseError `invalid_request` for a name of the caller's that is too long to be an object's. */
function runIdOf({ query, principal, runtime }: StartCall | CreateCall, { id }: AnyWorkflow): string {
  const { runId = mintWorkflowRunId(runtime.newId, principal.resourceId, id) } = query
  if (runId.length <= MAX_CHOSEN_ID || placeOfRun(runId)) return runId
  const message = `must have at most ${MAX_CHOSEN_ID} characters`
  throw new EdgewiseError('invalid_request', `Invalid query: runId ${message}`, {
    issues: [{ field: 'runId', message }],
  })
}

const MAX_CHOSEN_ID = 256

/** What is sent again, by the Worker on its way or under one Idempotency-Key, is taken once. */
async function nonceOf({ request, url, principal, runtime }: ResumeCall | RestartCall, runId: string) {
  const key = readIdempotencyKey(request)
  if (key === undefined) return runtime.newId('call')
  return digest(JSON.stringify([principal.id, url.pathname, runId, key]))
}

/** Secrets of the runtime context that the run may have lost. */
function contextOf({ requestContext, runtimeContext }: Of<typeof schemas.restartBody>) {
  const given = requestContext ?? runtimeContext
  return given ? { runtimeContext: new RuntimeContext(given).toJSON() } : {}
}

export async function send(
  call: RequestContext,
  workflow: AnyWorkflow,
  runId: string,
  runCall: RunCall,
): Promise<Response> {
  return call.runtime.callRun(reach(call, workflow, runId), runCall)
}

/** What is not the caller's does not exist, whoever knows its id. */
export function reach(
  { principal }: Pick<RequestContext, 'principal'>,
  { id }: AnyWorkflow,
  runId: string,
): string {
  const address = addressOfWorkflowRun(principal.resourceId, id, runId)
  if (address === undefined) throw missing(runId)
  return address
}

function missing(runId: string): EdgewiseError {
  return new EdgewiseError('run_not_found', `There is no run "${runId.slice(0, 100)}"`)
}

/** The words for what was done, in place of the object's; its error as it is. */
function told(response: Response, said: Record<string, string>): Response {
  return response.ok ? Response.json(said) : response
}
