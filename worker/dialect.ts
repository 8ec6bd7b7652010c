import { toMastraError } from '../lib/formats/mastra/thread.ts'
import type { ErrorBody } from '../lib/protocol/error.ts'
import { isErrorCode } from '../lib/protocol/error.ts'
import { isRecord } from '../lib/protocol/json.ts'

/** An answer with its error as Mastra says it: a text. Our code stands beside it. Other answers stay as they are. */
export async function inMastraDialect(response: Response, agentId?: string): Promise<Response> {
  if (response.ok) return response
  const body: unknown = await response.json()
  const error = isRecord(body) ? body['error'] : undefined
  if (!isErrorBody(error)) throw new Error('An answer that is no success holds no error')
  const { headers, status } = response
  const said = { ...toMastraError(error, agentId), code: error.code }
  const kept = [...headers].filter(([name]) => name !== 'content-length')
  return Response.json(said, { status, headers: Object.fromEntries(kept) })
}

/** Every error is made by `errorResponse` or `turnFailure`. */
function isErrorBody(error: unknown): error is ErrorBody {
  return isRecord(error) && typeof error['code'] === 'string' && isErrorCode(error['code'])
}
