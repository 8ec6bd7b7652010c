import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SseMessage } from './sse.ts'
import { SSE_KEEP_ALIVE, parseSse, sseFrame } from './sse.ts'

/** The bytes of a text as a stream, cut after the given numbers of bytes. */
function streamOf(text: string, cuts: readonly number[] = []): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
  const chunks = edges.slice(1).map((edge, i) => bytes.slice(edges[i], edge))
  return new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
}

async function read(stream: ReadableStream<Uint8Array>): Promise<SseMessage[]> {
  return Array.fromAsync(parseSse(stream))
}

describe('server-sent events', () => {
  it('are read back as they were written, however the bytes were cut', async () => {
    const frame = fc.record({
      data: fc.json({ noUnicodeString: false }),
      id: fc.option(fc.uuid(), { nil: undefined }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(frame), fc.array(fc.nat(400)), fc.boolean(), async (frames, cuts, isCrLf) => {
        const text = frames.map(({ data, id }) => sseFrame(data, id) + SSE_KEEP_ALIVE).join('')
        const found = await read(streamOf(isCrLf ? text.replaceAll('\n', '\r\n') : text, cuts))
        expect(found).toEqual(frames.map(({ data, id }) => (id === undefined ? { data } : { data, id })))
      }),
    )
  })

  it('begin with "data: " when they have no id', () => {
    expect(sseFrame('{}')).toBe('data: {}\n\n')
    expect(sseFrame('{}', '7')).toBe('id: 7\ndata: {}\n\n')
  })

  it('may hold several lines of data, a value without a space, and fields that nobody knows', async () => {
    expect(await read(streamOf('event: x\ndata:a\ndata:  b\nretry: 5\n\n'))).toEqual([{ data: 'a\n b' }])
  })

  it('are passed over when they hold no data, or were cut off before their end', async () => {
    expect(await read(streamOf(': hello\n\nid: 4\n\ndata: a\n\ndata: half'))).toEqual([{ data: 'a' }])
  })

  it('cancel their stream when the reader leaves', async () => {
    let isCancelled = false
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode(sseFrame('1'))),
      cancel: () => void (isCancelled = true),
    })
    for await (const message of parseSse(stream)) {
      expect(message).toEqual({ data: '1' })
      break
    }
    expect(isCancelled).toBe(true)
  })

  it('throw what their stream breaks with', async () => {
    const broken = new ReadableStream<Uint8Array>({ pull: () => Promise.reject(new Error('cut')) })
    await expect(read(broken)).rejects.toThrow('cut')
  })
})
