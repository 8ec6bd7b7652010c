import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { get, readError } from './client.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const JSON_TYPE = { 'content-type': 'application/json' }
const CHAT = '/api/agents/clerk/chat'
const GENERATE = '/api/agents/clerk/generate'
const MINE = { role: 'user', content: 'x' }
const THEIRS = { role: 'assistant', content: 'x' }
const TEXT = { type: 'text', text: 'x' }
const FILE = { type: 'file', mediaType: 'image/png' }

/** Bodies that do not fit, with the field that the answer names first; undefined: it is no JSON to speak of. */
const BODIES: [what: string, path: string, body: string | Uint8Array<ArrayBuffer>, field?: string][] = [
  ['no body', GENERATE, ''],
  ['half a body', GENERATE, '{"messages":'],
  ['no UTF-8', GENERATE, new Uint8Array([123, 34, 0xff, 0xfe, 34])],
  ['a body that is too deep', GENERATE, `{"messages":${'['.repeat(70)}${']'.repeat(70)}}`],
  ['a body of a depth to break a stack', GENERATE, `${'['.repeat(500_000)}${']'.repeat(500_000)}`],
  ['a text for a body', GENERATE, '"hello"', ''],
  ['a list for a body', GENERATE, '[]', ''],
  ['no messages', GENERATE, '{}', 'messages'],
  ['null for messages', GENERATE, '{"messages":null}', 'messages'],
  ['an empty text', GENERATE, '{"messages":""}', 'messages'],
  ['an empty list of messages', GENERATE, '{"messages":[]}', 'messages'],
  ['a number for a message', GENERATE, '{"messages":[7]}', 'messages[0]'],
  ['a role that is none', GENERATE, says({ role: 'god', content: 'x' }), 'messages[0].role'],
  ['no content', GENERATE, says({ role: 'user' }), 'messages[0].content'],
  ['an answer as the last message', GENERATE, says({ role: 'assistant', content: 'x' }), 'messages[0].role'],
  [
    "another's words on a thread",
    GENERATE,
    JSON.stringify({ threadId: 't', messages: [MINE, THEIRS] }),
    'messages[1].role',
  ],
  ['a thread id that is a number', GENERATE, '{"messages":"x","threadId":7}', 'threadId'],
  ['an empty thread id', GENERATE, '{"messages":"x","threadId":""}', 'threadId'],
  ['a long thread id', GENERATE, JSON.stringify({ messages: 'x', threadId: 'x'.repeat(257) }), 'threadId'],
  ['a thread id that is no Unicode', GENERATE, '{"messages":"x","threadId":"\\ud800"}', 'threadId'],
  ['no steps', GENERATE, '{"messages":"x","maxSteps":0}', 'maxSteps'],
  ['half a step', GENERATE, '{"messages":"x","maxSteps":1.5}', 'maxSteps'],
  ['a text for a context', GENERATE, '{"messages":"x","runtimeContext":"me"}', 'runtimeContext'],
  ['a list for a context', GENERATE, '{"messages":"x","runtimeContext":[1]}', 'runtimeContext'],
  ['a chat without an id', CHAT, '{"messages":[]}', 'id'],
  ['a chat without messages', CHAT, '{"id":"t"}', 'messages'],
  ['a chat with empty parts', CHAT, shows([]), 'messages[0].parts'],
  ['a chat with an empty text', CHAT, shows([{ type: 'text', text: '' }]), 'messages[0].parts'],
  ['a part without a type', CHAT, shows([{ text: 'x' }]), 'messages[0].parts[0]'],
  ['a text that is none', CHAT, shows([{ type: 'text', text: 7 }]), 'messages[0].parts[0].text'],
  [
    'a file without a type',
    CHAT,
    shows([{ type: 'file', url: 'https://x' }]),
    'messages[0].parts[0].mediaType',
  ],
  ['a file of a script', CHAT, shows([{ ...FILE, url: 'javascript:x' }]), 'messages[0].parts[0].url'],
  ['a file of the disk', CHAT, shows([{ ...FILE, url: 'file:///etc/passwd' }]), 'messages[0].parts[0].url'],
  ['a message id that is no text', CHAT, shows([TEXT], { id: 7 }), 'messages[0].id'],
  ["an answer as a chat's last message", CHAT, shows([TEXT], { role: 'assistant' }), 'messages[0].role'],
  ['an unknown trigger', CHAT, '{"id":"t","trigger":"nudge"}', 'trigger'],
]

/** What is asked for wrongly, or is not there. */
const PLACES: [request: string, status: number, code: string, field?: string][] = [
  ['POST /api/agents/nobody/generate', 404, 'agent_not_found'],
  ['POST /api/agents/__proto__/generate', 404, 'agent_not_found'],
  ['GET /api/agents/toString', 404, 'agent_not_found'],
  ['GET /api/agents/constructor/chat/t/stream', 404, 'agent_not_found'],
  ['GET /api/memory/threads/nobody', 404, 'thread_not_found'],
  ['DELETE /api/memory/threads/nobody', 404, 'thread_not_found'],
  ['GET /api/memory/threads/nobody/messages', 404, 'thread_not_found'],
  ['GET /api/threads/nobody/events', 404, 'thread_not_found'],
  ['GET /api/threads/nobody/events?after=soon', 400, 'invalid_request', 'after'],
  ['GET /api/threads/nobody/events?after=000001-0001-00000', 400, 'invalid_request', 'after'],
  ['GET /api/threads/nobody/events?until=never', 400, 'invalid_request', 'until'],
  ['GET /api/memory/threads?page=-1', 400, 'invalid_request', 'page'],
  ['GET /api/memory/threads?page=two', 400, 'invalid_request', 'page'],
  ['GET /api/memory/threads?perPage=1001', 400, 'invalid_request', 'perPage'],
  ['GET /api/memory/threads?orderBy=title', 400, 'invalid_request', 'orderBy'],
  ['GET /api/memory/threads/t/messages?format=xml', 400, 'invalid_request', 'format'],
  ['GET /api/secrets', 404, 'not_found'],
  ['GET /api//agents', 404, 'not_found'],
  ['GET /api/runs//graph', 404, 'not_found'],
  ['PUT /api/memory/threads/t', 405, 'method_not_allowed'],
  [`GET ${CHAT}`, 405, 'method_not_allowed'],
  ['GET /api/memory/threads/a%2Fb', 404, 'thread_not_found'],
  ['GET /api/memory/threads/a%00b', 404, 'thread_not_found'],
  ['GET /api/memory/threads/a%0d%0aset-cookie:%20x', 404, 'thread_not_found'],
  ['GET /api/memory/threads/%E0%A4%A', 400, 'invalid_request'],
]

/** Headers, and sizes, that are wrong. */
const HEADERS: [what: string, headers: Record<string, string>, body: string, status: number, code: string][] =
  [
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=b', 415, 'unsupported_media_type'],
    ['plain text', { 'content-type': 'text/plain' }, '{}', 415, 'unsupported_media_type'],
    ['an empty Idempotency-Key', { 'idempotency-key': '' }, '{"messages":"x"}', 400, 'invalid_request'],
    [
      'a long Idempotency-Key',
      { 'idempotency-key': 'k'.repeat(256) },
      '{"messages":"x"}',
      400,
      'invalid_request',
    ],
  ]

describe('a request that is wrong', () => {
  it.each(BODIES)('by %s, is told what is wrong with it', async (_what, path, body, field) => {
    const said = await expectRefusal(`POST ${path}`, { headers: JSON_TYPE, body })
    expect(said).toMatchObject({ status: 400, code: 'invalid_request' })
    expect(said.field).toBe(field)
  })

  it.each(PLACES)('as %s, is told %i %s', async (asked, status, code, field) => {
    const body = asked.startsWith('POST') ? { headers: JSON_TYPE, body: '{"messages":"x"}' } : {}
    expect(await expectRefusal(asked, body)).toMatchObject({ status, code, ...(field && { field }) })
  })

  it.each(HEADERS)('by %s, is told so', async (_what, headers, body, status, code) => {
    const init = { headers: { ...JSON_TYPE, ...headers }, body }
    expect(await expectRefusal(`POST ${GENERATE}`, init)).toMatchObject({ status, code })
  })

  it('by a body that says it is too long, is told before it is sent', async () => {
    const headers = { ...JSON_TYPE, 'content-length': String(8 * 1024 * 1024 + 1) }
    const request = httpRequest(`${world.url}${GENERATE}`, { method: 'POST', headers })
    request.on('error', () => undefined).flushHeaders()
    const [{ statusCode }] = (await once(request, 'response')) as [IncomingMessage]
    request.destroy()
    expect(statusCode).toBe(413)
  })

  it('by a body that does not say how long it is, is told when it is too long', async () => {
    const pieces = Array.from({ length: 8 }, () => new Uint8Array(1024 * 1024).fill(120))
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const piece of [...pieces, new Uint8Array([120])]) controller.enqueue(piece)
        controller.close()
      },
    })
    const init = { headers: JSON_TYPE, body, duplex: 'half' }
    expect(await expectRefusal(`POST ${GENERATE}`, init)).toMatchObject({
      status: 413,
      code: 'payload_too_large',
    })
  })

  it('by a last id that is none, is told so', async () => {
    const said = await expectRefusal('GET /api/threads/t/events', { headers: { 'last-event-id': '1; DROP' } })
    expect(said).toMatchObject({ status: 400, code: 'invalid_request', field: 'after' })
  })

  it('by an answer to be given anew that never was, is told so', async () => {
    const body = JSON.stringify({ id: 'nobody', trigger: 'regenerate-message' })
    const said = await expectRefusal(`POST ${CHAT}`, { headers: JSON_TYPE, body })
    expect(said).toMatchObject({ status: 404, code: 'thread_not_found' })
  })

  it('names the methods that are offered', async () => {
    const response = await get(world, CHAT)
    expect(response.headers.get('allow')).toBe('POST')
  })

  it('leaves no thread behind', async () => {
    const threads = await get(world, '/api/memory/threads')
    expect(await threads.json()).toEqual({ threads: [], total: 0, page: 0, perPage: 100, hasMore: false })
  })
})

interface Refusal {
  status: number
  code: string
  field: string | undefined
}

/** Sends what is to be refused. Nothing of it may reach a model, and nothing of the inside may be told. */
async function expectRefusal(asked: string, init: RequestInit): Promise<Refusal> {
  const [method = '', path = ''] = asked.split(' ')
  const before = world.model.requests.length
  const response = await fetch(`${world.url}${path}`, { ...init, method })
  const text = await response.text()
  const error = readError(JSON.parse(text))
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(response.headers.get('set-cookie')).toBeNull()
  expect(Object.keys(error).toSorted()).toEqual(
    error.issues ? ['code', 'issues', 'message'] : ['code', 'message'],
  )
  expect(error.message.length).toBeGreaterThan(10)
  expect(text).not.toMatch(/\\n\s+at |\.(ts|js):\d|node_modules|SQL/)
  expect(world.model.requests).toHaveLength(before)
  return { status: response.status, code: error.code, field: error.issues?.[0]?.field }
}

function says(...messages: object[]): string {
  return JSON.stringify({ messages })
}

function shows(parts: object[], message: object = {}): string {
  return JSON.stringify({ id: 't', messages: [{ id: 'm', role: 'user', parts, ...message }] })
}
