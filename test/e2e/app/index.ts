import { createOpenAI } from '@ai-sdk/openai'
import type { AgentOptions } from 'edgewise'
import { Agent, Edgewise } from 'edgewise'
import { keepers } from './keeper.ts'
import { cachedTools, loneTools, tools, waitingTools } from './tools.ts'
import { workflows } from './workflows.ts'

/** A model behind an address that comes with the request, in either of OpenAI's dialects. */
const wiredModel: AgentOptions['model'] = ({ runtimeContext }) => {
  const openai = createOpenAI({ baseURL: String(runtimeContext.get('model')), apiKey: 'test-key-not-secret' })
  return runtimeContext.get('api') === 'responses' ? openai.responses('m') : openai.chat('m')
}

/** Two models of one address: the second is asked where the first fails. */
const twoModels: AgentOptions['model'] = ({ runtimeContext }) => {
  const openai = createOpenAI({ baseURL: String(runtimeContext.get('model')), apiKey: 'test-key-not-secret' })
  return [openai.chat('first'), openai.chat('second')]
}

const instructions = 'Be exact.'

/** Three deep. */
const deputy = new Agent({ name: 'deputy', instructions, tools: { ...tools, ...waitingTools } })
const chief = new Agent({ name: 'chief', instructions, tools, agents: { deputy } })

const app: Edgewise = new Edgewise({
  agents: {
    /** What answers it is what the environment configures. */
    clerk: new Agent({ name: 'clerk', instructions, tools }),
    /** Started by the code itself once a year. */
    early: new Agent({
      name: 'early',
      instructions,
      schedule: { cron: '0 3 1 1 *', timezone: 'Europe/Berlin', prompt: 'Good morning' },
    }),
    asker: new Agent({ name: 'asker', instructions, tools: waitingTools }),
    wired: new Agent({ name: 'wired', instructions, tools, model: wiredModel }),
    /** What it was asked before it says again. */
    frequent: new Agent({
      name: 'frequent',
      instructions,
      tools: cachedTools,
      model: wiredModel,
      cache: true,
    }),
    boss: new Agent({ name: 'boss', instructions, tools, agents: { chief, deputy } }),
    twofold: new Agent({ name: 'twofold', instructions, tools, model: twoModels, maxRetries: 0 }),
    impatient: new Agent({
      name: 'impatient',
      instructions,
      model: wiredModel,
      maxRetries: 1,
      // Longer than a machine that is busy with tests may keep the model's server from answering.
      timeout: { chunkMs: 2000 },
    }),
    ...keepers(() => app),
  },
  tools: loneTools,
  workflows,
  // On a machine that is busy with tests the storage may take long.
  cache: { timeoutMs: 10_000 },
  logger: { level: 'error' },
})

export default app
