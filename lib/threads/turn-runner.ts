import type { AgentDefinition } from '../agents/agent-options.ts'
import { resolveAgent } from '../agents/resolve.ts'
import type { LoopServices } from '../agents/loop.ts'
import { logTurn } from '../agents/log-turn.ts'
import { runTurn } from '../agents/loop.ts'
import type { ResolvedAgent } from '../agents/turn-input.ts'
import type { TurnState } from '../log/fold.ts'
import { applyEvent } from '../log/fold.ts'
import { EdgewiseError, toErrorBody } from '../protocol/error.ts'
import type { TurnEnd, TurnEvent, TurnSuspend } from '../protocol/event.ts'
import type { Message } from '../protocol/message.ts'
import type { RuntimeContext } from '../protocol/runtime-context.ts'
import type { LogLevel } from '../telemetry/logger.ts'
import { redactSecrets } from '../telemetry/redact.ts'
import { underLink } from '../telemetry/span.ts'
import type { TurnMemory } from './turn-memory.ts'
import type { TurnRecord } from './turn-request.ts'

export interface RunnerServices extends LoopServices {
  getAgent(id: string): AgentDefinition | undefined
}

export interface TurnRun {
  record: TurnRecord
  threadId: string
  input: Message
  runtimeContext: RuntimeContext
  state: TurnState
  isRecovered: boolean
  /** What the agent is to know of the past. */
  remember(agent: AgentDefinition): Promise<TurnMemory>
  signal: AbortSignal
}

/**
 * The events of a turn from where its state stands, `turn-end` last. What stops it before the loop begins (an agent
 * that is gone, instructions that throw, a model without a key) ends it as a failed turn too. Never throws.
 */
export async function* turnEvents(run: TurnRun, services: RunnerServices): AsyncGenerator<TurnEvent, void> {
  const { record, state, input, threadId, signal } = run
  const { runtimeContext } = run
  let prepared
  let level: LogLevel | undefined
  try {
    const agent = services.getAgent(record.agentId)
    if (!agent) throw new EdgewiseError('agent_not_found', `There is no agent "${record.agentId}"`)
    const { maxSteps, structuredOutput, overrides } = record
    const [resolved, memory] = await Promise.all([
      resolveAgent(agent, runtimeContext, services.resolveModel, { maxSteps, structuredOutput, overrides }),
      run.remember(agent),
    ])
    prepared = { agent: withMemory(resolved, memory), memory }
    level = agent.options.logger?.level
  } catch (error) {
    const end = toPause(error, runtimeContext, state) ?? toFailure(error, state)
    applyEvent(state, end)
    yield end
    return
  }
  const { runId, resourceId, trace, trigger, boundTo } = record
  const startedAt = record.resumedAt ?? record.startedAt ?? record.createdAt
  const { agent, memory } = prepared
  const events = runTurn(
    {
      agent,
      history: memory.history,
      runId,
      threadId,
      resourceId,
      runtimeContext,
      input: [input],
      state,
      startedAt,
      signal,
      isRecovered: run.isRecovered,
      runtime: services.toolRuntime?.(boundTo),
      ...(trigger && { trigger }),
    },
    { ...services, telemetry: underLink(services.telemetry, trace) },
  )
  const { agentId, requestId } = record
  const fields = { agentId, threadId, runId, ...(requestId !== undefined && { requestId }) }
  const told = logTurn(events, { level, logAt: services.logAt, fields })
  for await (const event of told) {
    yield event
    // What is said before a step begins would be lost with it.
    if (event.type === 'step-start') yield* memory.news.splice(0)
  }
}

/** The agent with what memory adds to its instructions and tools. A tool of the agent's own name stays the agent's. */
function withMemory(agent: ResolvedAgent, { sections, tools }: TurnMemory): ResolvedAgent {
  const instructions = [agent.instructions, ...sections].filter((text) => text !== '').join('\n\n')
  const isPlain = Object.keys(tools).length === 0
  return { ...agent, instructions, tools: isPlain ? agent.tools : { ...tools, ...agent.tools } }
}

/** Instructions, a model or tools that read a secret which is gone: the turn waits for it. */
function toPause(
  error: unknown,
  { required }: RuntimeContext,
  { usage }: TurnState,
): TurnSuspend | undefined {
  if (!(error instanceof EdgewiseError) || error.code !== 'context_required') return undefined
  return { type: 'turn-suspend', toolCallIds: [], usage, contextKeys: required }
}

function toFailure(error: unknown, { usage }: TurnState): TurnEnd {
  const known =
    error instanceof EdgewiseError
      ? error
      : new EdgewiseError('internal', `The agent could not be prepared: ${redactSecrets(String(error))}`)
  return { type: 'turn-end', status: 'failed', finishReason: 'error', usage, error: toErrorBody(known) }
}
