import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { build } from '../../bench/run/build.ts'
import type { ServedWorker } from '../../bench/run/workerd.ts'
import { serve } from '../../bench/run/workerd.ts'

type Line = Record<string, unknown>

/** Receives log lines on a real socket, and lets a test wait for one. */
const lines: Line[] = []
const tokens = new Set<string | undefined>()
let heard = (): void => undefined
const collector = createServer(async (request, response) => {
  tokens.add(request.headers.authorization)
  let text = ''
  for await (const piece of request) text += String(piece)
  lines.push(
    ...text
      .trimEnd()
      .split('\n')
      .map((line): Line => JSON.parse(line)),
  )
  response.writeHead(204).end()
  heard()
})

async function lineWhere(isWanted: (line: Line) => boolean): Promise<Line> {
  for (;;) {
    const found = lines.find(isWanted)
    if (found) return found
    await new Promise<void>((resolve) => (heard = resolve))
  }
}

let server: ServedWorker
beforeAll(async () => {
  collector.listen(0, '127.0.0.1')
  await once(collector, 'listening')
  const address = collector.address()
  const port = address && typeof address === 'object' ? address.port : 0
  server = await serve(await build('test/fuzz/wrangler.toml'), {
    vars: {
      EDGEWISE_LOG_LEVEL: 'debug',
      EDGEWISE_LOG_URL: `http://127.0.0.1:${port}/lines`,
      EDGEWISE_LOG_TOKEN: 'token-of-the-log',
    },
  })
})
afterAll(async () => {
  await server.stop()
  collector.close()
})

function generate(body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(`${server.url}/api/agents/told/generate`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
}

it('sends a line of each request, by the id that its answer names, and without its query', async () => {
  const response = await fetch(`${server.url}/health?secret=hidden`)
  await response.body?.cancel()
  const requestId = response.headers.get('x-request-id')
  expect(await lineWhere((line) => line['requestId'] === requestId)).toMatchObject({
    level: 'debug',
    message: 'request',
    method: 'GET',
    path: '/health',
    status: 200,
    time: expect.stringMatching(/^\d{4}-/),
  })
  expect(JSON.stringify(lines)).not.toContain('hidden')
  expect([...tokens]).toEqual(['Bearer token-of-the-log'])
})

it('tells the turns of an agent that asks for it by thread and run, without their words', async () => {
  const response = await generate({ messages: 'add 5 quietly-please', threadId: 'logged' })
  const { runId }: { runId: string } = await response.json()
  const end = await lineWhere((line) => line['runId'] === runId && line['message'] === 'turn ended')
  const requestId = response.headers.get('x-request-id')
  expect(end).toMatchObject({
    level: 'info',
    agentId: 'told',
    threadId: 'logged',
    requestId,
    status: 'completed',
  })
  const own = lines.filter((line) => line['runId'] === runId)
  expect(own.map(({ message }) => message)).toEqual([
    'model step',
    'tool call',
    'model step ended',
    'tool result',
    'model step',
    'model step ended',
    'turn ended',
  ])
  expect(JSON.stringify(lines)).not.toContain('quietly-please')
})

it('tells them without a thread too', async () => {
  const { runId }: { runId: string } = await (await generate({ messages: 'hello' })).json()
  expect(
    await lineWhere((line) => line['runId'] === runId && line['message'] === 'turn ended'),
  ).toMatchObject({
    agentId: 'told',
  })
})
