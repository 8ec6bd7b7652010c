import { describe, expect, it } from 'vitest'
import { startGoogleServer } from '../../test/fixtures/google/index.ts'
import { ask, traceStream } from '../../test/fixtures/openai/trace.ts'
import { scriptedModel } from '../../test/fixtures/scripted-model.ts'
import { EdgewiseError } from '../protocol/error.ts'
import { modelLabel } from './model.ts'
import type { ModelEnv } from './registry.ts'
import { createModelRegistry, defaultModel } from './registry.ts'

/** Provider, as the SDK names it, and model. */
function found(env: ModelEnv, name?: string): [provider: string, model: string] {
  const { provider, modelId } = createModelRegistry(env)(name)
  return [provider, modelId]
}

function refused(env: ModelEnv, name?: string): EdgewiseError {
  try {
    createModelRegistry(env)(name)
  } catch (error) {
    if (error instanceof EdgewiseError) return error
  }
  throw new Error('Cannot read the refusal: there was none')
}

const key = { OPENAI_API_KEY: 'k' }
const endpoint = { OPENAI_BASE_URL: 'http://localhost:1/v1' }
const google = { GOOGLE_GENERATIVE_AI_API_KEY: 'g' }

describe('the model registry', () => {
  it.each([
    [{}, undefined, 'offline'],
    [{}, 'offline', 'offline'],
    [{}, 'offline/any', 'offline'],
    [key, undefined, 'openai.responses/gpt-5.4-mini'],
    [{ ...key, OPENAI_MODEL: 'gpt-x' }, undefined, 'openai.responses/gpt-x'],
    [key, 'openai/gpt-y', 'openai.responses/gpt-y'],
    [endpoint, 'openai/gpt-y', 'openai.chat/gpt-y'],
    [{ ...endpoint, OPENAI_MODEL: 'org/model:8b' }, undefined, 'openai.chat/org/model:8b'],
    [{}, 'ollama/llama3.1:8b', 'ollama.chat/llama3.1:8b'],
    [key, 'offline', 'offline'],
    [google, undefined, 'google.generative-ai/gemini-3.8-flash'],
    [google, 'google/gemini-x', 'google.generative-ai/gemini-x'],
    [{ GOOGLE_AI_API_KEY: 'g' }, 'google/gemini-x', 'google.generative-ai/gemini-x'],
    [{ ...google, ...key }, undefined, 'openai.responses/gpt-5.4-mini'],
  ])('with %j resolves %j to %s', (env, name, expected) => {
    const [provider, model] = found(env, name)
    if (expected === 'offline') expect(modelLabel(createModelRegistry(env)(name))).toMatch(/^offline/)
    else expect(`${provider}/${model}`).toBe(expected)
  })

  it.each(['gpt-5', 'nobody/gpt-5', '', 'toString/x', '__proto__/x', '/x', 'openai', 'openai/'])(
    'does not resolve %j, and says how a model is named',
    (name) => {
      const { code, message } = refused(key, name)
      expect([code, message]).toEqual([
        'model_not_configured',
        `Cannot use model "${name}": write it as provider/model (offline, openai, google, ollama)`,
      ])
    },
  )

  it.each([
    ['openai/gpt-5', 'OPENAI_API_KEY'],
    ['google/gemini-x', 'GOOGLE_GENERATIVE_AI_API_KEY'],
  ])('says for %s which key is missing, and where to set it', (name, secret) => {
    const { code, message } = refused({ GOOGLE_GENERATIVE_AI_BASE_URL: 'http://localhost:1' }, name)
    expect(code).toBe('model_not_configured')
    expect(message).toContain(`${secret} is not set`)
    expect(message).toContain(`wrangler secret put ${secret}`)
  })

  it('speaks to Google, or to the proxy before it, with the key', async () => {
    const server = await startGoogleServer()
    const baseUrl = { GOOGLE_GENERATIVE_AI_BASE_URL: `${server.url}/v1beta` }
    const model = createModelRegistry({ GOOGLE_AI_API_KEY: 'k', ...baseUrl })('google/gemini-x')
    expect(await traceStream(model, ask('hello'))).toContain('text "hello"')
    expect(server.requests).toMatchObject([{ model: 'gemini-x', stream: true, hasKey: true }])
    await server.close()
  })

  it('makes a model once and keeps it', () => {
    const resolve = createModelRegistry(key)
    expect(resolve('openai/a')).toBe(resolve('openai/a'))
    expect(resolve('openai/a')).not.toBe(resolve('openai/b'))
  })

  it('takes a model as it is, unless it is of another specification', () => {
    const model = scriptedModel([])
    const resolve = createModelRegistry({})
    expect(resolve(model)).toBe(model)
    const old = { ...model, specificationVersion: 'v3' }
    // What people of an older AI SDK pass without types.
    expect(() => resolve(old as unknown as typeof model)).toThrow(
      'Cannot use this model: it implements specification v3, v4 is needed (AI SDK 7 providers)',
    )
  })
})

describe('the default model', () => {
  it('is the offline one until a key or an endpoint is set; empty texts set nothing', () => {
    expect(defaultModel({ OPENAI_API_KEY: '', OPENAI_BASE_URL: '', OPENAI_MODEL: 'x' })).toBe('offline')
    expect(defaultModel({ ...key, OPENAI_MODEL: '' })).toBe('openai/gpt-5.4-mini')
    expect(defaultModel({ ...endpoint, OPENAI_MODEL: 'm' })).toBe('openai/m')
    expect(defaultModel({ GOOGLE_GENERATIVE_AI_API_KEY: '', GOOGLE_AI_API_KEY: '' })).toBe('offline')
    expect(defaultModel({ OPENAI_MODEL: 'm', GOOGLE_AI_API_KEY: 'g' })).toBe('google/gemini-3.8-flash')
  })

  it('is the local one where the variables say so, whatever keys are set', () => {
    expect(defaultModel({ ...key, USE_LOCAL_LLM: 'true' })).toBe('ollama/qwen2.5:14b')
    expect(defaultModel({ ...key, USE_LOCAL_LLM: '1', OLLAMA_MODEL: 'llama3.1:8b' })).toBe(
      'ollama/llama3.1:8b',
    )
    for (const no of ['', 'false', '0', 'no']) expect(defaultModel({ USE_LOCAL_LLM: no })).toBe('offline')
  })
})

const named = (provider: string, modelId: string): string =>
  modelLabel({ ...scriptedModel([]), provider, modelId })

it('labels a model by who makes it and its name, not by the API it is spoken to in', () => {
  expect([
    named('openai.responses', 'gpt-5'),
    named('google.generative-ai', 'g'),
    named('test', 'm'),
    named('offline', 'offline'),
  ]).toEqual(['openai/gpt-5', 'google/g', 'test/m', 'offline'])
})
