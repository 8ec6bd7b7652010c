import type * as z from 'zod'
import type { ErrorCode } from '../../lib/protocol/error.ts'

/** One answer of a route. Of `json`, `events` and `mediaType` it has one, or none without a body. */
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

/** What the API document says of a route beside what the route table has: nobody needs it to answer a request. */
export interface RouteWords {
  summary: string
  /** What it is for beyond its summary. */
  description?: string
  /** Where the API document lists it. Default: by the word after `/api/`. */
  tag?: string
  /** Headers of the request that it reads, each with what it means. */
  headers?: Readonly<Record<string, string>>
  /** What it says when all went well. */
  answers?: readonly Answer[]
  /** Codes that it may fail with, beside those that follow from its policy and its schemas. */
  errors?: readonly ErrorCode[]
}

/** By the names of operations. */
export type Words = Readonly<Record<string, RouteWords>>
