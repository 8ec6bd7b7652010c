import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createTool } from '../tools/tool.ts'
import { agentsFrom } from './agents-from.ts'

const rollDice = createTool({
  id: 'roll-dice',
  description: 'Rolls',
  inputSchema: z.object({}),
  execute: () => ({}),
})
const from = (config: unknown) => agentsFrom(config, { file: 'app/agents.yaml', tools: { rollDice } })

describe('agents from a file', () => {
  it('are those of code', () => {
    const { support } = from({
      agents: {
        support: {
          name: 'Support',
          instructions: 'Help.',
          model: 'openai/gpt-5',
          tools: ['rollDice'],
          memory: { lastMessages: 4 },
          maxSteps: 3,
          settings: { temperature: 0.2 },
        },
      },
    })
    expect(support).toMatchObject({ id: 'support', name: 'Support' })
    expect(support?.options).toMatchObject({
      instructions: 'Help.',
      model: 'openai/gpt-5',
      tools: { rollDice },
      memory: { settings: { lastMessages: 4 } },
      maxSteps: 3,
      settings: { temperature: 0.2 },
    })
  })

  it('may be one, with a model by its own name', () => {
    const agents = from({ agent: { name: 'Configured agent', model: 'gpt-4o' } })
    expect(Object.keys(agents)).toEqual(['configuredAgent'])
    expect(agents['configuredAgent']?.options.model).toBe('openai/gpt-4o')
    expect(from({ agent: { name: 'G', model: 'gemini-3.8-flash' } })['g']?.options.model).toBe(
      'google/gemini-3.8-flash',
    )
  })

  it('leave to their defaults what the file does not say', () => {
    expect(Object.keys(from({ agents: { a: { name: 'A' } } })['a']?.options ?? {}).toSorted()).toEqual([
      'instructions',
      'name',
      'tools',
    ])
  })

  it.each([
    [{ agents: { a: {} } }, 'agents.a.name: '],
    [{ agents: { a: { name: 'A', instrutions: 'x' } } }, 'agents.a.instrutions is no field here'],
    [
      { agents: { a: { name: 'A', tools: ['rollDice', 'fly'] } } },
      'agents.a.tools[1]: there is no tool "fly" (have: rollDice)',
    ],
    [{ agents: { a: { name: 'A', tools: ['__proto__'] } } }, 'agents.a.tools[0]: there is no tool'],
    [{ agents: { a: { name: 'A', maxSteps: 0 } } }, 'agents.a.maxSteps: '],
    [{ agents: { a: { name: 'A', settings: { topP: 7 } } } }, 'agents.a.settings.topP: '],
    [{ agents: { a: { name: 'A', id: 'a b' } } }, 'agents.a: Cannot create agent "A"'],
    [
      { agents: { a: { name: 'A', memory: { type: 'libsql' } } } },
      'agents.a.memory.type is no field here: the thread itself',
    ],
    [
      { agent: { name: 'A', voice: { provider: 'openai' } } },
      'agent.voice is no field here: voices are set in code',
    ],
    [{ agents: [] }, 'agents: '],
    [{}, 'agents: '],
    [null, 'the file: '],
  ])('are refused with the file and the field: %j', (config, says) => {
    expect(() => from(config)).toThrow(TypeError)
    expect(() => from(config)).toThrow(`Cannot read app/agents.yaml: ${says}`)
  })
})
