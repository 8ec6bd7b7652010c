import type * as z from 'zod'
import type { Method, Route, RouteWork } from '../route.ts'
import { route } from '../route.ts'

/**
 * A route of what is kept: under `/api/memory/`, for callers. `gives` says what it answers when all goes well, in words
 * and as a schema.
 */
export function memoryRoute<
  Params extends z.ZodType = z.ZodType<undefined>,
  Query extends z.ZodType = z.ZodType<undefined>,
  Body extends z.ZodType = z.ZodType<undefined>,
>(
  [method, path]: [method: Method, path: string],
  id: string,
  summary: string,
  { gives: [description, json], ...work }: RouteWork<Params, Query, Body> & { gives: [string, z.ZodType] },
): Route {
  const answers = [{ description, json }]
  return route({ method, path: `/api/memory/${path}`, id, summary, policy: 'caller', answers, ...work })
}
