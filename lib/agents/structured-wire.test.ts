import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import * as google from '../../test/fixtures/google/index.ts'
import { modelOf } from '../../test/fixtures/google/trace.ts'
import * as openai from '../../test/fixtures/openai/index.ts'
import type { AgentSettings } from '../../test/fixtures/turns.ts'
import { endOf, makeTurn, runToEnd } from '../../test/fixtures/turns.ts'
import { openaiChat, openaiResponses } from '../models/providers.ts'
import type { Model } from '../models/model.ts'

let gpt: openai.OpenAIServer
let gemini: google.GoogleServer
beforeEach(async () => {
  gpt = await openai.startOpenAIServer()
  gemini = await google.startGoogleServer()
})
afterEach(async () => {
  await gpt.close()
  await gemini.close()
})

const tree: z.ZodType = z.lazy(() => z.object({ name: z.string(), children: z.array(tree) }))
const strict = z.object({
  text: z.string().min(1).describe('What was said'),
  size: z.number().nullable(),
  on: z.iso.date(),
  kind: z.enum(['red', 'green']),
  list: z.array(z.object({ key: z.string() })).max(3),
  either: z.union([z.string(), z.number()]),
  word: z.literal('word'),
  length: z.string().transform((text) => text.length),
  tree,
})
const loose = strict.extend({
  more: z.string().optional(),
  settled: z.string().default('so'),
  pair: z.tuple([z.string(), z.number()]),
  counts: z.record(z.string(), z.number()),
  shape: z.discriminatedUnion('type', [
    z.object({ type: z.literal('circle'), radius: z.number() }),
    z.object({ type: z.literal('point') }),
  ]),
})
const said = {
  text: 'a',
  size: null,
  on: '2026-01-02',
  kind: 'red',
  list: [{ key: 'k' }],
  either: 4,
  word: 'word',
  length: 'four',
  tree: { name: 'root', children: [{ name: 'leaf', children: [] }] },
}
const saidLoosely = { ...said, pair: ['a', 1], counts: { a: 1 }, shape: { type: 'circle', radius: 2 } }

const providers: [string, () => Model, (text: string) => void][] = [
  ['OpenAI’s chat', () => openaiChat('gpt-x', wire()), (text) => gpt.script(openai.say(text))],
  ['OpenAI’s responses', () => openaiResponses('gpt-x', wire()), (text) => gpt.script(openai.say(text))],
  ['Gemini', () => modelOf(gemini), (text) => gemini.script(google.say(text))],
]

function wire(): { baseURL: string; apiKey: string } {
  return { baseURL: `${gpt.url}/v1`, apiKey: 'test-key-not-secret' }
}

async function objectOf(agent: AgentSettings): Promise<unknown> {
  const end = endOf(await runToEnd(makeTurn([], { maxRetries: 0, ...agent })))
  return end?.error ?? end?.object
}

/** How OpenAI was asked to keep to the schema. */
function asked(): unknown {
  const { body } = gpt.requests.at(-1) ?? {}
  const { text, response_format: format }: { text?: unknown; response_format?: unknown } = body ?? {}
  return format ?? text
}

describe.each(providers)('an object from %s', (name, model, answer) => {
  it('may have a field that is optional, a default, a tuple, a record, and one of several shapes', async () => {
    answer(JSON.stringify(saidLoosely))
    expect(await objectOf({ model: model(), structuredOutput: { schema: loose } })).toEqual({
      ...saidLoosely,
      length: 4,
      settled: 'so',
    })
  })

  it('is asked for strictly where the schema allows it', async () => {
    answer(JSON.stringify(said))
    expect(await objectOf({ model: model(), structuredOutput: { schema: strict } })).toEqual({
      ...said,
      length: 4,
    })
    if (name !== 'Gemini') expect(JSON.stringify(asked())).toContain('"strict":true')
  })
})

it('is asked for as the app says, where it says so', async () => {
  gpt.script(openai.say(JSON.stringify(said)))
  const settings = { providerOptions: { openai: { strictJsonSchema: false, user: 'u' } } }
  const model = openaiChat('gpt-x', wire())
  await objectOf({ model, settings, structuredOutput: { schema: strict } })
  expect(JSON.stringify(asked())).toContain('"strict":false')
  gpt.script(openai.say(JSON.stringify(saidLoosely)))
  const strictly = { providerOptions: { openai: { strictJsonSchema: true } } }
  expect(await objectOf({ model, settings: strictly, structuredOutput: { schema: loose } })).toMatchObject({
    code: 'model_failed',
  })
})
