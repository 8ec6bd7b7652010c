import { reset } from 'cloudflare:test'
import { afterEach, expect, it } from 'vitest'
import { arm } from './faults.ts'
import { ask, messagesOf } from './kit.ts'

afterEach(reset)

const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, people: { type: 'integer' } },
  required: ['city', 'people'],
}

async function generate(
  text: string,
  structuredOutput: object,
  threadId?: string,
): Promise<[number, unknown]> {
  arm(undefined)
  const thread = threadId === undefined ? {} : { threadId }
  const response = await ask('/api/agents/json/generate', { messages: text, structuredOutput, ...thread })
  return [response.status, await response.json()]
}

it('answers with an object that fits the schema, with a thread and without', async () => {
  const fitting = { object: { city: 'Bern', people: 7 }, finishReason: 'stop' }
  expect(await generate('fits', { schema })).toMatchObject([200, fitting])
  expect(await generate('fits', { schema }, 't')).toMatchObject([200, fitting])
  const [, answer] = await messagesOf('t')
  expect(answer?.outcome).toMatchObject({ status: 'completed', object: fitting.object })
})

it('fails with the issues when the answer must fit and does not', async () => {
  const refused = { code: 'output_invalid', issues: [{ field: 'people' }] }
  expect(await generate('does not fit', { schema }, 't')).toMatchObject([424, refused])
})

it('goes on without an object, or with another, when it need not', async () => {
  const [status, body] = await generate('does not fit', { schema, errorStrategy: 'warn' }, 't')
  expect([status, body]).toMatchObject([200, { finishReason: 'stop' }])
  expect(body).not.toHaveProperty('object')
  const events = await (await ask('/api/threads/t/events?after=0&until=idle')).text()
  expect(events).toContain('"type":"warning","code":"output_invalid"')
  const fallbackValue = { city: 'none', people: 0 }
  expect(await generate('does not fit', { schema, errorStrategy: 'fallback', fallbackValue })).toMatchObject([
    200,
    { object: fallbackValue },
  ])
})

it('refuses options that cannot be right, by their field', async () => {
  expect(await generate('fits', { schema: 'no' })).toMatchObject([
    400,
    { issues: [{ field: 'structuredOutput.schema' }] },
  ])
  expect(await generate('fits', { schema, errorStrategy: 'fallback' })).toMatchObject([
    400,
    { issues: [{ field: 'structuredOutput.fallbackValue' }] },
  ])
})
