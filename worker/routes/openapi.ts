import * as z from 'zod'
import { openApi } from '../handlers/openapi.ts'
import type { Route } from '../route.ts'
import { route } from '../route.ts'

/** The table, told as an OpenAPI document. It is asked for the table later: it is a line of it. */
export function openApiRoutes(table: () => readonly Route[]): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/openapi.json',
      id: 'openApi',
      policy: 'public',
      tag: 'server',
      summary: 'This document',
      answers: [{ description: 'OpenAPI 3.1', json: z.looseObject({ openapi: z.string() }) }],
      handler: openApi(table),
    }),
  ]
}
