import { readMessages } from '../formats/input.ts'
import type { ReadServices, TurnMessages } from '../formats/input.ts'
import { startTurn } from '../log/fold.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { StreamEntry, TurnEnd, TurnSuspend } from '../protocol/event.ts'
import type { Message } from '../protocol/message.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import type { AgentDefinition, RunOptions } from './agent-options.ts'
import { resolveAgent } from './resolve.ts'
import type { LoopServices } from './loop.ts'
import { logTurn } from './log-turn.ts'
import { runTurn } from './loop.ts'
import type { TurnOverrides } from './turn-overrides.ts'

export type AloneServices = LoopServices & ReadServices

/**
 * Runs a turn without a thread, as a stream of its events. The caller's messages are the whole conversation, the
 * last one the user's. Leaving the stream, or aborting, stops the turn.
 */
export async function* streamAlone(
  agent: AgentDefinition,
  messages: TurnMessages | unknown,
  options: RunOptions & { boundTo?: string | undefined },
  services: AloneServices,
): AsyncGenerator<StreamEntry, void> {
  yield* runAlone(agent, readMessages(messages, services), options, services)
}

/** The same, with messages that were read already. */
export async function* runAlone(
  agent: AgentDefinition,
  conversation: readonly Message[],
  {
    abortSignal,
    maxSteps,
    structuredOutput,
    overrides,
    resourceId,
    cache,
    runtimeContext = new RuntimeContext(),
    boundTo,
  }: RunOptions & { overrides?: TurnOverrides; boundTo?: string | undefined },
  services: AloneServices,
): AsyncGenerator<StreamEntry, void> {
  const input = conversation.at(-1)
  if (input?.role !== 'user') {
    const issues = [
      { field: `messages[${conversation.length - 1}].role`, message: 'must be "user" in the last message' },
    ]
    throw new EdgewiseError('invalid_request', `Invalid request: the last message must be the user's`, {
      issues,
    })
  }
  const resolved = await resolveAgent(agent, runtimeContext, services.resolveModel, {
    maxSteps,
    structuredOutput,
    overrides: cache === undefined ? overrides : { ...overrides, cache },
  })
  const startedAt = services.now()
  const runId = services.newId('run')
  const state = startTurn(services.newId('msg'), startedAt)
  yield {
    event: { type: 'turn-start', runId, agentId: agent.id, messageId: state.message.id, input, startedAt },
  }
  const events = runTurn(
    {
      agent: resolved,
      runId,
      runtimeContext,
      state,
      startedAt,
      isRecovered: false,
      runtime: services.toolRuntime?.(boundTo),
      history: conversation.slice(0, -1),
      input: [input],
      signal: abortSignal ?? new AbortController().signal,
      ...(resourceId !== undefined && { resourceId }),
    },
    services,
  )
  const fields = { agentId: agent.id, runId }
  const turn = logTurn(events, { level: agent.options.logger?.level, logAt: services.logAt, fields })
  let running: number | undefined
  for await (const event of turn) {
    // A second try of a step takes back what the first had said.
    if (event.type === 'step-start' && event.step === running) yield { event: { type: 'step-restart' } }
    if (event.type === 'step-start') running = event.step
    // Nothing here lives long enough for anybody to answer.
    yield { event: event.type === 'turn-suspend' ? cannotWait(event) : event }
  }
}

function cannotWait({ usage }: TurnSuspend): TurnEnd {
  const message =
    'A tool suspended without saying so: give it a suspendSchema or a resumeSchema, or ask on a thread'
  const error = { code: 'internal', message } as const
  return { type: 'turn-end', status: 'failed', finishReason: 'error', usage, error }
}
