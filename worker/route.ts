import type * as z from 'zod'
import { EdgewiseError } from '../lib/protocol/error.ts'
import { parse } from '../lib/schema/schema.ts'
import type { Call, RequestContext } from './context.ts'
import { parseBody, readBody } from './middleware/body.ts'
import type { RouteWords } from './words/words.ts'

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/**
 * One line of the route table. What the API document says of the kit's own routes stands apart, in `worker/words`, so
 * that no Worker carries it.
 */
export interface Route extends Partial<RouteWords> {
  method: Method
  /** With parameters as `:name`. */
  path: string
  /** The operation's name. */
  id: string
  /** `public` answers anybody; `caller` whoever is authenticated. */
  policy: 'public' | 'caller'
  /** Errors are said as Mastra says them. */
  dialect?: 'mastra'
  params?: z.ZodType
  query?: z.ZodType
  body?: z.ZodType
  /** Checks the request against the schemas, then calls the handler. */
  run(context: RequestContext, params: Record<string, string>): Promise<Response>
}

/** What a route takes, checked by its schemas, and who answers it. */
export interface RouteWork<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> {
  params?: Params
  query?: Query
  body?: Body
  handler(call: Call<z.infer<Params>, z.infer<Query>, z.infer<Body>>): Promise<Response> | Response
}

type RouteOptions<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> = Omit<
  Route,
  'run' | keyof RouteWork<Params, Query, Body>
> &
  RouteWork<Params, Query, Body>

/** Defines a route; the handler is typed by its schemas. */
export function route<
  Params extends z.ZodType = z.ZodType<undefined>,
  Query extends z.ZodType = z.ZodType<undefined>,
  Body extends z.ZodType = z.ZodType<undefined>,
>({ handler, ...route }: RouteOptions<Params, Query, Body>): Route {
  return {
    ...route,
    run: async (context, rawParams) => {
      const { request, url } = context
      const params = await check(route.params, rawParams, 'path')
      const query = await check(route.query, Object.fromEntries(url.searchParams), 'query')
      const rawBody = route.body ? await readBody(request) : ''
      // Nothing at all is a body for those who need none.
      const isEmpty = rawBody === '' && route.body?.isOptional() === true
      const body = await check(route.body, route.body && !isEmpty ? parseBody(rawBody) : undefined, 'body')
      return handler({ ...context, params, query, body, rawBody })
    },
  }
}

async function check<Type extends z.ZodType>(
  schema: Type | undefined,
  value: unknown,
  where: string,
): Promise<z.infer<Type>> {
  // A route without this schema declares its part as undefined.
  if (!schema) return undefined as z.infer<Type>
  const parsed = await parse(schema, value)
  // The schema's own output.
  if (parsed.ok) return parsed.value as z.infer<Type>
  const [first] = parsed.issues
  const field = first?.field ? ` ${first.field}:` : ''
  throw new EdgewiseError(
    'invalid_request',
    `Invalid ${where}:${field} ${first?.message ?? 'does not fit'}`,
    {
      issues: parsed.issues,
    },
  )
}
