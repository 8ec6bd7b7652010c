import { EdgewiseError } from '../../lib/protocol/error.ts'
import { digest } from '../../lib/security/api-key.ts'
import type { TurnRequest } from '../../lib/threads/turn-request.ts'
import type { Call } from '../context.ts'

/** Scope: who asks, for what, under which key. So two callers, or two routes, never share a key. */
export async function readIdempotency({
  request,
  url,
  principal,
  rawBody,
}: Call<unknown, unknown, unknown>): Promise<TurnRequest['idempotency']> {
  const key = readIdempotencyKey(request)
  if (key === undefined) return undefined
  const [scope, hash] = await Promise.all([
    digest(JSON.stringify([principal.id, url.pathname, key])),
    digest(rawBody),
  ])
  return { scope, hash }
}

/** @throws EdgewiseError `invalid_request` for one that is empty or too long. */
export function readIdempotencyKey(request: Request): string | undefined {
  const key = request.headers.get('idempotency-key')
  if (key === null) return undefined
  if (key.length >= 1 && key.length <= 255) return key
  throw new EdgewiseError('invalid_request', 'The Idempotency-Key header must have 1 to 255 characters', {
    issues: [{ field: 'idempotency-key', message: 'must have 1 to 255 characters' }],
  })
}
