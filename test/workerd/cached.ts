import type { LanguageModelV4 } from '@ai-sdk/provider'
import { Agent, createStep, createTool, createWorkflow } from 'edgewise'
import * as z from 'zod'
import { wait } from '../../lib/streams/wait.ts'
import { fakeModel } from './fake-model.ts'

/** What was asked of the model, and of the tool, in order. Shared by the tests and the objects: they run in one isolate. */
export const asked: string[] = []

/** While it is shut the model has no answer to a question that begins with `slow`. Each object looks for itself. */
export const gate = { isShut: false }

const said = fakeModel((prompt) => {
  const turn = prompt.slice(prompt.findLastIndex(({ role }) => role === 'user'))
  const [question] = turn
  const text =
    question?.role === 'user' && question.content[0]?.type === 'text' ? question.content[0].text : ''
  const results = turn.filter(({ role }) => role === 'tool').length
  asked.push(`model ${text} ${results}`)
  if (results > 0 || !text.startsWith('look'))
    return { text: `This is what I know of ${text}, and it is all that I know.` }
  return { calls: [{ id: 'c1', name: 'find', input: { what: text } }] }
})

const model: LanguageModelV4 = {
  ...said,
  doStream: async (options) => {
    const { stream } = await said.doStream(options)
    if (JSON.stringify(options.prompt).includes('"slow')) while (gate.isShut) await wait(5)
    return { stream }
  },
}

const find = createTool({
  id: 'find',
  description: 'Finds something',
  inputSchema: z.object({ what: z.string() }),
  readOnly: true,
  cache: { ttlMs: 60_000 },
  execute: ({ what }) => {
    asked.push(`tool ${what}`)
    return { found: what }
  },
})

export const cached = {
  cached: new Agent({
    name: 'cached',
    instructions: '',
    model,
    tools: { find },
    cache: { ttlMs: 60_000 },
    settings: { temperature: 0 },
  }),
  shared: new Agent({ name: 'shared', instructions: '', model, cache: { scope: 'global' } }),
  uncached: new Agent({ name: 'uncached', instructions: '', model, tools: { find } }),
}

const found = z.object({ found: z.string() })

/** A workflow whose step is the tool. */
export const finding = createWorkflow({
  id: 'finding',
  inputSchema: z.object({ what: z.string() }),
  outputSchema: found,
})
  .then(createStep(find))
  .commit()
