import { toJson } from '../protocol/json.ts'
import type { TurnEvent } from '../protocol/event.ts'
import type { ToolPart } from '../protocol/message.ts'
import type { RuntimeContext } from '../protocol/runtime-context.ts'
import { createChannel } from '../streams/channel.ts'
import type { Channel } from '../streams/channel.ts'
import type { Telemetry } from '../telemetry/span.ts'
import { openSpan } from '../telemetry/span.ts'
import { runTool } from '../tools/run-tool.ts'
import type { ToolSet } from '../tools/tool.ts'

type PendingCall = ToolPart & { state: 'pending' }

export interface ToolsInput {
  calls: PendingCall[]
  tools: ToolSet
  /** How many run at once. */
  concurrency: number
  /** Milliseconds a call may take that names no limit itself. */
  toolMs: number
  /** The number of the step that made the calls. */
  step: number
  runId: string
  threadId: string | undefined
  resourceId: string | undefined
  runtimeContext: RuntimeContext
  signal: AbortSignal
  telemetry: Telemetry
  /** A crash cut these calls off: what may not run twice is not run again. */
  isRecovered: boolean
}

/**
 * Runs the calls of one step side by side and gives each result as it comes, exactly one a call. Never throws: when
 * the signal aborts, what has not answered is told so. Leaving it early stops what runs and begins nothing more.
 */
export async function* runTools(input: ToolsInput): AsyncGenerator<TurnEvent, void> {
  const { calls, concurrency } = input
  const channel = createChannel<TurnEvent>()
  const left = new AbortController()
  const run = { ...input, signal: AbortSignal.any([input.signal, left.signal]) }
  const queue = [...calls]
  const work = async (): Promise<void> => {
    for (let call = queue.shift(); call; call = queue.shift()) channel.push(await runCall(call, run, channel))
  }
  const workers = Array.from({ length: Math.min(concurrency, calls.length) }, work)
  void Promise.all(workers).then(
    () => channel.close(),
    (error) => channel.close(error),
  )
  let isOver = false
  try {
    yield* channel
    isOver = true
  } finally {
    if (!isOver) left.abort()
  }
}

async function runCall(
  call: PendingCall,
  input: ToolsInput,
  channel: Channel<TurnEvent>,
): Promise<TurnEvent> {
  const { toolCallId, toolName } = call
  const { tools, step, runId, threadId, resourceId, runtimeContext, signal } = input
  const tool = Object.hasOwn(tools, toolName) ? tools[toolName] : undefined
  if (input.isRecovered && tool?.effect === 'once') {
    const message =
      'The call was cut off: it may or may not have happened. It was not made again; find out before you repeat it'
    return { type: 'tool-error', toolCallId, toolName, error: { code: 'tool_outcome_unknown', message } }
  }
  const open = openSpan(input.telemetry, `execute_tool ${toolName}`, {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': toolName,
    'gen_ai.tool.call.id': toolCallId,
  })
  const context = {
    abortSignal: signal,
    runtimeContext,
    runId,
    toolCallId,
    idempotencyKey: `${runId}/${step}/${toolCallId}`,
    ...(threadId !== undefined && { threadId }),
    ...(resourceId !== undefined && { resourceId }),
    writer: {
      write: (data: ProgressData) =>
        channel.push({
          type: 'tool-progress',
          toolCallId,
          data: toJson(data),
        }),
    },
  }
  const outcome = await runTool(tools, { toolName, input: call.input, context, timeoutMs: input.toolMs })
  open.end(outcome.ok ? undefined : new Error(outcome.error.code))
  return outcome.ok
    ? { type: 'tool-result', toolCallId, toolName, output: outcome.output }
    : { type: 'tool-error', toolCallId, toolName, error: outcome.error }
}

type ProgressData = Extract<TurnEvent, { type: 'tool-progress' }>['data']
