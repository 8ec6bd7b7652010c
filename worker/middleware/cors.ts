import type { Env } from '../env.ts'
import { isLoopbackOrigin } from './auth.ts'

const EXPOSED = 'x-request-id, x-vercel-ai-ui-message-stream, x-edgewise-cache, retry-after'
const METHODS = 'GET, POST, PATCH, DELETE, OPTIONS'
const PREFLIGHT_SECONDS = '86400'

/** Headers that let a page from another origin read the answer; none if it may not. */
export function corsHeaders(request: Request, env: Env): Record<string, string> {
  const origin = request.headers.get('origin')
  if (origin === null || !isAllowed(origin, env)) return {}
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED, vary: 'origin' }
}

/** The answer to a browser that asks whether it may ask. */
export function preflight(request: Request, env: Env): Response {
  const allowed = corsHeaders(request, env)
  if (!allowed['access-control-allow-origin']) return new Response(null, { status: 403 })
  const headers = {
    ...allowed,
    'access-control-allow-methods': METHODS,
    'access-control-allow-headers': request.headers.get('access-control-request-headers') ?? '*',
    'access-control-max-age': PREFLIGHT_SECONDS,
  }
  return new Response(null, { status: 204, headers })
}

function isAllowed(origin: string, env: Env): boolean {
  if (isLoopbackOrigin(origin)) return true
  const allowed = (env.EDGEWISE_CORS_ORIGINS ?? '').split(',').map((entry) => entry.trim())
  return allowed.includes('*') || allowed.includes(origin)
}
