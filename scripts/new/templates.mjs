// The files that `npm run new` writes: each runs as it is.

/** @typedef {ReturnType<typeof import('./names.mjs').readName>} Name */

/** @type {Record<string, { folder: string, list: string, write: (name: Name) => string }>} */
export const KINDS = {
  agent: { folder: 'app/agents', list: 'agents', write: writeAgent },
  tool: { folder: 'app/tools', list: 'tools', write: writeTool },
  workflow: { folder: 'app/workflows', list: 'workflows', write: writeWorkflow },
}

/** @param {Name} name */
function writeAgent({ variable, title }) {
  return `import { Agent, Memory } from 'edgewise'

export const ${variable} = new Agent({
  name: '${title}',
  description: 'What it is for, in one line',
  instructions: 'You are ${title}. Say what you are asked, briefly.',
  tools: {},
  memory: new Memory({ options: { lastMessages: 20 } }),
})
`
}

/** @param {Name} name */
function writeTool({ file, variable, title }) {
  return `import { createTool } from 'edgewise'
import * as z from 'zod'

export const ${variable} = createTool({
  id: '${file}',
  description: '${title}: what it does, for the model that decides when to call it',
  inputSchema: z.object({ text: z.string().describe('What to work on') }),
  outputSchema: z.object({ text: z.string() }),
  // It changes nothing, so after a crash it may run again. What must not happen twice: remove this line.
  readOnly: true,
  execute: ({ text }) => ({ text }),
})
`
}

/** @param {Name} name */
function writeWorkflow({ file, variable, title }) {
  return `import { createStep, createWorkflow } from 'edgewise'
import * as z from 'zod'

const text = z.object({ text: z.string() })

const trim = createStep({
  id: 'trim',
  inputSchema: text,
  outputSchema: text,
  execute: async ({ inputData }) => ({ text: inputData.text.trim() }),
})

export const ${variable} = createWorkflow({
  id: '${file}',
  description: '${title}: what it does',
  inputSchema: text,
  outputSchema: text,
})
  .then(trim)
  .commit()
`
}
