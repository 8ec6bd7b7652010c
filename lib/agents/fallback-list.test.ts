import { describe, expect, it } from 'vitest'
import type { ScriptedModel } from '../../test/fixtures/scripted-model.ts'
import { scriptedModel } from '../../test/fixtures/scripted-model.ts'
import type { ModelChoice, ModelSpec } from '../models/model.ts'
import { createModelRegistry } from '../models/registry.ts'
import { EdgewiseError } from '../protocol/error.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import { Agent } from './agent.ts'
import { checkModels, resolveModels } from './fallback.ts'
import { resolveAgent } from './resolve.ts'

describe('a list of models', () => {
  const known = scriptedModel([])
  const keyless = (spec: ModelSpec | undefined): ScriptedModel => {
    if (spec === 'known' || spec === known) return known
    throw new EdgewiseError('model_not_configured', `no key for ${String(spec)}`)
  }

  it('is resolved in its order, with the agent’s retries where a model names none', () => {
    const choice: ModelChoice = ['known', { model: known, maxRetries: 0 }, known, { model: 'known' }]
    expect(resolveModels(choice, keyless, 2)).toEqual({
      model: known,
      maxRetries: 2,
      fallbacks: [
        { model: known, maxRetries: 0 },
        { model: known, maxRetries: 2 },
        { model: known, maxRetries: 2 },
      ],
      warnings: [],
    })
  })

  it('does without the models that lack their key, and says so', () => {
    expect(resolveModels(['x/a', 'known', { model: 'x/b' }], keyless, 2)).toEqual({
      model: known,
      maxRetries: 2,
      fallbacks: [],
      warnings: [
        { type: 'warning', code: 'model_skipped', message: 'no key for x/a' },
        { type: 'warning', code: 'model_skipped', message: 'no key for x/b' },
      ],
    })
  })

  it('needs one that can be used', () => {
    const error = expect.objectContaining({
      code: 'model_not_configured',
      message: 'No model can be used: no key for x/a; no key for x/b',
    })
    expect(() => resolveModels(['x/a', 'x/b'], keyless, 2)).toThrow(error)
    expect(() => resolveModels('x/a', keyless, 2)).toThrow('no key for x/a')
  })

  it.each([
    [[], 'the list is empty'],
    [['known', { model: 'known', maxRetries: -1 }], 'maxRetries of model 1 is -1'],
    [[{ model: 'known', maxRetries: 0.5 }], 'maxRetries of model 0 is 0.5'],
  ] as [ModelChoice, string][])('of %j is refused when the agent is made', (model, why) => {
    expect(() => checkModels(model)).toThrow(why)
    expect(() => new Agent({ name: 'A', instructions: '', model })).toThrow(why)
    expect(() => resolveModels(model, keyless, 2)).toThrow(why)
  })

  it('may be decided by the request', async () => {
    const agent = new Agent({
      name: 'A',
      instructions: '',
      model: ({ runtimeContext }) => [
        String(runtimeContext.get('model')),
        { model: 'offline', maxRetries: 0 },
      ],
    })
    const context = new RuntimeContext({ model: 'google/gemini-x' })
    const registry = createModelRegistry({ GOOGLE_AI_API_KEY: 'k' })
    const { model, fallbacks, maxRetries } = await resolveAgent(agent, context, registry)
    expect([model.modelId, maxRetries]).toEqual(['gemini-x', 2])
    expect(fallbacks.map(({ model, maxRetries }) => [model.provider, maxRetries])).toEqual([['offline', 0]])
  })
})
