import type * as z from 'zod'
import type { Method, Route, RouteWork } from '../route.ts'
import { route } from '../route.ts'

/** A route of what is kept: under `/api/memory/`, for callers. */
export function memoryRoute<
  Params extends z.ZodType = z.ZodType<undefined>,
  Query extends z.ZodType = z.ZodType<undefined>,
  Body extends z.ZodType = z.ZodType<undefined>,
>([method, path]: [method: Method, path: string], id: string, work: RouteWork<Params, Query, Body>): Route {
  return route({ method, path: `/api/memory/${path}`, id, policy: 'caller', ...work })
}
