import type { RunView } from '../formats/mastra/workflow-stream.ts'
import type { RunFormat } from '../formats/run-encoder.ts'
import { createRunEncoder, needsWholeRun } from '../formats/run-encoder.ts'
import { Follower } from '../log/follower.ts'
import type { LiveLog } from '../log/live-log.ts'
import { EdgewiseError, toErrorBody } from '../protocol/error.ts'
import type { StreamEntry } from '../protocol/event.ts'
import type { Offset } from '../protocol/offset.ts'
import { START, compareOffsets } from '../protocol/offset.ts'
import type { RunEvent } from '../protocol/run-event.ts'
import { streamLog } from '../log/stream.ts'
import { createRunView } from '../workflows/run-view.ts'
import { createRun, pendingRecord } from './created.ts'
import { describeRun } from './describe.ts'
import { answerRemoval } from './erase.ts'
import { forkRun } from './fork.ts'
import { readEntries } from './load.ts'
import { LAST_PLACE } from './run-rows.ts'
import type { RunAnswer, RunCall, Until } from './run-call.ts'
import type { Run } from './run.ts'

const START_OF_RUN: Offset = { generation: 1, attempt: 0, position: 0 }

/** @throws EdgewiseError for what is answered before the first byte. */
export async function answerRunCall(run: Run, call: RunCall): Promise<Response> {
  if (call.type === 'start') {
    await run.start(call.request, call.address)
    return answerCommand(run, START_OF_RUN, call.format, call.until)
  }
  if (call.type === 'travel') {
    const place = await run.travel(call.request, call.address)
    // Our own words begin with what was taken over; Mastra's where the run goes on.
    return answerCommand(run, call.format === 'mastra' ? place : START_OF_RUN, call.format)
  }
  if (call.type === 'fork') return Response.json(await forkRun(run.parts, call.travel))
  if (call.type === 'create') {
    const { type: _, ...asked } = call
    await createRun(run.parts, asked)
    return Response.json({ runId: call.runId })
  }
  if (call.type === 'remove' || call.type === 'erase') return answerRemoval(run, call)
  // Before what needs them goes on.
  if (run.meta && 'runtimeContext' in call && call.runtimeContext) run.parts.context.take(call.runtimeContext)
  // Whoever comes first after a crash sets the unfinished run going again.
  await run.takeUp()
  const pending = !run.meta && call.type === 'record' && pendingRecord(run.parts)
  if (pending) return Response.json(pending)
  if (!run.meta) throw new EdgewiseError('run_not_found', 'There is no such run')
  switch (call.type) {
    case 'resume':
    case 'restart': {
      const place = placeBefore(run, call.nonce)
      if (call.type === 'restart') await run.restart(call.nonce)
      else await run.resume(call.target, call.resumeData, call)
      return answerCommand(run, place, call.format)
    }
    case 'context':
      return Response.json(await run.giveContext(call.nonce))
    case 'event': {
      const receipt = await run.sendEvent(call)
      return Response.json(receipt, { status: receipt.accepted ? 202 : 200 })
    }
    case 'child':
      await run.hearChild(call.news)
      return new Response(null, { status: 204 })
    case 'follow':
      return follow(run, call)
    case 'result':
      return Response.json(await run.result())
    case 'record':
      return Response.json(await run.record())
    case 'describe':
      return Response.json(await describeRun(run))
    case 'admit':
      return Response.json(await run.admit(call.ticket))
    case 'cancel': {
      const canceled = await run.cancel()
      // One that cannot be read has ended, and nothing in it waits.
      if (call.runtimeContext && run.state) await run.giveContext()
      return Response.json(canceled && run.isCompensating ? 'compensating' : canceled)
    }
    default:
      return call satisfies never
  }
}

/** Its first life's events may be in memory, with more than rows keep. */
function follow(
  run: Run,
  { after: asked = START, format, skip, until }: RunCall & { type: 'follow' },
): Response {
  const after = compareOffsets(asked, START) === 0 ? START_OF_RUN : asked
  if (until === 'end' && hasNoMore(run, after)) return new Response(null, { status: 204 })
  return stream(run, after, format, { skip, until })
}

async function answerCommand(run: Run, after: Offset, format: RunAnswer, until?: Until): Promise<Response> {
  if (format === 'ack') return Response.json({ runId: run.meta?.info.runId }, { status: 202 })
  if (format !== 'json') return stream(run, after, format, { until })
  await run.settled()
  return Response.json(await run.result())
}

/** A run's events from a place on. */
function stream(
  run: Run,
  after: Offset,
  format: RunFormat,
  { skip = 0, until = 'idle' }: { skip?: number | undefined; until?: Until | undefined },
): Response {
  const isSilent = ({ offset }: StreamEntry<RunEvent>): boolean =>
    offset !== undefined && compareOffsets(offset, after) <= 0
  const encoder = createRunEncoder(format, () => viewOf(run), { skip, isSilent })
  const follower = new Listener(run.parts.log, needsWholeRun(format) ? START_OF_RUN : after, run.hear())
  const body = streamLog<RunEvent>(follower, {
    encoder,
    isLast: ({ event }) => event.type === 'stream-error',
    atEdge: () => {
      if (run.isErased) return [gone()]
      return (until === 'idle' ? run.isQuiet : isOver(run)) ? 'end' : []
    },
  })
  return new Response(body, { headers: encoder.headers })
}

/** It has ended, and all of it may be seen. */
function isOver(run: Run): boolean {
  const status = run.meta?.info.status
  return run.isQuiet && status !== 'suspended' && status !== 'waiting' && status !== 'paused'
}

/** That says to an EventSource that it need not come back. */
function hasNoMore(run: Run, after: Offset): boolean {
  return isOver(run) && new Follower<RunEvent>(run.parts.log, after).pull().length === 0
}

/** A follower that the run knows of. */
class Listener extends Follower<RunEvent> {
  readonly #leave: () => void

  constructor(log: LiveLog<RunEvent>, after: Offset, leave: () => void) {
    super(log, after)
    this.#leave = leave
  }

  override cancel(): void {
    super.cancel()
    this.#leave()
  }
}

function viewOf({ meta, parts }: Run): RunView {
  const { runId = '', workflowId = '' } = meta?.info ?? {}
  const definition = parts.services.getWorkflow(workflowId)
  if (!definition) throw new EdgewiseError('workflow_not_found', `There is no workflow "${workflowId}"`)
  return createRunView(definition, runId)
}

/** The place behind which a call is answered: the end, or of one that is sent again where it was taken. */
function placeBefore(run: Run, nonce: string | undefined): Offset {
  if (run.hasTaken(nonce))
    for (const { event, offset } of readEntries(run.parts))
      if ('nonce' in event && event.nonce === nonce && offset)
        return { ...offset, position: offset.position - 1 }
  return endOf(run)
}

/** The place after all that has been said. */
function endOf(run: Run): Offset {
  return run.parts.log.tail ?? { generation: run.meta?.generation ?? 0, attempt: 0, position: LAST_PLACE }
}

function gone(): StreamEntry<RunEvent> {
  const error = new EdgewiseError('aborted', 'The run was deleted')
  return { event: { type: 'stream-error', error: toErrorBody(error) } }
}
