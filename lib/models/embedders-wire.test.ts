import { createServer } from 'node:http'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { startOpenAIServer } from '../../test/fixtures/openai/index.ts'
import { embedTexts } from './embedder.ts'
import { createEmbedderRegistry } from './embedders.ts'

const never = new AbortController().signal

it('OpenAI is asked over the wire for all texts at once', async () => {
  const server = await startOpenAIServer()
  const resolve = createEmbedderRegistry({ OPENAI_BASE_URL: `${server.url}/v1`, OPENAI_API_KEY: 'none' })
  const vectors = await embedTexts(resolve(undefined), ['a dog', 'a cat'], never)
  expect(vectors.map(({ length }) => length)).toEqual([1536, 1536])
  await expect(embedTexts(resolve(undefined), [''], never)).rejects.toThrow('$.input')
  await server.close()
})

it('Gemini is asked for a batch, and its error is told without the key', async () => {
  const asked: { path: string | undefined; key: unknown; body: unknown }[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      const body = JSON.parse(text) as { requests: { content: { parts: { text: string }[] } }[] }
      asked.push({ path: request.url, key: request.headers['x-goog-api-key'], body })
      const isBad = body.requests[0]?.content.parts[0]?.text === 'bad'
      response.writeHead(isBad ? 400 : 200, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify(
          isBad
            ? { error: { code: 400, message: 'text is bad', status: 'INVALID_ARGUMENT' } }
            : { embeddings: body.requests.map((_, i) => ({ values: [i, 1] })) },
        ),
      )
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const resolve = createEmbedderRegistry({
    GOOGLE_GENERATIVE_AI_API_KEY: 'test-key-not-secret',
    GOOGLE_GENERATIVE_AI_BASE_URL: `http://127.0.0.1:${port}/v1beta/`,
  })
  expect(await embedTexts(resolve(undefined), ['a', 'b'], never)).toEqual([
    [0, 1],
    [1, 1],
  ])
  const model = 'models/gemini-embedding-001'
  expect(asked[0]).toEqual({
    path: '/v1beta/models/gemini-embedding-001:batchEmbedContents',
    key: 'test-key-not-secret',
    body: { requests: ['a', 'b'].map((text) => ({ model, content: { role: 'user', parts: [{ text }] } })) },
  })
  await expect(embedTexts(resolve(undefined), ['bad'], never)).rejects.toThrow('text is bad')
  server.close()
})
