import { expect, it } from 'vitest'
import type { StreamEntry } from '../protocol/event.ts'
import { encodeEntries } from './encode-entries.ts'
import { createNativeEncoder } from './native.ts'

const delta = (text: string): StreamEntry => ({ event: { type: 'text-delta', id: 't', delta: text } })

it('says entries as they are asked for, and closes after the last', async () => {
  const said: string[] = []
  async function* entries(): AsyncGenerator<StreamEntry> {
    for (const text of ['a', 'b']) {
      said.push(text)
      yield delta(text)
    }
  }
  const body = await encodeEntries(entries(), createNativeEncoder(), () => undefined)
  expect(said).toEqual(['a'])
  expect(await new Response(body).text()).toBe(
    'data: {"type":"text-delta","id":"t","delta":"a"}\n\ndata: {"type":"text-delta","id":"t","delta":"b"}\n\n',
  )
})

async function* failing(first: StreamEntry[]): AsyncGenerator<StreamEntry> {
  yield* first
  throw new Error('no model')
}

it('throws what fails before the first entry, and breaks off at what fails after', async () => {
  await expect(encodeEntries(failing([]), createNativeEncoder(), () => undefined)).rejects.toThrow('no model')
  const body = await encodeEntries(failing([delta('a')]), createNativeEncoder(), () => undefined)
  await expect(new Response(body).text()).rejects.toThrow('no model')
})

it('ends what it says when the reader leaves', async () => {
  let isEnded = false
  let hasLeft = false
  async function* endless(): AsyncGenerator<StreamEntry> {
    try {
      for (;;) yield delta('a')
    } finally {
      isEnded = true
    }
  }
  const body = await encodeEntries(endless(), createNativeEncoder(), () => (hasLeft = true))
  const reader = body.getReader()
  await reader.read()
  await reader.cancel()
  expect([hasLeft, isEnded]).toEqual([true, true])
})
