import type * as z from 'zod'
import { readToolAnswers } from '../../lib/formats/ai-sdk-answers.ts'
import { readUserMessage } from '../../lib/formats/input.ts'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import { isRecord } from '../../lib/protocol/json.ts'
import { RuntimeContext } from '../../lib/protocol/runtime-context.ts'
import { DEFAULT_RESOURCE } from '../../lib/runtime/create.ts'
import { resourceOf, threadAddressOf } from '../../lib/security/principal.ts'
import { linkOf } from '../../lib/telemetry/span.ts'
import type { TurnRequest } from '../../lib/threads/turn-request.ts'
import type { Call } from '../context.ts'
import type { agentParams, agentThreadParams, chatBody } from '../schemas.ts'
import { requireAgent } from './agents.ts'
import { readIdempotency } from './idempotency.ts'
import { placed } from './placed.ts'

type ChatCall = Call<z.infer<typeof agentParams>, undefined, z.infer<typeof chatBody>>

/** What `useChat` sends: the turn that answers the last message, as the AI SDK's UI message stream. */
export async function chat(call: ChatCall): Promise<Response> {
  const { runtime, principal, params, body } = call
  const agent = requireAgent(runtime, params.agentId)
  const { id: threadId, maxSteps, trigger, messageId, messages, cache } = body
  const address = threadAddressOf(principal, threadId)
  const last = messages.at(-1)
  // What a person or the client's own tools answered to the last answer comes as that answer again.
  const answers = trigger === 'submit-message' && isRecord(last) ? readToolAnswers(last['parts']) : {}
  if (isRecord(last) && last['role'] === 'assistant' && Object.keys(answers).length > 0) {
    const answered = String(last['id'])
    return runtime.callThread(address, {
      type: 'answer-message',
      messageId: answered,
      namesQuestions: true,
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
    ...(principal.resourceId !== undefined && { boundTo: principal.resourceId }),
    runtimeContext: new RuntimeContext(body.runtimeContext).toJSON(),
    ...(maxSteps !== undefined && { maxSteps }),
    ...(cache !== undefined && { overrides: { cache } }),
    ...(idempotency && { idempotency }),
    ...(trace && { trace }),
    requestId: call.requestId,
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
