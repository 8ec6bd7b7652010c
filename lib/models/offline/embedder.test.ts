import { expect, it } from 'vitest'
import { createOfflineEmbedder } from './embedder.ts'

const embed = async (...values: string[]) => (await createOfflineEmbedder().doEmbed({ values })).embeddings
const dot = (a: readonly number[] = [], b: readonly number[] = []) =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0)

it('gives vectors of length one, the same for the same text', async () => {
  const [one, two] = await embed('Durable Objects keep state', 'Durable Objects keep state')
  expect(one).toEqual(two)
  expect(one).toHaveLength(256)
  expect(dot(one, one)).toBeCloseTo(1, 10)
})

it('puts texts that share words or roots near each other', async () => {
  const [query, near, root, far] = await embed(
    'How do I refund an order?',
    'An order can be refunded within 30 days.',
    'Refunding ordered goods',
    'The weather in Rome is sunny.',
  )
  expect(dot(query, near)).toBeGreaterThan(0.3)
  expect(dot(query, root)).toBeGreaterThan(dot(query, far) + 0.2)
})

it('takes the dimensions of the model or of the call', async () => {
  const embedder = createOfflineEmbedder({ dimensions: 64 })
  expect((await embedder.doEmbed({ values: ['a'] })).embeddings[0]).toHaveLength(64)
  expect((await embedder.doEmbed({ values: ['a'], dimensions: 8 })).embeddings[0]).toHaveLength(8)
})

it('has a unit vector for texts without words, and for other scripts', async () => {
  for (const vector of await embed('', '...', '東京の天気')) expect(dot(vector, vector)).toBeCloseTo(1, 10)
})

it('rejects when aborted', async () => {
  const reason = new Error('stop')
  const embedded = createOfflineEmbedder().doEmbed({ values: ['a'], abortSignal: AbortSignal.abort(reason) })
  await expect(Promise.resolve(embedded)).rejects.toBe(reason)
})
