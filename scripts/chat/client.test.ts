import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { ask } from './client.mjs'

type Answer = (response: ServerResponse, request: IncomingMessage) => void

let close = () => {}
afterEach(() => close())

/** A server that gives these answers one after the other, and what it was asked. */
async function serve(...answers: Answer[]) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'}`)
    const answer = answers.shift()
    if (answer) answer(response, request)
    else request.socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const frames = (...types: string[]) => types.map((type) => `data: ${JSON.stringify({ type })}\n\n`).join('')
const whole: Answer = (response) => response.end(`${frames('start', 'finish')}data: [DONE]\n\n`)
/** Breaks the connection that was answered last. */
let cut = () => {}
/** Breaks once it was read: what a client has not read by then is lost to it. */
const broken: Answer = (response) => {
  response.write(frames('start', 'start-step'))
  cut = () => response.socket?.destroy()
}
const status =
  (code: number, body = ''): Answer =>
  (response) =>
    response.writeHead(code).end(body)

async function types(url: string, apiKey?: string) {
  const options = { url, agent: 'a b', thread: 't', question: 'q', wait: async () => {} }
  const seen = []
  for await (const { type } of ask({ ...options, ...(apiKey ? { apiKey } : {}) })) {
    seen.push(type)
    if (type === 'start-step') cut()
  }
  return seen
}

it('yields the chunks of the answer and sends the key', async () => {
  const { url, asked } = await serve(whole)
  expect(await types(url, 'k')).toEqual(['start', 'finish'])
  expect(asked).toEqual(['POST /api/agents/a%20b/chat Bearer k'])
})

it('rejoins a connection that breaks, again and again', async () => {
  const { url, asked } = await serve(broken, broken, status(503), whole)
  expect(await types(url)).toEqual([
    'start',
    'start-step',
    'client-rejoined',
    'start',
    'start-step',
    'client-rejoined',
    'start',
    'finish',
  ])
  expect(asked.slice(1)).toEqual(Array.from({ length: 3 }, () => 'GET /api/agents/a%20b/chat/t/stream -'))
})

it('ends when the turn was over meanwhile, and fails when the server stays away', async () => {
  const over = await serve(broken, status(204))
  expect((await types(over.url)).at(-1)).toBe('client-over')
  close()
  const away = await serve(broken)
  await expect(types(away.url)).rejects.toThrow('broke 7 times')
})

it('says in one line what the server refused', async () => {
  const refused = await serve(status(404, '{"error":{"code":"x","message":"There is no agent a b"}}'))
  await expect(types(refused.url)).rejects.toThrow('The server answered 404: There is no agent a b')
  close()
  const unauthorized = await serve(status(401, 'who?\nmore'))
  await expect(types(unauthorized.url)).rejects.toThrow('The server answered 401: who? (set EDGEWISE_API_KEY')
  await expect(types('http://127.0.0.1:9')).rejects.toThrow('Cannot reach http://127.0.0.1:9: ')
})
