import { describeApi } from '../openapi/document.ts'
import type { Route } from '../route.ts'
import { tell } from '../words/table.ts'

/**
 * The API document of a route table, made when it is first asked for. A Worker that is deployed has it as a file
 * instead (docs/decisions/0020); this answers where `wrangler.toml` has no alias for it.
 */
export function openApi(routes: () => readonly Route[]): () => Response {
  let text: string | undefined
  return () => {
    text ??= JSON.stringify(describeApi(tell(routes())))
    return new Response(text, { headers: { 'content-type': 'application/json' } })
  }
}
