import type { StreamEntry } from '../protocol/event.ts'
import type { StreamEncoder } from './encoder.ts'

/**
 * A turn's entries as the bytes of an answer, where no log is followed. Pulled: nothing runs ahead of whoever reads.
 * What fails before the first entry is thrown here, so that it can be answered with a status. `onLeave` is called when
 * the reader leaves early.
 */
export async function encodeEntries(
  entries: AsyncIterable<StreamEntry>,
  encoder: StreamEncoder,
  onLeave: () => void,
): Promise<ReadableStream<Uint8Array>> {
  const source = entries[Symbol.asyncIterator]()
  const bytes = new TextEncoder()
  let first: IteratorResult<StreamEntry> | undefined = await source.next()
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        for (;;) {
          const { done, value } = first ?? (await source.next())
          first = undefined
          const text = done ? encoder.end() : encoder.encode(value)
          if (text !== '') controller.enqueue(bytes.encode(text))
          if (done) controller.close()
          // What the protocol has no word for is passed over.
          if (done || text !== '') return
        }
      },
      cancel: async () => {
        onLeave()
        await source.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
