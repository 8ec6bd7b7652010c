import type { Agent } from '../../lib/agents/agent.ts'
import type { RunOptions } from '../../lib/agents/agent-options.ts'
import type { TurnOverrides } from '../../lib/agents/turn-overrides.ts'
import { mayWait } from '../../lib/agents/turn-overrides.ts'
import { runAddress } from '../../lib/protocol/address.ts'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import type { Message } from '../../lib/protocol/message.ts'
import { RuntimeContext } from '../../lib/protocol/runtime-context.ts'
import { DEFAULT_RESOURCE } from '../../lib/runtime/create.ts'
import { digest } from '../../lib/security/api-key.ts'
import { resourceOf, threadAddressOf } from '../../lib/security/principal.ts'
import { linkOf } from '../../lib/telemetry/span.ts'
import type { ThreadCall } from '../../lib/threads/answer.ts'
import type { TurnRequest } from '../../lib/threads/turn-request.ts'
import type { Call } from '../context.ts'
import type { ExecutionOptions } from '../schemas/execution.ts'
import { readOverrides, refuseUnoffered } from '../schemas/execution.ts'
import { isReadOnly } from '../schemas/memory-options.ts'
import { withoutUndefined } from '../schemas.ts'
import { requireAgent } from './agents.ts'
import { checkReach } from './reach.ts'
import type { ReadTurnMessages } from './read-messages.ts'
import { asConversation, asInput, readTurnMessages } from './read-messages.ts'
import { askAddress } from './memory.ts'
import { readIdempotency } from './idempotency.ts'
import { placed } from './placed.ts'

type StartOrAnswer = Extract<ThreadCall, { type: 'start' | 'answer-message' }>
type WithoutFormat<Of> = Of extends unknown ? Omit<Of, 'format'> : never

/** A turn that a request asks for, and where it is to run. */
export type AskedTurn = LonelyTurn | ObjectTurn

/** Here and now: a client that leaves ends it. */
export interface LonelyTurn {
  type: 'alone'
  agent: Agent
  conversation: Message[]
  options: RunOptions & { overrides?: TurnOverrides; boundTo?: string }
}

/** In an object: on a thread, or in one of its own, since it may have to wait for somebody or to be asked for again. */
export interface ObjectTurn {
  type: 'object'
  address: string
  call: WithoutFormat<StartOrAnswer>
}

type TurnCall = Call<{ agentId: string }, unknown, unknown>

/** How long a run that belongs to no thread is kept for those who ask again with its key. */
const RUN_RETENTION_MS = 24 * 3600_000

/** @throws EdgewiseError for what cannot be read or is not offered. */
export async function readTurn(
  call: TurnCall,
  options: ExecutionOptions,
  messages: unknown,
): Promise<AskedTurn> {
  const { runtime, principal, params } = call
  const agent = requireAgent(runtime, params.agentId)
  refuseUnoffered(options)
  const threadId = await resolveThread(call, options, messages)
  const address = threadId === undefined ? undefined : threadAddressOf(principal, threadId)
  const read = readTurnMessages(messages, address === undefined ? runtime : placed(runtime, address))
  if (read.isAnswer) return answerTurn(call, options, address, read)
  const common = await readCommon(call, agent, options)
  if (threadId !== undefined && address !== undefined) {
    if (isReadOnly(options.memory)) return readOnlyTurn(call, agent, address, common, asInput(read))
    return startOn(address, { ...common, threadId, input: asInput(read) })
  }
  return threadlessTurn(call, agent, common, asConversation(read))
}

/** A turn that is shown the thread and leaves nothing on it: a conversation like one that the caller brings along. */
async function readOnlyTurn(
  call: TurnCall,
  agent: Agent,
  address: string,
  common: Omit<TurnRequest, 'threadId'>,
  input: Message,
): Promise<AskedTurn> {
  const { agentId, resourceId, runtimeContext, overrides } = common
  const asked = {
    agentId,
    resourceId,
    runtimeContext,
    input,
    ...(overrides?.memory && { memory: overrides.memory }),
  }
  const { history = [], sections = [] } = (await askAddress(call, address, 'recall', asked)) ?? {}
  const system = [overrides?.system ?? '', ...sections].filter((text) => text !== '').join('\n\n')
  const shown = system === '' ? common : { ...common, overrides: { ...overrides, system } }
  return threadlessTurn(call, agent, shown, [...history, input])
}

/** In an object of its own if it may have to wait or to be asked for again, else here. */
async function threadlessTurn(
  call: TurnCall,
  agent: Agent,
  common: Omit<TurnRequest, 'threadId'>,
  conversation: Message[],
): Promise<AskedTurn> {
  if (common.idempotency || mayWait(agent, common.overrides)) {
    const id = common.idempotency ? await digest(common.idempotency.scope) : call.runtime.newId('run')
    const input = conversation.at(-1)
    const run = { threadId: id, history: conversation.slice(0, -1), retentionMs: RUN_RETENTION_MS }
    return startOn(runAddress(id), { ...common, ...run, ...(input && { input }) })
  }
  const { resourceId, maxSteps, structuredOutput, overrides, boundTo } = common
  const lonely = {
    resourceId,
    runtimeContext: new RuntimeContext(common.runtimeContext),
    abortSignal: call.request.signal,
    ...(maxSteps !== undefined && { maxSteps }),
    ...(structuredOutput && { structuredOutput }),
    ...(overrides && { overrides }),
    ...(boundTo !== undefined && { boundTo }),
  }
  return { type: 'alone', agent, conversation, options: lonely }
}

function startOn(address: string, request: TurnRequest): ObjectTurn {
  return { type: 'object', address, call: { type: 'start', request, address } }
}

/** What a client's own tools gave: to the run that the calls name, or to whichever waits for it on the thread. */
function answerTurn(
  { principal }: TurnCall,
  options: ExecutionOptions,
  thread: string | undefined,
  { answers, runId }: ReadTurnMessages,
): ObjectTurn {
  const { resourceId: boundTo } = principal
  const given = {
    type: 'answer-message' as const,
    answers,
    runtimeContext: contextOf(options).toJSON(),
    ...(boundTo !== undefined && { boundTo }),
  }
  if (thread !== undefined) return { type: 'object', address: thread, call: given }
  if (runId === undefined) {
    const message =
      'Nothing that waits was answered: name the thread, or send the call as it was told, with its result'
    throw new EdgewiseError('run_not_suspended', message)
  }
  return { type: 'object', address: checkReach(principal, runId), call: { ...given, runId } }
}

async function readCommon(
  call: TurnCall,
  agent: Agent,
  options: ExecutionOptions,
): Promise<Omit<TurnRequest, 'threadId'>> {
  const { maxSteps, structuredOutput } = options
  const { model: _, ...output } = structuredOutput ?? {}
  const idempotency = await readIdempotency(call)
  const trace = linkOf(call.span)
  const overrides = readOverrides(options)
  return {
    agentId: agent.id,
    resourceId: resourceOf(
      call.principal,
      options.memory?.resource ?? options.resourceId ?? contextText(options, 'resourceId'),
      DEFAULT_RESOURCE,
    ),
    ...(call.principal.resourceId !== undefined && { boundTo: call.principal.resourceId }),
    runtimeContext: contextOf(options).toJSON(),
    ...(maxSteps !== undefined && { maxSteps }),
    ...(structuredOutput && {
      structuredOutput: { ...withoutUndefined(output), schema: structuredOutput.schema },
    }),
    ...(overrides && { overrides }),
    ...(idempotency && { idempotency }),
    ...(trace && { trace }),
    requestId: call.requestId,
  }
}

/** By Mastra's name and by ours. */
export function contextOf({
  requestContext,
  runtimeContext,
}: Pick<ExecutionOptions, 'requestContext' | 'runtimeContext'>): RuntimeContext {
  return new RuntimeContext({ ...runtimeContext, ...requestContext })
}

/**
 * The thread that is meant: the request's, else the one that the runtime context names. Whoever names an owner in
 * `memory` and no thread, and brings no conversation along, begins a new one; the same one again under the same key.
 */
async function resolveThread(
  call: TurnCall,
  options: ExecutionOptions,
  messages: unknown,
): Promise<string | undefined> {
  const known = threadIdOf(options) ?? contextText(options, 'threadId')
  const isConversation = Array.isArray(messages) && messages.length > 1
  if (known !== undefined || options.memory?.resource === undefined || isConversation) return known
  const idempotency = await readIdempotency(call)
  return idempotency ? `thread_${await digest(idempotency.scope)}` : call.runtime.newId('thread')
}

/** A key of the runtime context that may stand for a field of the body. */
function contextText(options: ExecutionOptions, key: 'threadId' | 'resourceId'): string | undefined {
  const value = contextOf(options).get(key)
  if (
    value === undefined ||
    (typeof value === 'string' && value !== '' && value.length <= 256 && value.isWellFormed())
  )
    return value
  throw new EdgewiseError('invalid_request', `Invalid body: runtimeContext.${key} must be an id`, {
    issues: [{ field: `runtimeContext.${key}`, message: 'must be an id of 1 to 256 characters' }],
  })
}

/** By Mastra's name or by ours. */
export function threadIdOf({ memory, threadId }: ExecutionOptions): string | undefined {
  const named = memory?.thread
  return (typeof named === 'object' ? named.id : named) ?? threadId
}
