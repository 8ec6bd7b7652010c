import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { build } from '../../bench/run/build.ts'
import type { ServedWorker } from '../../bench/run/workerd.ts'
import { serve } from '../../bench/run/workerd.ts'
import { openRaw } from '../fuzz/raw.ts'

/** workerd alone, without the development server's proxy, which would mend much of what is said here. */
let server: ServedWorker
beforeAll(async () => {
  server = await serve(await build('test/fuzz/wrangler.toml'))
})
afterAll(() => server.stop())

afterEach(async () => {
  const response = await fetch(`${server.url}/health`, { signal: AbortSignal.timeout(ANSWERED_MS) })
  await response.body?.cancel()
  expect(response.status).toBe(200)
})

/** Who is not answered within this is kept waiting by others. */
const ANSWERED_MS = 20_000

const HOST = 'Host: localhost\r\n'
const JSON_HEAD = `${HOST}Content-Type: application/json\r\n`
const GENERATE = 'POST /api/agents/plain/generate HTTP/1.1\r\n'
const STATUS = /^HTTP\/1\.1 (\d+)[\s\S]*?\r\n\r\n/

async function statusOf(said: string): Promise<number> {
  const connection = await openRaw(server.url)
  await connection.say(said)
  const heard = await connection.until(STATUS)
  connection.hangUp()
  expect(heard).not.toMatch(/^x-injected/im)
  return Number(STATUS.exec(heard)?.[1])
}

describe('HTTP that is none', () => {
  it.each([
    [
      'a HEAD with a body',
      `HEAD /api/agents/plain/generate HTTP/1.1\r\n${JSON_HEAD}Content-Length: 2\r\n\r\n{}`,
      405,
    ],
    ['a HEAD of a route', `HEAD /health HTTP/1.1\r\n${HOST}\r\n`, 200],
    ['a GET with a body', `GET /health HTTP/1.1\r\n${JSON_HEAD}Content-Length: 2\r\n\r\n{}`, 200],
    ['no method', '\r\n\r\nhello\r\n\r\n', 400],
    // workerd's own answer.
    ['a method of its own', `BREW / HTTP/1.1\r\n${HOST}\r\n`, 501],
    ['a line break in the path', `GET /api/threads/a\r\nx-injected: 1 HTTP/1.1\r\n${HOST}\r\n`, 400],
    ['an escaped line break', `GET /api/memory/threads/a%0d%0ax-injected:%201 HTTP/1.1\r\n${HOST}\r\n`, 404],
    ['two lengths', `${GENERATE}${JSON_HEAD}Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}`, 400],
    ['a length below nothing', `${GENERATE}${JSON_HEAD}Content-Length: -1\r\n\r\n{}`, 400],
    ['chunks of no size', `${GENERATE}${JSON_HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n`, 400],
    [
      'a length and chunks',
      `${GENERATE}${JSON_HEAD}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['a length over all limits', `${GENERATE}${JSON_HEAD}Content-Length: 99999999999\r\n\r\n{}`, 413],
    ['another host', `GET /api/agents HTTP/1.1\r\nHost: evil.example\r\n\r\n`, 401],
  ])('is answered: %s', async (_what, said, status) => {
    expect(await statusOf(said)).toBe(status)
  })
})

it('takes no more of an endless body than its limit', async () => {
  const connection = await openRaw(server.url)
  await connection.say(`${GENERATE}${JSON_HEAD}Transfer-Encoding: chunked\r\n\r\n`)
  const piece = `10000\r\n${'x'.repeat(0x10000)}\r\n`
  let sent = 0
  const answered = connection.until(STATUS)
  while (connection.isOpen && sent < 32 * 2 ** 20) {
    await connection.say(piece)
    sent += 0x10000
  }
  const heard = await answered
  connection.hangUp()
  // It is answered, and then cut off with most of it unread: TCP may drop the answer with what was not read.
  if (heard === '') expect(sent).toBeLessThan(32 * 2 ** 20)
  else expect(heard).toMatch(/^HTTP\/1\.1 413 /)
  expect(server.rssBytes()).toBeLessThan(600 * 2 ** 20)
})

it('waits for a slow writer, and keeps nobody else waiting meanwhile', async () => {
  const body = JSON.stringify({ messages: 'hello' })
  const slow = await Promise.all(Array.from({ length: 20 }, () => openRaw(server.url)))
  for (const connection of slow)
    await connection.say(`${GENERATE}${JSON_HEAD}Content-Length: ${body.length}\r\n\r\n`)
  for (const letter of body.slice(0, -1)) {
    for (const connection of slow) await connection.say(letter)
    // One letter a while: that is what is tested.
    await sleep(10)
  }
  const quick = await fetch(`${server.url}/api/agents`, { signal: AbortSignal.timeout(ANSWERED_MS) })
  expect(quick.status).toBe(200)
  await quick.body?.cancel()
  for (const connection of slow) await connection.say('}')
  for (const connection of slow) {
    expect(await connection.until(STATUS)).toMatch(/^HTTP\/1\.1 200 /)
    connection.hangUp()
  }
})

it('forgets writers who leave in the middle of a word', async () => {
  for (let n = 0; n < 50; n++) {
    const connection = await openRaw(server.url)
    await connection.say(`${GENERATE}${JSON_HEAD}Content-Length: 5000\r\n\r\n{"messages":"hel`)
    connection.hangUp()
  }
})

it('ends the streams of a thread that is deleted under those who listen', async () => {
  const ask = (path: string, body: object): Promise<Response> =>
    fetch(server.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  const turn = await ask('/api/agents/plain/generate', { messages: 'hello', threadId: 'short-lived' })
  expect(turn.status).toBe(200)
  await turn.body?.cancel()
  const mastra = await ask('/api/agents/plain/threads/subscribe', { threadId: 'short-lived' })
  const native = await fetch(`${server.url}/api/threads/short-lived/events`)
  const gone = await fetch(`${server.url}/api/memory/threads/short-lived`, { method: 'DELETE' })
  expect(gone.status).toBe(200)
  expect(await native.text()).toContain('stream-error')
  expect(await mastra.text()).toMatch(/data: \[DONE\]\n\n$/)
})
