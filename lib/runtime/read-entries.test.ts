import { describe, expect, it } from 'vitest'
import { createNativeEncoder } from '../formats/native.ts'
import type { StreamEntry } from '../protocol/event.ts'
import { readEntries } from './read-entries.ts'

const entries: StreamEntry[] = [
  { event: { type: 'turn-queued', runId: 'r', position: 1 } },
  {
    event: { type: 'text-delta', id: 't', delta: 'a\n\nb' },
    offset: { generation: 1, attempt: 2, position: 3 },
  },
]

function responseOf(list: readonly StreamEntry[]): Promise<Response> {
  const encoder = createNativeEncoder()
  const text = list.map((entry) => encoder.encode(entry) + encoder.keepAlive).join('') + encoder.end()
  return Promise.resolve(new Response(text))
}

const read = (response: Promise<Response>) => Array.fromAsync(readEntries(() => response))

describe('a native stream', () => {
  it('is read back as the entries that were written', async () => {
    expect(await read(responseOf(entries))).toEqual(entries)
  })

  it('is read no further when the signal aborts', async () => {
    const controller = new AbortController()
    const heard: StreamEntry[] = []
    for await (const entry of readEntries(() => responseOf(entries), controller.signal)) {
      heard.push(entry)
      controller.abort()
    }
    expect(heard).toEqual(entries.slice(0, 1))
  })

  it('that is an error is thrown under its own code', async () => {
    const body = { error: { code: 'thread_busy', message: 'Busy' } }
    await expect(read(Promise.resolve(Response.json(body, { status: 409 })))).rejects.toMatchObject(
      body.error,
    )
  })

  it.each([
    [new Response('<html>', { status: 502 }), 'The object answered 502'],
    [Response.json({ error: { code: 'made_up', message: 'Odd' } }, { status: 418 }), 'Odd'],
    [Response.json({ error: 'text' }, { status: 500 }), 'The object answered 500'],
    [new Response(null, { status: 204 }), 'The object answered 204'],
  ])('that is no stream is an internal error', async (response, message) => {
    await expect(read(Promise.resolve(response))).rejects.toMatchObject({ code: 'internal', message })
  })
})
