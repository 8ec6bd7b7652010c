import { EmptyResponseBodyError } from '@ai-sdk/provider'
import type { FlexibleSchema, ParseResult, ResponseHandler } from '@ai-sdk/provider-utils'
import { extractResponseHeaders, safeParseJSON } from '@ai-sdk/provider-utils'
import { createParser } from 'eventsource-parser'

/**
 * The provider's own reads a model's answer through four streams, one behind the other, and in workerd it is the
 * streams that cost (docs/decisions/0006). This is one stream: bytes in, checked events out.
 */
export function createEventSourceResponseHandler<Chunk>(
  schema: FlexibleSchema<Chunk>,
): ResponseHandler<ReadableStream<ParseResult<Chunk>>> {
  return async ({ response }) => {
    if (!response.body) throw new EmptyResponseBodyError({})
    return { responseHeaders: extractResponseHeaders(response), value: parseEvents(response.body, schema) }
  }
}

function parseEvents<Chunk>(
  body: ReadableStream<Uint8Array>,
  schema: FlexibleSchema<Chunk>,
): ReadableStream<ParseResult<Chunk>> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const events: string[] = []
  const parser = createParser({ onEvent: ({ data }) => void events.push(data) })
  return new ReadableStream<ParseResult<Chunk>>(
    {
      pull: async (controller) => {
        for (let hasSaid = false; !hasSaid;) {
          const { done, value } = await reader.read()
          if (done) return controller.close()
          parser.feed(decoder.decode(value, { stream: true }))
          for (const text of events.splice(0)) {
            if (text === '[DONE]') continue
            controller.enqueue(await safeParseJSON({ text, schema }))
            hasSaid = true
          }
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
