import type { EdgewiseError } from '../protocol/error.ts'
import { toErrorBody } from '../protocol/error.ts'

/** An error as our own routes, and the objects, say it. */
export function errorResponse(error: EdgewiseError): Response {
  const { status, headers } = error
  return Response.json({ error: toErrorBody(error) }, { status, ...(headers && { headers }) })
}
