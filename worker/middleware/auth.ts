import { EdgewiseError } from '../../lib/protocol/error.ts'
import { isSameSecret, readApiKey } from '../../lib/security/api-key.ts'
import type { Principal } from '../../lib/security/principal.ts'
import type { Env } from '../env.ts'

const LOCAL: Principal = { id: 'local' }
const KEY_HOLDER: Principal = { id: 'api-key' }

/**
 * Who asks. With a key configured every request must bring it. Without one only a request to this machine by its
 * loopback name is answered: never by a header or a variable, so that a deployment that forgot its key stays shut.
 *
 * @throws EdgewiseError `unauthorized`.
 */
export async function authenticate(request: Request, url: URL, env: Env): Promise<Principal> {
  const expected = env.EDGEWISE_API_KEY
  if (!expected) {
    if (isLocal(request, url)) return LOCAL
    throw unauthorized(
      'This deployment has no key configured, so it answers nobody: set one with "wrangler secret put EDGEWISE_API_KEY"',
    )
  }
  const given = readApiKey(request.headers)
  if (given === undefined)
    throw unauthorized('Send the API key as "Authorization: Bearer <key>" or "x-api-key: <key>"')
  if (!(await isSameSecret(given, expected))) throw unauthorized('The API key is not valid')
  return KEY_HOLDER
}

export function authMode(env: Env): 'key' | 'open' {
  return env.EDGEWISE_API_KEY ? 'key' : 'open'
}

function isLocal(request: Request, url: URL): boolean {
  const origin = request.headers.get('origin')
  return isLoopback(url.hostname) && (origin === null || isLoopbackOrigin(origin))
}

/** Whether a page was loaded from this machine. */
export function isLoopbackOrigin(origin: string): boolean {
  return URL.canParse(origin) && isLoopback(new URL(origin).hostname)
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
}

function unauthorized(message: string): EdgewiseError {
  return new EdgewiseError('unauthorized', message, {
    headers: { 'www-authenticate': 'Bearer realm="edgewise"' },
  })
}
