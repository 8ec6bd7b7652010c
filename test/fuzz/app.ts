import { Agent, Edgewise, Memory, createOfflineModel, createStep, createTool, createWorkflow } from 'edgewise'
import * as z from 'zod'

/** It answers at once, whatever it is asked. */
const model = createOfflineModel({ delayMs: 0 })
const inputSchema = z.object({ amount: z.number().default(1) })

const add = createTool({
  id: 'add',
  description: 'Adds numbers',
  inputSchema,
  readOnly: true,
  execute: ({ amount }) => ({ sum: amount + 1 }),
})

const wire = createTool({
  id: 'wire',
  description: 'Wires money',
  inputSchema,
  requireApproval: true,
  execute: ({ amount }) => ({ wired: amount }),
})

const book = createTool({
  id: 'book',
  description: 'Books a room',
  inputSchema,
  suspendSchema: z.object({ question: z.string() }),
  resumeSchema: z.object({ room: z.string() }),
  execute: async (_input, { suspend, resumeData }) => resumeData ?? suspend({ question: 'Which room?' }),
})

const locate = createTool({
  id: 'locate',
  description: 'Locates the caller',
  inputSchema: z.object({}),
  outputSchema: z.object({ city: z.string() }),
})

const fail = createTool({
  id: 'explode',
  description: 'Explodes',
  inputSchema,
  execute: () => {
    throw new TypeError('it exploded')
  },
})

const ask = createStep({
  id: 'ask',
  inputSchema,
  outputSchema: z.object({ room: z.string() }),
  suspendSchema: z.object({ question: z.string() }),
  resumeSchema: z.object({ room: z.string() }),
  execute: async ({ inputData, resumeData, suspend }) =>
    inputData.amount > 1 && !resumeData
      ? suspend({ question: 'Which room?' })
      : { room: resumeData?.room ?? 'any' },
})

const flow = createWorkflow({ id: 'flow', inputSchema, outputSchema: z.object({ room: z.string() }) })
  .then(ask)
  .waitForEvent('room', { schema: inputSchema, timeoutMs: 60_000 })
  .map(() => ({ room: 'any' }))
  .commit()

/** An app whose agents do all that can be asked of one: tools that work, fail, ask a person, ask the client. */
export default new Edgewise({
  agents: {
    adder: new Agent({ name: 'Adder', instructions: 'Add.', model, tools: { add, fail } }),
    asker: new Agent({ name: 'Asker', instructions: 'Ask.', model, tools: { wire, book, locate, add } }),
    told: new Agent({
      name: 'Told',
      instructions: 'Add.',
      model,
      tools: { add },
      logger: { level: 'debug' },
    }),
    plain: new Agent({
      name: 'Plain',
      instructions: () => 'Say something short.',
      model,
      memory: new Memory({
        embedder: 'offline',
        options: { semanticRecall: true, workingMemory: { enabled: true } },
      }),
    }),
  },
  tools: { add, wire },
  workflows: { flow },
  logger: { level: 'error' },
})
