import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Server } from '../../scripts/serve.mjs'
import { startServer } from '../../scripts/serve.mjs'
import { collect, readChunks, resultOf } from './client.ts'

/** The kit's own app with no key at all: what somebody sees who has just cloned it. */
let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.kill())

function ask(route: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(`${server.url}/api/agents/helper/${route}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
}

it('says that it is offline', () => {
  expect(server.health).toMatchObject({ status: 'ok', model: 'offline', auth: 'open' })
  expect(server.health.agents).toEqual(['architecture-agent', 'helper'])
})

it('answers with two tools, one after the other', async () => {
  const text = 'Roll 3 dice with 20 sides each. Then convert 5 miles to kilometers.'
  const result = await resultOf(await ask('generate', { messages: text, threadId: 'offline-1' }))
  expect(result.toolCalls).toMatchObject([
    { payload: { toolName: 'rollDice', args: { count: 3, sides: 20 } } },
    { payload: { toolName: 'convertUnits', args: { value: 5, from: 'mile', to: 'kilometer' } } },
  ])
  expect(result.toolResults[1]).toMatchObject({ payload: { result: { value: 8.04672, unit: 'kilometer' } } })
  expect(result.text).toContain('8.04672')
  expect(result.finishReason).toBe('stop')
})

it('streams a chat with a tool, in pieces', async () => {
  const parts = [{ type: 'text', text: 'Convert 2 meters to feet' }]
  const response = await ask('chat', { id: 'offline-2', messages: [{ id: 'm1', role: 'user', parts }] })
  const chunks = await collect(readChunks(response.body))
  expect(chunks.find(({ type }) => type === 'tool-output-available')).toMatchObject({
    output: { unit: 'foot' },
  })
  expect(chunks.filter(({ type }) => type === 'text-delta').length).toBeGreaterThan(1)
  expect(chunks.slice(-2)).toEqual([{ type: 'finish', finishReason: 'stop' }, { type: '[DONE]' }])
})
