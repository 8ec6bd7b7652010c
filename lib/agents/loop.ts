import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import type { Cache } from '../cache/cache.ts'
import { toPrompt } from '../formats/prompt.ts'
import type { TurnState } from '../log/fold.ts'
import { applyEvent, runnableCalls, waitingCalls } from '../log/fold.ts'
import type { ResolveModel } from '../models/model.ts'
import { EdgewiseError, toErrorBody } from '../protocol/error.ts'
import type { AgentEvent, OwnEvent, TurnEnd, TurnEvent } from '../protocol/event.ts'
import { underCall } from '../protocol/event.ts'
import type { NewId } from '../protocol/id.ts'
import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { toJson } from '../protocol/json.ts'
import { toJsonSchema } from '../schema/schema.ts'
import type { Wait } from '../streams/wait.ts'
import { errorText } from '../telemetry/thrown.ts'
import type { OpenSpan, Telemetry } from '../telemetry/span.ts'
import { openSpan } from '../telemetry/span.ts'
import type { ToolRuntime } from '../tools/tool-runtime.ts'
import type { Tool, ToolSet } from '../tools/tool.ts'
import { createBudget } from './delegation.ts'
import { runStepOnModels } from './fallback.ts'
import type { LogAt } from './log-turn.ts'
import { runTools } from './run-tools.ts'
import type { StepInput } from './step.ts'
import { stepResults } from './stop.ts'
import { finishObject, toObjectOutcome, toOutputSettings, toResponseFormat } from './structured-output.ts'
import { checkAnswer, runProcessedStep, startProcessing } from './processed-step.ts'
import type { SubTurns, ToolsInput } from './tools-input.ts'
import type { ResolvedAgent, TurnInput } from './turn-input.ts'

export interface LoopServices {
  now: () => number
  wait: Wait
  random: () => number
  newId: NewId
  resolveModel: ResolveModel
  telemetry: Telemetry
  /** Where answers are kept that may be given again. Default: nowhere. */
  cache?: Cache
  /** What tools reach of the app, for a caller who may be bound to a resource. Default: nothing. */
  toolRuntime?: (boundTo: string | undefined) => ToolRuntime
  /** For agents that have a log level of their own. */
  logAt?: LogAt
}

/**
 * Runs a turn to its end and yields its events: model steps, and between them the results of the tools they called.
 * It knows nothing of HTTP or storage; the consumer makes an event durable before it asks for the next.
 *
 * **Contract:** the last event is `turn-end`, or `turn-suspend` if calls wait for somebody; nothing is thrown. Taken
 * up with a folded state, it goes on where the log ends: calls without a result first.
 */
export async function* runTurn(turn: TurnInput, services: LoopServices): AsyncGenerator<TurnEvent, void> {
  const { agent, state, signal } = turn
  const open = openSpan(services.telemetry, `invoke_agent ${agent.id}`, {
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.agent.id': agent.id,
    ...(turn.threadId !== undefined && { 'gen_ai.conversation.id': turn.threadId }),
  })
  const deadline = startDeadline(turn, services)
  let end: TurnEnd | undefined
  try {
    for await (const event of runSteps({ ...turn, signal: deadline.signal }, services, open)) {
      applyEvent(state, event)
      yield event
    }
    if (state.isSuspended) return
    const object = yield* readObject(agent, state)
    const finishReason = lastFinish(state)
    end = { type: 'turn-end', status: 'completed', finishReason, usage: state.usage, ...object }
  } catch (error) {
    end = toTurnEnd(error, state, signal)
  } finally {
    deadline.stop()
    open.end(end?.error && new Error(end.error.code))
  }
  for (const event of abandonCalls(state)) {
    applyEvent(state, event)
    yield event
  }
  applyEvent(state, end)
  yield end
}

/** Nobody can answer a call any more whose turn is over; nor the one of a sub-agent that it waits for. */
function* abandonCalls(state: TurnState): Generator<OwnEvent | AgentEvent> {
  const error = { code: 'tool_aborted', message: 'The turn ended while the call waited' } as const
  for (const { toolCallId, toolName } of waitingCalls(state)) {
    const child = state.nested.get(toolCallId)
    if (child && !child.message.outcome) {
      for (const event of abandonCalls(child)) yield underCall(toolCallId, event)
      const { usage } = child
      yield underCall(toolCallId, { type: 'turn-end', status: 'aborted', finishReason: 'aborted', usage })
    }
    yield { type: 'tool-error', toolCallId, toolName, error }
  }
}

async function* runSteps(
  turn: TurnInput,
  services: LoopServices,
  open: OpenSpan,
): AsyncGenerator<TurnEvent, void> {
  const { agent, state, signal } = turn
  const sub = subTurns(turn, services)
  // What a crash left without a result, or somebody has answered, comes first.
  const left = runnableCalls(state)
  if (left.length > 0)
    yield* runTools({ ...toolsInput(turn, services, open), sub, calls: left, isCutOff: cutOff(turn) })
  const processing = yield* startProcessing(turn)
  for (;;) {
    signal.throwIfAborted()
    const waiting = waitingCalls(state)
    if (waiting.length > 0) {
      yield {
        type: 'turn-suspend',
        toolCallIds: waiting.map(({ toolCallId }) => toolCallId),
        usage: state.usage,
      }
      return
    }
    if (await isDone(agent, state)) {
      // After its last step without a call the answer was looked at whole.
      if (processing && hasCalls(state)) yield* checkAnswer(processing)
      return
    }
    if (turn.nesting) turn.nesting.budget.takeStep()
    const step = openSpan(open.telemetry, `step ${state.steps.length}`, {
      'edgewise.step': state.steps.length,
    })
    try {
      const input = stepInput(turn, services, step)
      yield* processing
        ? runProcessedStep(processing, input)
        : runStepOnModels(input, agent, state.steps.at(-1)?.model)
      const calls = runnableCalls(state)
      if (calls.length > 0)
        yield* runTools({ ...toolsInput(turn, services, step), sub, calls, isCutOff: () => false })
    } catch (error) {
      step.end(error)
      throw error
    } finally {
      step.end()
    }
  }
}

/**
 * The structured answer, from the text of the last step.
 *
 * @throws EdgewiseError `output_invalid` if it does not fit and must.
 */
async function* readObject(
  { structuredOutput }: ResolvedAgent,
  state: TurnState,
): AsyncGenerator<TurnEvent, { object?: JsonValue }> {
  if (!structuredOutput) return {}
  const text = stepResults(state).at(-1)?.text ?? ''
  const outcome = toObjectOutcome(await finishObject(text, structuredOutput), structuredOutput)
  if (outcome.type === 'error') throw outcome.error
  if (outcome.type !== 'object') yield { type: 'warning', code: 'output_invalid', message: outcome.warning }
  return outcome.type === 'none' ? {} : { object: toJson(outcome.object) }
}

function stepInput(turn: TurnInput, services: LoopServices, { telemetry }: OpenSpan): StepInput {
  const { wait, random } = services
  const cache = modelCache(turn, services)
  const { agent, state, signal, history, input } = turn
  const answer = state.message.parts.length > 0 ? [state.message] : []
  return {
    step: state.steps.length,
    model: agent.model,
    prompt: toPrompt(agent.instructions, [...history, ...input, ...answer]),
    tools: describeTools(agent.tools),
    settings: agent.settings,
    ...(agent.structuredOutput && {
      settings: toOutputSettings(agent.structuredOutput.schema, agent.settings),
      responseFormat: toResponseFormat(agent.structuredOutput.schema),
    }),
    ...(cache && { cache }),
    maxRetries: agent.maxRetries,
    timeouts: agent.timeouts,
    signal,
    wait,
    random,
    telemetry,
  }
}

function modelCache({ agent, resourceId }: TurnInput, { cache, newId }: LoopServices): StepInput['cache'] {
  const { cache: options, cacheWish } = agent
  if (!cache || !options || cacheWish === false) return undefined
  return { cache, options, mode: cacheWish ?? 'use', resourceId, newId }
}

/** What the turns of the agents that this one calls are run with. */
function subTurns({ agent, state, nesting }: TurnInput, services: LoopServices): SubTurns {
  const { now, newId, resolveModel } = services
  return {
    depth: nesting?.depth ?? 0,
    budget: nesting?.budget ?? createBudget(agent.delegation, state),
    known: state.nested,
    now,
    newId,
    resolveModel,
    run: (turn, telemetry) => runTurn(turn, { ...services, telemetry }),
  }
}

/**
 * Of calls that a life of a turn begins with: only one that was answered as the turn went on was never tried. A crash
 * may lie further back than this life, if the turn was suspended since for want of a secret.
 */
function cutOff({ state, isRecovered }: TurnInput): ToolsInput['isCutOff'] {
  return (call) => isRecovered || !state.fresh.has(call.toolCallId)
}

function toolsInput(
  turn: TurnInput,
  { cache }: LoopServices,
  { telemetry }: OpenSpan,
): Omit<ToolsInput, 'calls' | 'isCutOff' | 'sub'> {
  const { agent, runId, threadId, resourceId, trigger, runtimeContext, startedAt, signal, state } = turn
  return {
    tools: agent.tools,
    concurrency: agent.toolCallConcurrency,
    toolMs: agent.timeouts.toolMs,
    step: state.steps.length - 1,
    runId,
    key: turn.nesting?.key ?? runId,
    threadId,
    resourceId,
    trigger,
    runtime: turn.runtime,
    runtimeContext,
    startedAt,
    signal,
    telemetry,
    ...(cache && agent.cacheWish !== false && { cache }),
    ...(agent.cacheWish !== undefined && { cacheWish: agent.cacheWish }),
  }
}

/** After a step that called no tool the turn is over; after one whose tools have answered, its conditions decide. */
async function isDone(agent: ResolvedAgent, state: TurnState): Promise<boolean> {
  if (state.steps.length === 0) return false
  if (!hasCalls(state) || state.steps.length >= agent.maxSteps) return true
  if (agent.stopWhen.length === 0) return false
  const steps = stepResults(state)
  for (const condition of agent.stopWhen) if (await condition({ steps })) return true
  return false
}

/** Whether the last step called tools that are ours to run. */
function hasCalls({ steps, message }: TurnState): boolean {
  const last = steps.at(-1)
  const said = last ? message.parts.slice(last.from, last.to) : []
  return said.some((part) => part.type === 'tool' && part.providerExecuted !== true)
}

const definitionsOf = new WeakMap<ToolSet, LanguageModelV4FunctionTool[]>()

/** The tools as a model is told of them; made once for tools that are the same at every request. */
function describeTools(tools: ToolSet): LanguageModelV4FunctionTool[] {
  const known = definitionsOf.get(tools)
  if (known) return known
  const made = Object.entries(tools).map(([name, tool]): LanguageModelV4FunctionTool => {
    return { type: 'function', name, description: tool.description, inputSchema: describeInput(name, tool) }
  })
  definitionsOf.set(tools, made)
  return made
}

function describeInput(name: string, { inputSchema }: Tool): JsonObject {
  if (!inputSchema) return { type: 'object', properties: {} }
  try {
    return toJsonSchema(inputSchema)
  } catch (error) {
    throw new TypeError(`Cannot tell a model of tool "${name}": ${errorText(error)}`, { cause: error })
  }
}

function startDeadline(
  { agent, startedAt, signal }: TurnInput,
  { now }: LoopServices,
): { signal: AbortSignal; stop(): void } {
  const { totalMs } = agent.timeouts
  const controller = new AbortController()
  const onAbort = (): void => controller.abort(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  const expire = (): void =>
    controller.abort(new EdgewiseError('turn_timeout', `The turn took longer than ${totalMs} ms`))
  const timer = setTimeout(expire, Math.max(0, startedAt + totalMs - now()))
  const stop = (): void => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
  return { signal: controller.signal, stop }
}

function lastFinish(state: TurnState): TurnEnd['finishReason'] {
  return state.steps.at(-1)?.finishReason ?? 'other'
}

function toTurnEnd(error: unknown, { usage }: TurnState, stop: AbortSignal): TurnEnd {
  if (stop.aborted) return { type: 'turn-end', status: 'aborted', finishReason: 'aborted', usage }
  const known =
    error instanceof EdgewiseError
      ? error
      : new EdgewiseError('internal', `The agent failed: ${errorText(error)}`)
  return { type: 'turn-end', status: 'failed', finishReason: 'error', usage, error: toErrorBody(known) }
}
