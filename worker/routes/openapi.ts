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
      handler: openApi(table),
    }),
  ]
}
