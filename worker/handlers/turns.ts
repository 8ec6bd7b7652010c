import type * as z from 'zod'
import { runAlone } from '../../lib/agents/alone.ts'
import { AgentStream } from '../../lib/agents/agent-stream.ts'
import { createPartialReader } from '../../lib/agents/partial-reader.ts'
import { createEncoder } from '../../lib/formats/encoders.ts'
import { encodeEntries } from '../../lib/formats/encode-entries.ts'
import { toWholeAnswer } from '../../lib/formats/mastra/whole-answer.ts'
import { EdgewiseError, toErrorBody } from '../../lib/protocol/error.ts'
import { turnFailure } from '../../lib/threads/answer.ts'
import type { Call } from '../context.ts'
import type { executionBody } from '../schemas/execution.ts'
import type { agentParams } from '../schemas.ts'
import type { LonelyTurn } from './read-turn.ts'
import { readTurn } from './read-turn.ts'

type TurnCall = Call<z.infer<typeof agentParams>, undefined, z.infer<typeof executionBody>>

/** A whole answer as JSON. With a thread, or where it may have to wait for somebody, it outlives the request. */
export async function generate(call: TurnCall): Promise<Response> {
  const { runtime, body } = call
  const turn = await readTurn(call, body, body.messages)
  if (turn.type === 'alone') return generateAlone(call, turn)
  return runtime.callThread(turn.address, { ...turn.call, format: 'mastra-json' })
}

/** The same as Mastra's stream. */
export async function stream(call: TurnCall): Promise<Response> {
  const { runtime, body } = call
  const turn = await readTurn(call, body, body.messages)
  if (turn.type === 'alone') return streamAlone(call, turn)
  return runtime.callThread(turn.address, { ...turn.call, format: 'mastra' })
}

async function generateAlone(call: TurnCall, turn: LonelyTurn): Promise<Response> {
  const { agent, conversation, options } = turn
  const answer = new AgentStream(runAlone(agent, conversation, options, servicesOf(call)))
  // What goes wrong before its first word is no turn that failed: it never began.
  for await (const _ of answer) break
  try {
    const result = await answer.result()
    const { resourceId } = options
    const place = resourceId !== undefined && { resourceId }
    return Response.json(toWholeAnswer({ ...result, ...place, input: conversation.slice(-1) }))
  } catch (error) {
    if (error instanceof EdgewiseError) return turnFailure(toErrorBody(error))
    throw error
  }
}

async function streamAlone(call: TurnCall, turn: LonelyTurn): Promise<Response> {
  const { agent, conversation, options } = turn
  const { structuredOutput } = options
  const encoder = createEncoder('mastra', {
    ...(structuredOutput && { readPartial: createPartialReader(structuredOutput.schema) }),
  })
  const left = new AbortController()
  const abortSignal = AbortSignal.any([call.request.signal, left.signal])
  const entries = runAlone(agent, conversation, { ...options, abortSignal }, servicesOf(call))
  const body = await encodeEntries(entries, encoder, () => left.abort())
  return new Response(body, { headers: encoder.headers })
}

function servicesOf({ runtime, span }: TurnCall) {
  return { ...runtime, telemetry: span.telemetry }
}
