import type * as z from 'zod'
import type { ErrorCode } from '../lib/protocol/error.ts'
import { EdgewiseError } from '../lib/protocol/error.ts'
import { parse } from '../lib/schema/schema.ts'
import type { Call, RequestContext } from './context.ts'
import { parseBody, readBody } from './middleware/body.ts'

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** One answer of a route, for the API document. Of `json`, `events` and `mediaType` it has one, or none without a body. */
export interface Answer {
  /** Default: 200. */
  status?: number
  description: string
  /** The answer is JSON of this shape. */
  json?: z.ZodType
  /** The answer is a stream of server-sent events, each of whose data is JSON of this shape. */
  events?: z.ZodType
  /** The answer is something else. */
  mediaType?: string
}

/** One line of the route table: what the server, and the API document made from it, know of a route. */
export interface Route {
  method: Method
  /** With parameters as `:name`. */
  path: string
  /** The operation's name. */
  id: string
  summary: string
  /** `public` answers anybody; `caller` whoever is authenticated. */
  policy: 'public' | 'caller'
  /** Errors are said as Mastra says them. */
  dialect?: 'mastra'
  params?: z.ZodType
  query?: z.ZodType
  body?: z.ZodType
  /** Where the API document lists it. Default: by the word after `/api/`. */
  tag?: string
  /** What it is for beyond its summary, for the API document. */
  description?: string
  /** Headers of the request that it reads, each with what it means. */
  headers?: Readonly<Record<string, string>>
  /** What it says when all went well. */
  answers?: readonly Answer[]
  /** Codes that it may fail with, beside those that follow from its policy and its schemas. */
  errors?: readonly ErrorCode[]
  /** Checks the request against the schemas, then calls the handler. */
  run(context: RequestContext, params: Record<string, string>): Promise<Response>
}

/** What a route takes, checked by its schemas, and who answers it. */
export interface RouteWork<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> {
  params?: Params
  query?: Query
  body?: Body
  errors?: readonly ErrorCode[]
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
