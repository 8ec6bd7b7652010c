import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { httpSink } from './log-sink.ts'
import { createLogger } from './logger.ts'

let close = (): unknown => undefined
afterEach(() => close())

/** A receiver of log lines on a real socket. */
async function receiver(statusOf: (request: number) => number = () => 204) {
  const batches: string[][] = []
  const headers: IncomingMessage['headers'][] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const piece of request) text += String(piece)
    batches.push(text.trimEnd().split('\n'))
    headers.push(request.headers)
    response.writeHead(statusOf(batches.length)).end('taken')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  close = () => server.close()
  const address = server.address()
  return {
    url: `http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}/`,
    batches,
    headers,
  }
}

const count = (lines: number): string[] => Array.from({ length: lines }, (_, i) => `{"n":${i}}`)

describe('the sink over HTTP', () => {
  it('sends lines in batches, with its token, and nothing where there is nothing', async () => {
    const { url, batches, headers } = await receiver()
    const sink = httpSink({ url, token: 't-1', fetch, batch: 3 })
    await sink.flush()
    expect(batches).toEqual([])
    for (const line of count(2)) sink.write('info', line)
    await sink.flush()
    expect(batches).toEqual([count(2)])
    expect(headers[0]).toMatchObject({ authorization: 'Bearer t-1', 'content-type': 'application/x-ndjson' })
  })

  it('keeps a batch that was refused for the next flush, in order', async () => {
    const { url, batches } = await receiver((request) => (request === 1 ? 503 : 204))
    const sink = httpSink({ url, fetch })
    sink.write('info', 'one')
    await sink.flush()
    sink.write('info', 'two')
    await sink.flush()
    expect(batches).toEqual([['one'], ['one', 'two']])
  })

  it('holds no more than its limit, and tells how many lines that cost', async () => {
    const { url, batches } = await receiver((request) => (request === 1 ? 500 : 204))
    const sink = httpSink({ url, fetch, limit: 5, batch: 50 })
    for (const line of count(8)) sink.write('info', line)
    await sink.flush()
    sink.write('info', 'late')
    await sink.flush()
    expect(batches[1]).toEqual([
      JSON.stringify({ level: 'warn', message: 'log lines dropped', count: 4 }),
      ...count(5),
    ])
  })

  it('neither throws nor waits for ever when nobody is there, or nobody answers', async () => {
    const nobody = httpSink({ url: 'http://127.0.0.1:1/', fetch })
    nobody.write('error', 'x')
    await expect(nobody.flush()).resolves.toBeUndefined()
    const server = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(server, 'listening')
    close = () => server.closeAllConnections()
    const address = server.address()
    const url = `http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}/`
    const silent = httpSink({ url, fetch, timeoutMs: 50 })
    silent.write('error', 'x')
    await expect(silent.flush()).resolves.toBeUndefined()
    server.close()
  })

  it('never sends a secret that was logged', async () => {
    const { url, batches } = await receiver()
    const sink = httpSink({ url, fetch })
    const log = createLogger('info', sink.write)
    log.error('failed', { header: 'Bearer abcdef123456', key: 'sk-abcdef123456' })
    await sink.flush()
    expect(batches.flat().join()).not.toMatch(/abcdef/)
  })
})
