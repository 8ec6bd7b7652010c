import { describeApi } from '../openapi/document.ts'
import type { Route } from '../route.ts'

/** The API document of a route table. It is made when it is first asked for, and kept as long as the isolate lives. */
export function openApi(routes: () => readonly Route[]): () => Response {
  let text: string | undefined
  return () => {
    text ??= JSON.stringify(describeApi(routes()))
    return new Response(text, { headers: { 'content-type': 'application/json' } })
  }
}
