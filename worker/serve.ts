import { Router } from 'itty-router'
import type { IRequestStrict } from 'itty-router'
import type { UnofferedRoute } from '../lib/formats/mastra/find-unoffered.ts'
import { findAmong } from '../lib/formats/mastra/find-unoffered.ts'
import { EdgewiseError } from '../lib/protocol/error.ts'
import { randomId } from '../lib/protocol/id.ts'
import { runtimeOf } from '../lib/runtime/create.ts'
import type { Edgewise } from '../lib/runtime/edgewise.ts'
import { syncOnce, tendSchedules } from '../lib/runtime/schedules.ts'
import { errorField } from '../lib/telemetry/logger.ts'
import { openSpan } from '../lib/telemetry/span.ts'
import { errorResponse } from '../lib/formats/error-response.ts'
import type { RequestContext } from './context.ts'
import type { Env } from './env.ts'
import { inMastraDialect } from './dialect.ts'
import { listUnoffered } from './handlers/unoffered.ts'
import { authenticate } from './middleware/auth.ts'
import { corsHeaders, preflight } from './middleware/cors.ts'
import type { Route } from './route.ts'
import { routes } from './routes/table.ts'

type Args = [base: Omit<RequestContext, 'principal' | 'span'>]

/** The Worker's handlers for an app. */
export function serve(app: Edgewise): {
  fetch(request: Request, env: Env, context?: Pick<ExecutionContext, 'waitUntil'>): Promise<Response>
  /** Rung by the crons of `wrangler.toml`. */
  scheduled(event: unknown, env: Env): Promise<void>
} {
  const router = createRouter(routes)
  const answer = async (
    request: Request,
    env: Env,
    context?: Pick<ExecutionContext, 'waitUntil'>,
  ): Promise<Response> => {
    const requestId = request.headers.get('cf-ray') ?? randomId('req')
    const runtime = runtimeOf(app, env)
    const base = { request, url: new URL(request.url), env, runtime, requestId }
    const started = runtime.now()
    context?.waitUntil(syncOnce(runtime))
    const response = await router.fetch(request, base).catch((error: unknown) => toResponse(error, base))
    logRequest(base, response.status, runtime.now() - started)
    context?.waitUntil(runtime.flushLogs())
    return withHeaders(response, { ...corsHeaders(request, env), 'x-request-id': requestId })
  }
  return {
    fetch: async (request, env, context) => {
      if (request.method === 'OPTIONS') return preflight(request, env)
      if (request.method !== 'HEAD') return answer(request, env, context)
      const response = await answer(asGet(request), env, context)
      await response.body?.cancel()
      return new Response(null, response)
    },
    scheduled: (_event, env) => tendSchedules(runtimeOf(app, env)),
  }
}

/** Without the body that a HEAD may have, though it means nothing: a GET cannot be made with one. */
function asGet({ url, headers, signal }: Request): Request {
  return new Request(url, { headers, signal })
}

function createRouter(table: readonly Route[]) {
  const router = Router<IRequestStrict, Args, Response>()
  for (const route of table) {
    const method = route.method.toLowerCase() as 'get' | 'post' | 'patch' | 'delete'
    router[method](route.path, async (request, base) => {
      const response = await runRoute(route, request.params, base).catch((error: unknown) =>
        toResponse(error, base),
      )
      return route.dialect === 'mastra' ? inMastraDialect(response, request.params['agentId']) : response
    })
  }
  router.all('*', async (_request, { request, url, env }) => {
    const unoffered = findAmong(await listUnoffered(env), request.method, url.pathname)
    if (unoffered) return inMastraDialect(errorResponse(unofferedError(unoffered)))
    throw unknownRoute(table, request.method, url.pathname)
  })
  return router
}

async function runRoute(route: Route, params: Record<string, string>, base: Args[0]): Promise<Response> {
  const { request, url, env, runtime } = base
  const principal = route.policy === 'public' ? { id: 'anyone' } : await authenticate(request, url, env)
  const span = openSpan(runtime.telemetry, `${route.method} ${route.path}`, {
    'http.request.method': route.method,
    'http.route': route.path,
  })
  try {
    const response = await route.run({ ...base, principal, span }, decodeParams(params))
    span.span.setAttribute('http.response.status_code', response.status)
    span.end(response.status >= 500 ? new Error(String(response.status)) : undefined)
    return response
  } catch (error) {
    span.end(error)
    throw error
  }
}

function unofferedError({ method, path, name }: UnofferedRoute): EdgewiseError {
  return new EdgewiseError(
    'not_offered',
    `Edgewise does not offer ${method} ${path} (${name} of Mastra's client)`,
  )
}

/** itty-router hands parameters over as they stand in the path. */
function decodeParams(params: Record<string, string>): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(params).map(([name, value]) => [name, decodeURIComponent(value)]),
    )
  } catch {
    throw new EdgewiseError('invalid_request', 'The path holds an escape that cannot be read')
  }
}

function unknownRoute(table: readonly Route[], method: string, path: string): EdgewiseError {
  const allowed = table.filter((route) => isPath(route.path, path)).map((route) => route.method)
  if (allowed.length === 0) return new EdgewiseError('not_found', `There is nothing at ${path.slice(0, 200)}`)
  const headers = { allow: allowed.join(', ') }
  return new EdgewiseError('method_not_allowed', `${method} is not offered here (have: ${headers.allow})`, {
    headers,
  })
}

function isPath(pattern: string, path: string): boolean {
  const want = pattern.split('/')
  const have = path.split('/')
  return (
    want.length === have.length &&
    want.every((part, i) => (part.startsWith(':') ? have[i] !== '' : part === have[i]))
  )
}

/** The path without its query, which may hold what is nobody's business. */
function logRequest({ runtime, request, requestId, url }: Args[0], status: number, ms: number): void {
  runtime.logger.debug('request', { requestId, method: request.method, path: url.pathname, status, ms })
}

function toResponse(error: unknown, { runtime, requestId }: Args[0]): Response {
  if (error instanceof EdgewiseError) return errorResponse(error)
  runtime.logger.error('request failed', { requestId, ...errorField(error) })
  return errorResponse(
    new EdgewiseError('internal', `Something went wrong here; the log has it under ${requestId}`),
  )
}

function withHeaders(response: Response, extra: Record<string, string>): Response {
  // An answer that came from an object has headers that cannot be changed.
  const copy = new Response(response.body, response)
  for (const [name, value] of Object.entries(extra)) copy.headers.set(name, value)
  return copy
}
