import { readErrorResponse } from '../formats/error-response.ts'
import type { StreamEntry, TurnEvent } from '../protocol/event.ts'
import { parseOffset } from '../protocol/offset.ts'
import { parseSse } from '../protocol/sse.ts'

/**
 * A native stream read back into entries.
 *
 * @throws EdgewiseError with the answer's own code if it is not a stream.
 */
export async function* readEntries<Event = TurnEvent>(
  open: () => Promise<Response>,
  signal?: AbortSignal,
): AsyncGenerator<StreamEntry<Event>, void> {
  signal?.throwIfAborted()
  const response = await open()
  if (!response.ok || !response.body) throw await readErrorResponse(response)
  for await (const { data, id } of parseSse(response.body, signal)) {
    if (signal?.aborted) return
    // The native encoder wrote it: an event as it is.
    const event = JSON.parse(data) as StreamEntry<Event>['event']
    const offset = id === undefined ? undefined : parseOffset(id)
    yield offset ? { event, offset } : { event }
  }
}
