import type { IncomingHttpHeaders } from 'node:http'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorOf, get, newId, post } from './client.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'

let world: World
let guarded: World
beforeAll(async () => {
  world = await openWorld()
  guarded = await openWorld({ vars: { EDGEWISE_API_KEY: KEY, EDGEWISE_CORS_ORIGINS: 'https://app.example' } })
})
afterAll(() => Promise.all([world.close(), guarded.close()]))

const KEY = 'the-key-of-this-test'
const GENERATE = '/api/agents/clerk/generate'

describe('without a key configured', () => {
  it('a request to this machine is answered', async () => {
    const response = await get(world, '/api/agents')
    expect([response.status, Object.keys((await response.json()) as object)]).toEqual([
      200,
      ['clerk', 'early', 'asker', 'wired', 'frequent', 'boss', 'twofold', 'impatient', 'keeper', 'noter'],
    ])
  })

  it.each(['evil.example', '127.0.0.1.evil.example', '192.168.1.7:8787'])(
    'a request to %s is not, and says what to set',
    async (host) => {
      const { status, text, headers } = await raw(world, { path: '/api/agents', headers: { host } })
      expect([status, JSON.parse(text)]).toEqual([
        401,
        {
          code: 'unauthorized',
          error: expect.stringContaining('wrangler secret put EDGEWISE_API_KEY'),
        },
      ])
      expect(headers['www-authenticate']).toBe('Bearer realm="edgewise"')
    },
  )

  it.each(['https://evil.example', 'http://localhost.evil.example', 'null'])(
    'a page from %s is not answered, and may not read that',
    async (origin) => {
      const response = await post(world, GENERATE, { messages: 'x' }, { headers: { origin } })
      expect(await errorOf(response)).toMatchObject({ status: 401, error: { code: 'unauthorized' } })
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
      expect(world.model.requests).toEqual([])
    },
  )

  it.each([
    { 'x-forwarded-host': 'localhost' },
    { forwarded: 'host=localhost' },
    { 'x-api-key': 'localhost' },
  ])('no header of a foreign request makes it local: %j', async (more) => {
    const headers: Record<string, string> = { host: 'evil.example', ...more }
    expect((await raw(world, { path: '/api/agents', headers })).status).toBe(401)
  })

  it('the health of the server is told to anybody', async () => {
    const { status, text } = await raw(world, { path: '/health', headers: { host: 'evil.example' } })
    expect([status, JSON.parse(text)]).toMatchObject([200, { status: 'ok', auth: 'open' }])
  })
})

describe('with a key configured', () => {
  it.each([
    ['no key', {}],
    ['a wrong key', { authorization: 'Bearer wrong' }],
    ['a wrong key', { 'x-api-key': `${KEY}x` }],
    ['half a key', { 'x-api-key': KEY.slice(0, -1) }],
    ['the key by another scheme', { authorization: `Basic ${KEY}` }],
    ['the key as a cookie', { cookie: `x-api-key=${KEY}` }],
  ])('%s is 401, on this machine too: %j', async (_what, headers) => {
    const { status, error } = await errorOf(await get(guarded, '/api/agents', headers))
    expect([status, error.code]).toEqual([401, 'unauthorized'])
    expect(JSON.stringify(error)).not.toContain(KEY)
  })

  it('the key in the query is 401', async () => {
    expect((await get(guarded, `/api/agents?key=${KEY}&x-api-key=${KEY}`)).status).toBe(401)
  })

  it.each([{ authorization: `Bearer ${KEY}` }, { authorization: `bearer ${KEY}` }, { 'x-api-key': KEY }])(
    'the right one is answered: %j',
    async (headers) => {
      expect((await get(guarded, '/api/agents', headers)).status).toBe(200)
    },
  )

  it('what is not there is not told to strangers either', async () => {
    const threads = await get(guarded, '/api/memory/threads/t')
    const agent = await get(guarded, '/api/agents/nobody')
    expect([threads.status, agent.status]).toEqual([401, 401])
  })
})

describe('a preflight', () => {
  it.each(['http://localhost:3000', 'http://127.0.0.1:5173', 'https://app.example'])(
    'from %s is allowed',
    async (origin) => {
      const response = await preflight(guarded, origin)
      expect([response.status, await response.text()]).toEqual([204, ''])
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-headers': 'content-type,x-api-key,idempotency-key',
        'access-control-allow-methods': expect.stringContaining('DELETE'),
        vary: 'origin',
      })
    },
  )

  it('from anywhere else is not', async () => {
    const response = await preflight(guarded, 'https://other.example')
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([403, null])
  })

  it('lets a page read what it then is told, errors too', async () => {
    for (const headers of [{}, { 'x-api-key': KEY }]) {
      const response = await get(guarded, '/api/memory/threads/nobody', {
        origin: 'https://app.example',
        ...headers,
      })
      expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example')
      expect(response.headers.get('access-control-expose-headers')).toContain('retry-after')
    }
  })
})

describe('prototype keys', () => {
  it('in a body change nothing and nobody', async () => {
    const evil = '{"isAdmin":true}'
    const body = `{"messages":"hello","__proto__":${evil},"constructor":{"prototype":${evil}},"runtimeContext":{"__proto__":${evil}}}`
    const response = await fetch(`${world.url}${GENERATE}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ text: 'hello' })
    expect(await (await get(world, '/health')).json()).not.toHaveProperty('isAdmin')
  })

  it('are names like any other for threads', async () => {
    const asked = await post(world, GENERATE, { messages: 'hello', threadId: '__proto__' })
    expect(asked.status).toBe(200)
    const thread = await get(world, '/api/memory/threads/__proto__')
    expect(await thread.json()).toMatchObject({ id: '__proto__', title: 'hello' })
  })
})

describe('a path', () => {
  it('with an escaped slash names one thread, and never the one of its parts', async () => {
    const id = newId('a/../b')
    await post(world, GENERATE, { messages: 'hello', threadId: id })
    const found = await get(world, `/api/memory/threads/${encodeURIComponent(id)}`)
    expect(await found.json()).toMatchObject({ id })
    expect((await get(world, `/api/memory/threads/${encodeURIComponent(id.slice(2))}`)).status).toBe(404)
  })

  it.each([
    '/api/memory/threads/../agents',
    '/api/memory/threads/%2e%2e/agents',
    '/api/memory/threads/..%2Fagents',
    '/api/agents/..;/memory/threads',
    '//evil.example/api/agents',
    '/api/agents/clerk%00/generate',
  ])('of %s, sent as it stands, reaches nothing that it should not', async (path) => {
    const { status, text } = await raw(world, { path })
    expect([200, 400, 404, 405]).toContain(status)
    expect(text).not.toMatch(/\bat \w+|node_modules/)
    if (status === 200) expect(JSON.parse(text)).toHaveProperty('clerk')
  })
})

describe('headers', () => {
  it('that hold a line break are refused, and the server lives', async () => {
    const url = new URL(world.url)
    const lines = [
      'GET /api/agents HTTP/1.1',
      `host: ${url.host}`,
      'x-api-key: a\rset-cookie: b',
      'connection: close',
      '',
      '',
    ]
    const answer = await sendBytes(url, lines.join('\r\n'))
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect((await get(world, '/health')).status).toBe(200)
  })

  it('of the request are never echoed', async () => {
    const marks = {
      'x-api-key': 'marked-1',
      cookie: 'marked-2',
      'x-request-id': 'marked-3',
      'idempotency-key': 'marked-4',
    }
    const response = await post(world, GENERATE, {}, { headers: marks })
    const said = `${JSON.stringify([...response.headers])} ${JSON.stringify(await errorOf(response))}`
    expect(said).not.toContain('marked')
  })
})

function preflight({ url }: World, origin: string): Promise<Response> {
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type,x-api-key,idempotency-key',
  }
  return fetch(`${url}${GENERATE}`, { method: 'OPTIONS', headers })
}

interface RawAnswer {
  status: number
  text: string
  headers: IncomingHttpHeaders
}

/** A request as it is written here: fetch would mend its path, and name the host itself. */
function raw(
  { url }: World,
  { path, headers = {} }: { path: string; headers?: Record<string, string> },
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }))
    })
    request.on('error', reject).end()
  })
}

function sendBytes({ hostname, port }: URL, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    socket.on('close', () => resolve(text)).on('error', reject)
  })
}
