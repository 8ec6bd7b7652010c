import type { Edgewise } from 'edgewise'
import { Agent, Memory, createTool } from 'edgewise'
import * as z from 'zod'

/** Keeps what somebody prefers, as a fact of theirs. */
const savePreference = (app: () => Edgewise) =>
  createTool({
    id: 'save-preference',
    description: 'Save a preference of the user, such as a theme',
    inputSchema: z.object({ key: z.string(), value: z.string() }),
    effect: 'retry',
    execute: async ({ key, value }, { resourceId = 'default' }) => {
      const { memory } = app().getAgent('noter')
      await memory.store('user_preference', key, value, { resourceId })
      return { stored: await memory.retrieve('user_preference', key, { resourceId }) }
    },
  })

/** `app` is asked for when a tool runs: it is made of them. */
export const keepers = (app: () => Edgewise) => ({
  /** Answers and recalls with no network. On a machine that is busy with tests the storage may take long. */
  keeper: new Agent({
    name: 'keeper',
    instructions: 'Help the user.',
    model: 'offline',
    memory: new Memory({ embedder: 'offline', options: { semanticRecall: true, timeoutMs: 10_000 } }),
  }),
  /** Keeps working memory and facts by its tools; what answers it is what the environment configures. */
  noter: new Agent({
    name: 'noter',
    instructions: 'Be exact.',
    tools: { savePreference: savePreference(app) },
    memory: new Memory({ options: { workingMemory: { enabled: true, template: '# Name:' } } }),
  }),
})
