import type { FollowerEvent, StreamEntry } from '../../protocol/event.ts'
import type { JsonObject, JsonValue } from '../../protocol/json.ts'
import type { Offset } from '../../protocol/offset.ts'
import { START } from '../../protocol/offset.ts'
import type { ChildStart, RunEvent, StepPath, StepStart } from '../../protocol/run-event.ts'
import type { RunEncoder } from '../encoder.ts'
import { SSE_HEADERS } from '../encoder.ts'

/** What is known of a step's execution. */
export interface ExecutionView {
  /** The ids of the steps that it is in, and its own. */
  ids: string[]
  /** What has come of the step, all items of a list together. */
  record: JsonObject
  /** Of an item of a list: its place, how many have settled, and how many there are. */
  item?: { index: number; done: number; total: number }
}

/**
 * What the stream must know of a run beside its events: the fold of them.
 *
 * **Contract:** `take` is given every event of the run from its first, in order, before the encoder says it;
 * `execution` is asked about the path of the event that was taken last.
 */
export interface RunView {
  readonly runId: string
  readonly workflowId: string
  take(event: RunEvent): void
  execution(path: StepPath): ExecutionView | undefined
}

export interface MastraRunOptions {
  /** How many chunks of the run are not said again. */
  skip?: number
  /** Whether an event is taken in without being said. */
  isSilent?: (entry: StreamEntry<RunEvent>) => boolean
}

/** Ends each record of a stream. */
const SEPARATOR = '\u001E'

/**
 * Mastra's workflow stream, as `@mastra/client-js` reads it: JSON records, each ended by the byte 0x1E; a bare one is
 * a sign of life.
 */
export function createMastraRunEncoder(
  view: RunView,
  { skip = 0, isSilent = () => false }: MastraRunOptions = {},
): RunEncoder {
  let said = 0
  let last: Offset = START
  return {
    // Not compressed, which would hold bytes back (PLATFORM: wrangler compresses text).
    headers: { ...SSE_HEADERS, 'content-type': 'text/plain; charset=utf-8' },
    encode: (entry) => {
      const { event } = entry
      if (isFollowerEvent(event)) return encodeFollower(event, view)
      view.take(event)
      const { offset } = entry
      if (offset) {
        // Progress is not kept, and yet it was said: each piece of it has left out a place.
        const from = offset.generation === last.generation ? last.position : 0
        said += offset.position - from - 1
        last = offset
      }
      if (isSilent(entry)) return ''
      let text = ''
      for (const chunk of toChunks(event, view)) {
        said += 1
        if (said > skip) text += JSON.stringify(chunk) + SEPARATOR
      }
      return text
    },
    end: () => '',
    keepAlive: SEPARATOR,
  }
}

function toChunks(event: RunEvent, view: RunView): JsonObject[] {
  switch (event.type) {
    case 'run-start':
    case 'run-resume':
    case 'run-restart':
    case 'run-travel':
      return [chunk(view, 'workflow-start', { workflowId: view.workflowId })]
    case 'step-start':
    case 'child-start':
      return startStep(event, view)
    case 'sleep-start':
    case 'event-wait':
      return [stepChunk(view, 'workflow-step-waiting', event.path, { status: 'waiting' })]
    case 'step-result':
    case 'step-fail':
      return endStep(event, view)
    case 'step-suspend':
      return [stepChunk(view, 'workflow-step-suspended', event.path, suspension(event))]
    case 'step-progress':
      return [stepChunk(view, 'workflow-step-output', event.path, { output: event.data }, true)]
    case 'run-suspend':
      return [finish(view, 'suspended')]
    case 'run-wait':
      return [finish(view, 'waiting')]
    case 'run-pause':
      return [chunk(view, 'workflow-paused', {}), finish(view, 'paused')]
    case 'run-end': {
      const end = finish(view, event.status, event.status === 'success' ? event.result : undefined)
      return event.status === 'canceled' ? [chunk(view, 'workflow-canceled', {}), end] : [end]
    }
    case 'step-retry':
    case 'event-received':
    case 'child-status':
    case 'flow-enter':
    case 'branch-decision':
    case 'loop-decision':
    case 'run-admit':
    case 'run-recover':
    case 'run-compensate':
    case 'run-cancel':
    case 'compensate-start':
    case 'compensate-result':
    case 'compensate-retry':
    case 'compensate-suspend':
    case 'compensate-fail':
      return []
    default:
      return event satisfies never
  }
}

/** A step that is tried again was said to have started; a list starts with its first item, and only once. */
function startStep(event: StepStart | ChildStart, view: RunView): JsonObject[] {
  const { path, attempt } = event
  const isResumed = 'isResumed' in event
  const item = view.execution(path)?.item
  if (item ? attempt > 1 || item.index > 0 : attempt > 1 && !isResumed) return []
  return [stepChunk(view, 'workflow-step-start', path, { status: 'running' })]
}

function endStep(event: RunEvent & { type: 'step-result' | 'step-fail' }, view: RunView): JsonObject[] {
  const { path } = event
  const execution = view.execution(path)
  const item = execution?.item
  const isOver = execution?.record['status'] !== 'running'
  const ends = isOver ? [stepChunk(view, 'workflow-step-result', path, {})] : []
  if (!item || !execution) return ends
  const isResult = event.type === 'step-result'
  const progress = {
    id: execution.ids.join('.'),
    completedCount: item.done,
    totalCount: item.total,
    currentIndex: item.index,
    iterationStatus: isResult ? 'success' : 'failed',
    ...(isResult && event.output !== undefined && { iterationOutput: event.output }),
  }
  return [chunk(view, 'workflow-step-progress', progress), ...ends]
}

function suspension({ payload, at }: RunEvent & { type: 'step-suspend' }): JsonObject {
  return { status: 'suspended', suspendPayload: payload, suspendedAt: at }
}

/** `stepCallId` is the same in all chunks of one execution. */
function stepChunk(
  view: RunView,
  type: string,
  path: StepPath,
  more: JsonObject,
  isBare = false,
): JsonObject {
  const execution = view.execution(path)
  const id = execution?.ids.join('.') ?? path
  const stepCallId = `${view.runId}:${execution?.item ? path.slice(0, path.lastIndexOf('.')) : path}`
  const record = isBare ? {} : (execution?.record ?? {})
  return chunk(view, type, { stepName: id, id, stepCallId, ...record, ...more })
}

/** Tokens are counted by the turns of agents, not by runs. */
const NO_USAGE = {
  inputTokens: 0,
  outputTokens: 0,
  totalTokens: 0,
  cachedInputTokens: 0,
  cacheCreationInputTokens: 0,
  reasoningTokens: 0,
}

function finish(view: RunView, workflowStatus: string, result?: JsonValue): JsonObject {
  const final = result !== undefined && { finalWorkflowResult: result }
  return chunk(view, 'workflow-finish', {
    workflowStatus,
    ...final,
    metadata: {},
    output: { usage: NO_USAGE },
  })
}

function chunk({ runId }: RunView, type: string, payload: JsonObject): JsonObject {
  return { type, runId, from: 'WORKFLOW', payload }
}

function encodeFollower(event: FollowerEvent, view: RunView): string {
  if (event.type !== 'stream-error') return ''
  const { code, message } = event.error
  const error = chunk(view, 'error', { error: { name: 'Error', message, code } })
  return JSON.stringify(error) + SEPARATOR
}

function isFollowerEvent(event: RunEvent | FollowerEvent): event is FollowerEvent {
  return event.type === 'step-restart' || event.type === 'turn-queued' || event.type === 'stream-error'
}
