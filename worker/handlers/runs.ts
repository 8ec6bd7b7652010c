import type * as z from 'zod'
import { toSuspendedRuns } from '../../lib/formats/mastra/thread.ts'
import type { SuspendedRun } from '../../lib/formats/mastra/thread.ts'
import { resourceShard } from '../../lib/protocol/address.ts'
import { callObject } from '../../lib/runtime/call-object.ts'
import { DEFAULT_RESOURCE } from '../../lib/runtime/create.ts'
import { resourceOf, threadAddressOf, threadSpaceOf } from '../../lib/security/principal.ts'
import { threadCollection } from '../../lib/threads/outbox.ts'
import type { Call, RequestContext } from '../context.ts'
import type { ThreadObject } from '../env.ts'
import type { abortBody, observeBody, subscribeBody, suspendedRunsQuery } from '../schemas/runs.ts'
import type { agentParams } from '../schemas.ts'
import { requireAgent } from './agents.ts'
import { checkReach } from './reach.ts'

type Params = z.infer<typeof agentParams>
type Of<Body extends z.ZodType> = Call<Params, undefined, z.infer<Body>>

/** A run's stream from its first chunk, for a client that lost it. */
export async function observe({
  runtime,
  principal,
  params,
  body,
}: Of<typeof observeBody>): Promise<Response> {
  requireAgent(runtime, params.agentId)
  const { runId } = body
  const { resourceId: boundTo } = principal
  return runtime.callThread(checkReach(principal, runId), {
    type: 'observe',
    runId,
    format: 'mastra',
    ...(boundTo !== undefined && { boundTo }),
  })
}

/** All that is said on a thread from now on, turn after turn, until the client leaves. */
export async function subscribe({
  runtime,
  principal,
  params,
  body,
}: Of<typeof subscribeBody>): Promise<Response> {
  requireAgent(runtime, params.agentId)
  return runtime.callThread(threadAddressOf(principal, body.threadId), { type: 'subscribe' })
}

/** Stops the turn that runs on a thread, or the one that is named. */
export async function abort(call: Of<typeof abortBody>): Promise<Response> {
  const { threadId, expectedRunId } = call.body
  requireAgent(call.runtime, call.params.agentId)
  const stopped = await ask(call, threadId, (thread) => thread.stop(expectedRunId))
  return Response.json({ aborted: stopped !== undefined })
}

/** How many threads are asked when none is named, the last changed first, and how many at once. */
const MOST_THREADS = 200
const AT_ONCE = 10

/** Runs that wait for a person, newest first: those of one thread, or of a resource's threads. */
export async function listSuspendedRuns(
  call: Call<Params, z.infer<typeof suspendedRunsQuery>, undefined>,
): Promise<Response> {
  const { id } = requireAgent(call.runtime, call.params.agentId)
  const { threadId, fromDate, toDate, page, perPage } = call.query
  const threads = threadId === undefined ? await recentThreads(call) : [threadId]
  const found: SuspendedRun[] = []
  for (let i = 0; i < threads.length; i += AT_ONCE) {
    const asked = threads.slice(i, i + AT_ONCE).map((thread) => suspendedRunsOf(call, thread, id))
    found.push(...(await Promise.all(asked)).flat())
  }
  const [from, to] = [fromDate?.getTime() ?? 0, toDate?.getTime() ?? Infinity]
  const runs = found
    .filter(({ suspendedAt }) => suspendedAt >= from && suspendedAt <= to)
    .toSorted((a, b) => b.suspendedAt - a.suspendedAt)
  const shown = perPage === undefined ? runs : runs.slice(page * perPage, (page + 1) * perPage)
  return Response.json(toSuspendedRuns(shown, runs.length))
}

type ListCall = Call<Params, z.infer<typeof suspendedRunsQuery>, undefined>

async function suspendedRunsOf(call: ListCall, threadId: string, agentId: string): Promise<SuspendedRun[]> {
  const { resourceId } = call.query
  const runs = await ask(call, threadId, (thread) => thread.suspendedRuns())
  return runs
    .filter((run) => run.agentId === agentId && (resourceId ?? run.resourceId) === run.resourceId)
    .map((run) => ({ ...run, threadId }))
}

async function recentThreads({ runtime, principal, query }: ListCall): Promise<string[]> {
  const resourceId = resourceOf(principal, query.resourceId, DEFAULT_RESOURCE)
  const { documents } = await runtime
    .documents(resourceShard(resourceId))
    .query(threadCollection(threadSpaceOf(principal)), {
      by: 'updatedAt',
      order: 'descending',
      limit: MOST_THREADS,
    })
  return documents.map(({ id }) => id)
}

function ask<Result>(
  { env, runtime, principal }: RequestContext,
  threadId: string,
  question: (thread: ThreadObject) => Promise<Result>,
): Promise<Result> {
  const address = threadAddressOf(principal, threadId)
  return callObject(() => question(env.THREAD.getByName(address)), runtime.wait)
}
