import { Agent, Memory } from 'edgewise'
import * as z from 'zod'
import { fakeModel } from './fake-model.ts'

/** What the model was shown of each turn, by what was asked. */
export const shown = new Map<string, string>()

/** Notes down what a message of "remember ..." says; answers everything else with "heard". */
const model = fakeModel((prompt) => {
  const last = prompt.at(-1)
  const asked = last?.role === 'user' && last.content[0]?.type === 'text' ? last.content[0].text : ''
  if (asked !== '') shown.set(asked, JSON.stringify(prompt))
  const [, note] = /^remember (.+)/.exec(asked) ?? []
  if (note === undefined) return { text: 'heard' }
  return {
    calls: [{ id: 'c1', name: 'updateWorkingMemory', input: { memory: { notes: { [note]: true } } } }],
  }
})

const schema = z.object({ notes: z.record(z.string(), z.boolean()) })

/** Remembers everything there is to remember, of its owner and of its thread. */
export const rememberers = {
  rememberer: new Agent({
    name: 'rememberer',
    instructions: 'Be exact.',
    model,
    memory: new Memory({
      options: {
        lastMessages: 2,
        semanticRecall: { topK: 1, messageRange: 0 },
        workingMemory: { enabled: true, schema },
        // On a machine that is busy with tests the storage may take long.
        timeoutMs: 10_000,
      },
    }),
  }),
  threadNoter: new Agent({
    name: 'thread-noter',
    instructions: '',
    model,
    memory: new Memory({ options: { workingMemory: { enabled: true, scope: 'thread', schema } } }),
  }),
}
