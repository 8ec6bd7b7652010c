import { describe, expect, it } from 'vitest'
import { parseBody, readBody } from './body.ts'

const MIB = 1024 * 1024

function post(
  body: BodyInit | null,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Request {
  // Node asks for `duplex` with a stream as the body.
  const init = { method: 'POST', body, headers, duplex: 'half' }
  return new Request('https://a.example/', init)
}

/** A body that goes on for ever, a MiB at a time. */
function endless(counts: { pulled: number; isCancelled: boolean }): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    pull: (controller) => {
      counts.pulled += 1
      controller.enqueue(new Uint8Array(MIB).fill(32))
    },
    cancel: () => {
      counts.isCancelled = true
    },
  })
}

describe('the body of a request', () => {
  it('is its text, however it was cut', async () => {
    const bytes = new TextEncoder().encode('{"a":"é😀"}')
    const cut = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]))
        controller.close()
      },
    })
    expect(await readBody(post(cut))).toBe('{"a":"é😀"}')
    expect(await readBody(post(null))).toBe('')
  })

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'application/problem+json',
  ])('may be %s', async (type) => {
    expect(await readBody(post('{}', { 'content-type': type }))).toBe('{}')
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'multipart/form-data; boundary=a',
  ])('may not be %s', async (type) => {
    await expect(readBody(post('{}', { 'content-type': type }))).rejects.toMatchObject({
      code: 'unsupported_media_type',
      message: `Send the body with the header content-type: application/json, not ${type}`,
    })
  })

  it('is not read past the limit, said or unsaid', async () => {
    const counts = { pulled: 0, isCancelled: false }
    const tooLarge = { code: 'payload_too_large', message: 'The body is larger than 8 MiB' }
    await expect(readBody(post(endless(counts)))).rejects.toMatchObject(tooLarge)
    expect(counts.pulled).toBeLessThanOrEqual(10)
    expect(counts.isCancelled).toBe(true)
    const said = { 'content-type': 'application/json', 'content-length': String(8 * MIB + 1) }
    await expect(readBody(post('{}', said))).rejects.toMatchObject(tooLarge)
  })

  it('may be as large as the limit', async () => {
    expect((await readBody(post(' '.repeat(8 * MIB)))).length).toBe(8 * MIB)
  })

  it.each([[[0xff]], [[0xc3]], [[0x22, 0xed, 0xa0, 0x80, 0x22]]])('must be UTF-8: %j', async (bytes) => {
    await expect(readBody(post(new Uint8Array(bytes)))).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'The body is not UTF-8, or it was cut off',
    })
  })

  it('that breaks off is told', async () => {
    const broken = new ReadableStream<Uint8Array>({ pull: () => Promise.reject(new Error('reset')) })
    await expect(readBody(post(broken))).rejects.toMatchObject({ code: 'invalid_request' })
  })
})

const nested = (depth: number): string => '['.repeat(depth) + '1' + ']'.repeat(depth)

describe('parseBody', () => {
  it('gives the value', () => {
    expect(parseBody('{"a":[1]}')).toEqual({ a: [1] })
    expect(parseBody(nested(64))).toBeDefined()
  })

  it.each([
    ['', 'The body is empty, it must be JSON'],
    ['{"a":', 'The body is not JSON'],
    ['\ufeff{}', 'The body is not JSON'],
    [nested(65), 'The body is nested deeper than 64 levels'],
    [nested(500_000), 'The body is nested deeper than 64 levels'],
    ['{"a":'.repeat(65) + '1' + '}'.repeat(65), 'The body is nested deeper than 64 levels'],
  ])('refuses what is no JSON, or too deep', (text, message) => {
    expect(() => parseBody(text)).toThrow(expect.objectContaining({ code: 'invalid_request', message }))
  })
})
