import type * as z from 'zod'
import { readErrorResponse } from '../../lib/formats/error-response.ts'
import { exportMemory } from '../../lib/memory/export-resource.ts'
import { erasureAddress } from '../../lib/protocol/address.ts'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import type { ErasureReport } from '../../lib/runtime/erasure-call.ts'
import { memoriesOf } from '../../lib/runtime/erase-owned.ts'
import { monthsOfRuns, ownedRuns } from '../../lib/runs/owned-runs.ts'
import { ownedSchedules } from '../../lib/schedules/schedule-list.ts'
import { ownedThreads, ownedTurns } from '../../lib/threads/owned-threads.ts'
import type { RunInfo, RunRecord } from '../../lib/workflows/result.ts'
import type { Call } from '../context.ts'
import type { resourceParams } from '../schemas/agent-memory.ts'
import { askAddress } from './memory.ts'

type ResourceCall = Call<z.infer<typeof resourceParams>, undefined, undefined>

/**
 * All that a resource owns, one JSON object a line: itself, its working memory, its facts, its schedules, its runs of
 * workflows, and thread by thread the thread and its messages. It is written as it is read, so that it may be of any
 * length.
 */
export function exportResource(call: ResourceCall): Response {
  requireOwner(call)
  const lines = linesOf(call)
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await lines.next()
      if (done) return controller.close()
      controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`))
    },
    cancel: async () => void (await lines.return()),
  })
  return new Response(body, { headers: { 'content-type': 'application/x-ndjson; charset=utf-8' } })
}

const MESSAGES_AT_ONCE = 200

async function* linesOf(call: ResourceCall): AsyncGenerator<unknown, void> {
  const { runtime, params } = call
  const { resourceId } = params
  yield { type: 'resource', resourceId, exportedAt: new Date(runtime.now()).toISOString() }
  for (const memory of await memoriesOf(runtime.app)) yield* exportMemory(memory.open(runtime, resourceId))
  for await (const { info } of ownedSchedules(resourceId, runtime.documents))
    yield { type: 'schedule', ...info }
  for await (const { address, info } of ownedThreads(resourceId, runtime)) {
    const own = await askAddress(call, address, 'working', {})
    yield { type: 'thread', ...info, ...(own?.content != null && { workingMemory: own.content }) }
    yield* messagesOf(call, address, { threadId: info.threadId })
  }
  for await (const address of ownedTurns(resourceId, runtime)) yield* messagesOf(call, address, {})
  yield* runsOf(call)
}

/** Those of a run without a thread name none. */
async function* messagesOf(
  call: ResourceCall,
  address: string,
  thread: { threadId?: string },
): AsyncGenerator<unknown, void> {
  for (let skip = 0; ; skip += MESSAGES_AT_ONCE) {
    const request = { skip, take: MESSAGES_AT_ONCE, order: 'oldest' } as const
    const page = await askAddress(call, address, 'page', request)
    for (const { message } of page?.messages ?? []) yield { type: 'message', ...thread, ...message }
    if (!page || skip + MESSAGES_AT_ONCE >= page.total) return
  }
}

async function* runsOf({ runtime, params: { resourceId } }: ResourceCall): AsyncGenerator<unknown, void> {
  const workflowIds = runtime.app.workflows.map(({ id }) => id)
  for await (const month of monthsOfRuns(workflowIds, runtime.documents)) {
    for await (const { address, info } of ownedRuns(resourceId, month, runtime.documents)) {
      const response = await runtime.callRun(address, { type: 'record' })
      if (response.ok) {
        const record: RunRecord = await response.json()
        yield { type: 'run', ...record }
      } else yield* unreadable(info, await readErrorResponse(response))
    }
  }
}

/** A run whose workflow was changed under it cannot be read: what the list knows is given. */
function* unreadable(info: RunInfo, error: EdgewiseError): Generator<unknown, void> {
  if (error.code === 'run_not_found') return
  if (error.code !== 'workflow_changed' && error.code !== 'workflow_not_found') throw error
  yield { type: 'run', ...info, error: { code: error.code, message: error.message } }
}

/**
 * Erases all that a resource owns. What cannot be erased at once is erased later, whoever asks or not; may be sent
 * again.
 */
export async function eraseResource(call: ResourceCall): Promise<Response> {
  requireOwner(call)
  const { resourceId } = call.params
  const response = await call.runtime.callRun(erasureAddress(resourceId), { type: 'erase-all' })
  if (!response.ok) return response
  const report: ErasureReport = await response.json()
  return Response.json({ resourceId, ...report }, { status: response.status })
}

/** @throws EdgewiseError `forbidden`. */
function requireOwner({ principal, params }: ResourceCall): void {
  if (principal.resourceId === undefined || principal.resourceId === params.resourceId) return
  throw new EdgewiseError('forbidden', 'A caller that is bound to a resource can reach no other')
}
