import type { Issue } from '../protocol/error.ts'
import { EdgewiseError, isErrorCode, toErrorBody } from '../protocol/error.ts'
import { isRecord } from '../protocol/json.ts'

/** An error as our own routes, and the objects, say it. */
export function errorResponse(error: EdgewiseError): Response {
  const { status, headers } = error
  return Response.json({ error: toErrorBody(error) }, { status, ...(headers && { headers }) })
}

/** An answer of an object that is not `ok`, as the error that it is. */
export async function readErrorResponse(response: Response): Promise<EdgewiseError> {
  const body: unknown = await response.json().catch(() => undefined)
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : {}
  const { code, message, issues } = error
  return new EdgewiseError(
    typeof code === 'string' && isErrorCode(code) ? code : 'internal',
    typeof message === 'string' ? message : `The object answered ${response.status}`,
    // Proof of the cast: the body was made by errorResponse.
    Array.isArray(issues) ? { issues: issues as Issue[] } : {},
  )
}
