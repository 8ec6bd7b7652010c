import { createOpenAI } from '@ai-sdk/openai'
import type { AgentOptions } from 'edgewise'
import { Agent, Edgewise } from 'edgewise'
import { loneTools, tools, waitingTools } from './tools.ts'
import { workflows } from './workflows.ts'

/** A model behind an address that comes with the request, in either of OpenAI's dialects. */
const wiredModel: AgentOptions['model'] = ({ runtimeContext }) => {
  const openai = createOpenAI({ baseURL: String(runtimeContext.get('model')), apiKey: 'test-key-not-secret' })
  return runtimeContext.get('api') === 'responses' ? openai.responses('m') : openai.chat('m')
}

const instructions = 'Be exact.'

export default new Edgewise({
  agents: {
    /** What answers it is what the environment configures. */
    clerk: new Agent({ name: 'clerk', instructions, tools }),
    asker: new Agent({ name: 'asker', instructions, tools: waitingTools }),
    wired: new Agent({ name: 'wired', instructions, tools, model: wiredModel }),
    impatient: new Agent({
      name: 'impatient',
      instructions,
      model: wiredModel,
      maxRetries: 1,
      timeout: { chunkMs: 400 },
    }),
  },
  tools: loneTools,
  workflows,
  logger: { level: 'error' },
})
