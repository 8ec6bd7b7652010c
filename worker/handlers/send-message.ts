import type * as z from 'zod'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import { isRecord } from '../../lib/protocol/json.ts'
import type { JsonValue } from '../../lib/protocol/json.ts'
import type { ToolAnswer } from '../../lib/protocol/message.ts'
import { threadAddressOf } from '../../lib/security/principal.ts'
import type { ToolAnswers } from '../../lib/threads/take-answers.ts'
import type { Call, RequestContext } from '../context.ts'
import type { messageBody, toolApprovalBody } from '../schemas/runs.ts'
import type { agentParams } from '../schemas.ts'
import { requireAgent } from './agents.ts'
import { readTurnMessages } from './read-messages.ts'
import { contextOf, readTurn } from './read-turn.ts'

type Params = z.infer<typeof agentParams>
type MessageCall = Call<Params, undefined, z.infer<typeof messageBody>>
type ApprovalCall = Call<Params, undefined, z.infer<typeof toolApprovalBody>>

/**
 * Begins a turn on a thread, or puts it into the queue behind the one that runs, and says which run it is. What comes
 * of it is heard through a subscription.
 */
export async function sendMessage(call: MessageCall): Promise<Response> {
  const { threadId, resourceId, message, ifIdle } = call.body
  const options = { ...ifIdle?.streamOptions, memory: { thread: threadId, resource: resourceId } }
  const turn = await readTurn(call, options, toMessage(message))
  if (turn.type === 'alone') throw new EdgewiseError('invalid_request', 'A message is sent to a thread')
  const response = await call.runtime.callThread(turn.address, { ...turn.call, format: 'receipt' })
  return accepted(response)
}

/** What that client calls a message: a text, its parts, or either with more about it. */
function toMessage(message: unknown): unknown {
  if (typeof message === 'string') return message
  if (Array.isArray(message)) return { role: 'user', content: message }
  if (!isRecord(message)) return message
  const { contents, metadata } = message
  return { role: 'user', content: contents, ...(isRecord(metadata) && { metadata }) }
}

/** Answers a call that waits on a thread, by the call alone: a person's word, or what the client's own tools gave. */
export async function sendToolApproval(call: ApprovalCall): Promise<Response> {
  const { runtime, principal, params, body } = call
  const { resourceId: boundTo } = principal
  requireAgent(runtime, params.agentId)
  const { threadId, toolCallId } = body
  const response = await runtime.callThread(threadAddressOf(principal, threadId), {
    type: 'answer-message',
    answers: answersOf(call, runtime),
    runtimeContext: contextOf(body).toJSON(),
    ...(boundTo !== undefined && { boundTo }),
    format: 'receipt',
  })
  return accepted(response, toolCallId)
}

function answersOf({ body }: ApprovalCall, runtime: RequestContext['runtime']): ToolAnswers {
  const { messages = [], toolCallId } = body
  const given = messages.length > 0 ? readTurnMessages(messages, runtime).answers : {}
  return Object.keys(given).length > 0 ? given : { [toolCallId]: toAnswer(body) }
}

function toAnswer({ approved, resumeData, reason }: ApprovalCall['body']): ToolAnswer {
  if (!approved) return { type: 'decline', ...(reason !== undefined && { reason }) }
  // The body came as JSON.
  return resumeData === undefined ? { type: 'approve' } : { type: 'resume', data: resumeData as JsonValue }
}

async function accepted(response: Response, toolCallId?: string): Promise<Response> {
  if (!response.ok) return response
  const receipt: object = await response.json()
  return Response.json({ accepted: true, ...receipt, ...(toolCallId !== undefined && { toolCallId }) })
}
