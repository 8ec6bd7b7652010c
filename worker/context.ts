import type { EdgewiseError } from '../lib/protocol/error.ts'
import type { Runtime } from '../lib/runtime/create.ts'
import type { Principal } from '../lib/security/principal.ts'
import type { OpenSpan } from '../lib/telemetry/span.ts'
import type { Env } from './env.ts'

/** One request on its way, from the outermost middleware to its handler. */
export interface RequestContext {
  request: Request
  url: URL
  env: Env
  runtime: Runtime
  /** Named in the answer and in every log line of the request. */
  requestId: string
  principal: Principal
  span: OpenSpan
}

/** What a handler gets: the context, and the parts of the request that its route declares, checked. */
export interface Call<Params, Query, Body> extends RequestContext {
  params: Params
  query: Query
  body: Body
  /** The body as it came, for its hash. */
  rawBody: string
}

export type Fail = (error: EdgewiseError) => Response
