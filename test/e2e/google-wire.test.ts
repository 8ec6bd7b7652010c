import { afterAll, beforeAll, expect, it } from 'vitest'
import { build } from '../../bench/run/build.ts'
import type { ServedWorker } from '../../bench/run/workerd.ts'
import { serve } from '../../bench/run/workerd.ts'
import type { GoogleServer } from '../fixtures/google/index.ts'
import { call, say, startGoogleServer, text, toolOutputs } from '../fixtures/google/index.ts'
import { collect, readChunks, resultOf } from './client.ts'

// Gemini through the Worker as it is built, where modules of the provider are left out (docs/decisions/0012, 0019).

let google: GoogleServer
let worker: ServedWorker
beforeAll(async () => {
  google = await startGoogleServer()
  worker = await serve(await build('test/e2e/wrangler.toml'), {
    vars: {
      GOOGLE_GENERATIVE_AI_API_KEY: 'test-key-not-secret',
      GOOGLE_GENERATIVE_AI_BASE_URL: `${google.url}/v1beta`,
    },
  })
})
afterAll(async () => {
  await worker?.stop()
  await google?.close()
})

function ask(path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(`${worker.url}/api/agents/clerk/${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
}

it('streams a call, and what the model says of its result', async () => {
  google.script({ type: 'reply', parts: [text('Look. '), [call('explode')]] }, say('It is ', 'seven.'))
  const parts = [{ type: 'text', text: 'Light it' }]
  const response = await ask('chat', { id: 'gemini-1', messages: [{ id: 'm1', role: 'user', parts }] })
  const chunks = await collect(readChunks(response.body))
  expect(chunks.filter(({ type }) => type === 'text-delta').map(({ delta }) => delta)).toEqual([
    'Look. ',
    'It is ',
    'seven.',
  ])
  expect(chunks.slice(-2)).toEqual([{ type: 'finish', finishReason: 'stop' }, { type: '[DONE]' }])
  const [, second] = google.requests
  expect(second && toolOutputs(second)).toHaveLength(1)
})

it('answers at once', async () => {
  google.script(say('All is fine.'))
  const result = await resultOf(await ask('generate', { messages: 'How is it?' }))
  expect(result).toMatchObject({ text: 'All is fine.', finishReason: 'stop' })
})
