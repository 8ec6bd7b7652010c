import type * as z from 'zod'
import { AgentStream } from '../../lib/agents/agent-stream.ts'
import { canPause } from '../../lib/agents/can-pause.ts'
import { streamAlone } from '../../lib/agents/alone.ts'
import { readToolAnswers } from '../../lib/formats/ai-sdk-answers.ts'
import type { ReadServices } from '../../lib/formats/input.ts'
import { readMessages, readUserMessage } from '../../lib/formats/input.ts'
import { runAddress } from '../../lib/protocol/address.ts'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import { isRecord } from '../../lib/protocol/json.ts'
import { placedIds } from '../../lib/protocol/message-id.ts'
import { RuntimeContext } from '../../lib/protocol/runtime-context.ts'
import type { Runtime } from '../../lib/runtime/create.ts'
import { DEFAULT_RESOURCE } from '../../lib/runtime/create.ts'
import { digest } from '../../lib/security/api-key.ts'
import { resourceOf, threadAddressOf } from '../../lib/security/principal.ts'
import { linkOf } from '../../lib/telemetry/span.ts'
import type { TurnRequest } from '../../lib/threads/turn-request.ts'
import type { Call } from '../context.ts'
import type { agentParams, agentThreadParams, chatBody, generateBody } from '../schemas.ts'
import { requireAgent } from './agents.ts'

type GenerateCall = Call<z.infer<typeof agentParams>, undefined, z.infer<typeof generateBody>>
type ChatCall = Call<z.infer<typeof agentParams>, undefined, z.infer<typeof chatBody>>

/** How long a run that belongs to no thread is kept for those who ask again with its key. */
const RUN_RETENTION_MS = 24 * 3600_000

/** A whole answer as JSON. With a thread, or with an Idempotency-Key, it outlives the request. */
export async function generate(call: GenerateCall): Promise<Response> {
  const { runtime, principal, params, body, request } = call
  const agent = requireAgent(runtime, params.agentId)
  const runtimeContext = new RuntimeContext(body.runtimeContext)
  const { threadId, maxSteps } = body
  const structuredOutput = body.structuredOutput && withoutUndefined(body.structuredOutput)
  const resourceId = resourceOf(principal, body.resourceId, DEFAULT_RESOURCE)
  const idempotency = await readIdempotency(call)
  const trace = linkOf(call.span)
  const common = {
    agentId: agent.id,
    resourceId,
    runtimeContext: runtimeContext.toJSON(),
    ...(maxSteps !== undefined && { maxSteps }),
    ...(structuredOutput && { structuredOutput }),
    ...(idempotency && { idempotency }),
    ...(trace && { trace }),
  }
  if (threadId !== undefined) {
    const address = threadAddressOf(principal, threadId)
    const input = readUserMessage(body.messages, placed(runtime, address))
    return startOn(call, address, { ...common, threadId, input })
  }
  if (idempotency || canPause(agent)) {
    // What must outlive the request, or may have to wait for somebody, has an object of its own.
    const conversation = readMessages(body.messages, runtime)
    const id = idempotency ? await digest(idempotency.scope) : runtime.newId('run')
    const run = { threadId: id, input: lastOfUser(conversation), history: conversation.slice(0, -1) }
    return startOn(call, runAddress(id), { ...common, ...run, retentionMs: RUN_RETENTION_MS })
  }
  const options = {
    resourceId,
    runtimeContext,
    abortSignal: request.signal,
    ...(maxSteps !== undefined && { maxSteps }),
    ...(structuredOutput && { structuredOutput }),
  }
  const services = { ...runtime, telemetry: call.span.telemetry }
  return Response.json(await new AgentStream(streamAlone(agent, body.messages, options, services)).result())
}

/** What reading messages needs: a message that came without an id gets one that says where it is. */
function placed({ newId, now }: Runtime, address: string): ReadServices {
  return { newId: placedIds(newId, address), now }
}

function startOn({ runtime }: GenerateCall, address: string, request: TurnRequest): Promise<Response> {
  return runtime.callThread(address, { type: 'start', request, address, format: 'json' })
}

/** What `useChat` sends: the turn that answers the last message, as the AI SDK's UI message stream. */
export async function chat(call: ChatCall): Promise<Response> {
  const { runtime, principal, params, body } = call
  const agent = requireAgent(runtime, params.agentId)
  const { id: threadId, maxSteps, trigger, messageId, messages } = body
  const address = threadAddressOf(principal, threadId)
  const last = messages.at(-1)
  // What a person or the client's own tools answered to the last answer comes as that answer again.
  const answers = trigger === 'submit-message' && isRecord(last) ? readToolAnswers(last['parts']) : {}
  if (isRecord(last) && last['role'] === 'assistant' && Object.keys(answers).length > 0) {
    const answered = String(last['id'])
    return runtime.callThread(address, {
      type: 'answer-message',
      messageId: answered,
      answers,
      format: 'ai-sdk',
    })
  }
  const idempotency = await readIdempotency(call)
  const trace = linkOf(call.span)
  const request: TurnRequest = {
    agentId: agent.id,
    threadId,
    resourceId: resourceOf(principal, body.resourceId, DEFAULT_RESOURCE),
    runtimeContext: new RuntimeContext(body.runtimeContext).toJSON(),
    ...(maxSteps !== undefined && { maxSteps }),
    ...(idempotency && { idempotency }),
    ...(trace && { trace }),
    ...(trigger === 'regenerate-message'
      ? { regenerate: typeof messageId === 'string' ? { messageId } : {} }
      : {
          input: readUserMessage(
            lastMessage(messages),
            placed(runtime, address),
            `messages[${messages.length - 1}]`,
          ),
        }),
  }
  return runtime.callThread(address, { type: 'start', request, address, format: 'ai-sdk' })
}

/** The running turn from its first chunk, for a page that comes back; 204 if nothing runs. */
export async function rejoinChat(
  call: Call<z.infer<typeof agentThreadParams>, undefined, undefined>,
): Promise<Response> {
  const { runtime, principal, params } = call
  requireAgent(runtime, params.agentId)
  return runtime.callThread(threadAddressOf(principal, params.threadId), { type: 'rejoin', format: 'ai-sdk' })
}

function lastMessage(messages: unknown[]): unknown {
  if (messages.length > 0) return messages.at(-1)
  throw new EdgewiseError('invalid_request', 'Invalid body: messages must hold at least one message', {
    issues: [{ field: 'messages', message: 'must hold at least one message' }],
  })
}

function lastOfUser(conversation: ReturnType<typeof readMessages>): TurnRequest['input'] & object {
  const last = conversation.at(-1)
  if (last?.role === 'user') return last
  const field = `messages[${conversation.length - 1}].role`
  throw new EdgewiseError('invalid_request', `Invalid body: ${field} must be "user"`, {
    issues: [{ field, message: 'must be "user" in the last message' }],
  })
}

/** Scope: who asks, for what, under which key. So two callers, or two routes, never share a key. */
async function readIdempotency({
  request,
  url,
  principal,
  rawBody,
}: Call<unknown, unknown, unknown>): Promise<TurnRequest['idempotency']> {
  const key = request.headers.get('idempotency-key')
  if (key === null) return undefined
  if (key.length < 1 || key.length > 255) {
    throw new EdgewiseError('invalid_request', 'The Idempotency-Key header must have 1 to 255 characters', {
      issues: [{ field: 'idempotency-key', message: 'must have 1 to 255 characters' }],
    })
  }
  const [scope, hash] = await Promise.all([
    digest(JSON.stringify([principal.id, url.pathname, key])),
    digest(rawBody),
  ])
  return { scope, hash }
}

type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> }

/** zod says `undefined` where a field may be absent; what is kept with a turn has the field or has it not. */
function withoutUndefined<Value extends object>(value: Value): Defined<Value> {
  // The entries that are left are those of Defined.
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== undefined),
  ) as Defined<Value>
}
