import type { LanguageModelV4 } from '@ai-sdk/provider'
import { Agent, Edgewise, createTool } from 'edgewise'
import * as z from 'zod'
import { cached, finding } from './cached.ts'
import type { Say } from './fake-model.ts'
import { fakeModel } from './fake-model.ts'
import { planner } from './planner.ts'
import { rememberers } from './rememberer.ts'
import { workflows } from './workflows.ts'

/** What tools did in the world, in order: the idempotency key of each effect. */
export const effects: { tool: string; key: string }[] = []

const amount = z.object({ amount: z.number() })

const charge = createTool({
  id: 'charge',
  description: 'Charges a card',
  inputSchema: amount,
  execute: (_input, { idempotencyKey }) => {
    effects.push({ tool: 'charge', key: idempotencyKey })
    return { charged: true }
  },
})

const lookUp = createTool({
  id: 'look-up',
  description: 'Looks something up',
  inputSchema: amount,
  readOnly: true,
  execute: ({ amount: sum }, { idempotencyKey }) => {
    effects.push({ tool: 'lookUp', key: idempotencyKey })
    return { found: sum * 2 }
  },
})

/** Two parallel pairs of tools, then an answer: each step decided by how many results the prompt holds. */
const teller = fakeModel((prompt) => {
  const turn = prompt.slice(prompt.findLastIndex((message) => message.role === 'user'))
  const results = turn.flatMap((message) => (message.role === 'tool' ? message.content : []))
  if (results.length === 0) return callPair('a')
  if (results.length === 2) return callPair('b')
  const outcomes = results
    .map((part) => (part.type === 'tool-result' ? part.output.type : part.type))
    .join(' ')
  return { text: `all done with ${outcomes}` }
})

function callPair(round: string): Say {
  return {
    calls: [
      { id: `${round}1`, name: 'charge', input: { amount: 1 } },
      { id: `${round}2`, name: 'lookUp', input: { amount: 2 } },
    ],
  }
}

/** Needs a person's word before it is run. */
const wire = createTool({
  id: 'wire',
  description: 'Wires money',
  inputSchema: amount,
  requireApproval: ({ amount: sum }) => sum > 100,
  execute: ({ amount: sum }, { idempotencyKey }) => {
    effects.push({ tool: 'wire', key: idempotencyKey })
    return { wired: sum }
  },
})

/** Asks a person something in the middle of its work. */
const book = createTool({
  id: 'book',
  description: 'Books a room',
  inputSchema: amount,
  suspendSchema: z.object({ question: z.string() }),
  resumeSchema: z.object({ room: z.string().min(1) }),
  execute: async (_input, { suspend, resumeData, idempotencyKey }) => {
    if (!resumeData) return suspend({ question: 'Which room?' })
    effects.push({ tool: 'book', key: idempotencyKey })
    return { booked: resumeData.room }
  },
})

/** Runs where the caller is. */
const locate = createTool({
  id: 'locate',
  description: 'Where the caller is',
  inputSchema: z.object({}),
  outputSchema: z.object({ city: z.string() }),
})

/** Calls the tools that the question names, all at once, then says what came of them. */
const asker = fakeModel((prompt) => {
  const turn = prompt.slice(prompt.findLastIndex((message) => message.role === 'user'))
  const [question, ...rest] = turn
  const asked =
    question?.role === 'user' && question.content[0]?.type === 'text' ? question.content[0].text : ''
  const results = rest.flatMap((message) => (message.role === 'tool' ? message.content : []))
  if (results.length > 0) {
    const outputs = results.map((part) => (part.type === 'tool-result' ? JSON.stringify(part.output) : ''))
    return { text: `came to ${outputs.join(' ')}` }
  }
  const names = ['wire', 'book', 'locate'].filter((name) => asked.includes(name))
  if (names.length === 0) return { text: `heard ${asked}` }
  return { calls: names.map((name) => ({ id: name, name, input: name === 'locate' ? {} : { amount: 500 } })) }
})

/** Says these one after the other, a step a round of tools. */
function inRounds(...steps: Say[]): LanguageModelV4 {
  return fakeModel((prompt) => {
    const turn = prompt.slice(prompt.findLastIndex((message) => message.role === 'user'))
    return steps[turn.filter(({ role }) => role === 'tool').length] ?? { text: 'lost' }
  })
}

const task = { prompt: 'see to it' }

/** Three deep; every model names its calls alike. At the bottom one call that may be made once, one that a person approves. */
const cashier = new Agent({
  name: 'cashier',
  instructions: '',
  model: inRounds(
    {
      calls: [
        { id: 'c1', name: 'charge', input: { amount: 1 } },
        { id: 'c2', name: 'lookUp', input: { amount: 2 } },
      ],
    },
    { calls: [{ id: 'c1', name: 'wire', input: { amount: 500 } }] },
    { text: 'it is paid' },
  ),
  tools: { charge, lookUp, wire },
})

const clerk = new Agent({
  name: 'clerk',
  instructions: '',
  model: inRounds({ calls: [{ id: 'c1', name: 'agent-cashier', input: task }] }, { text: 'it is filed' }),
  agents: { cashier },
})

const scout = new Agent({
  name: 'scout',
  instructions: '',
  model: inRounds({ calls: [{ id: 'c1', name: 'lookUp', input: { amount: 4 } }] }, { text: 'it is seen' }),
  tools: { lookUp },
})

const head = inRounds(
  {
    calls: [
      { id: 'c1', name: 'agent-clerk', input: task },
      { id: 'c2', name: 'agent-scout', input: task },
    ],
  },
  { text: 'all is done' },
)

/** One tool, then an answer. */
const single = fakeModel((prompt) => {
  if (prompt.at(-1)?.role === 'tool') return { text: 'done' }
  return { calls: [{ id: 'c1', name: 'lookUp', input: { amount: 1 } }] }
})

/** Speaks JSON, in several pieces. */
const json = fakeModel((prompt) => {
  const last = prompt.at(-1)
  const asked = last?.role === 'user' && last.content[0]?.type === 'text' ? last.content[0].text : ''
  return {
    text: asked === 'fits' ? '{ "city": "Bern", "people": 7 }' : '{ "city": "Bern", "people": "many" }',
  }
})

const words = fakeModel((prompt) => {
  const last = prompt.at(-1)
  const asked = last?.role === 'user' && last.content[0]?.type === 'text' ? last.content[0].text : ''
  const count = Number(/\d+/.exec(asked)?.[0] ?? 3)
  return { text: Array.from({ length: count }, (_, i) => `word${i}`).join(' ') }
})

export default new Edgewise({
  agents: {
    teller: new Agent({
      name: 'teller',
      instructions: 'Be exact.',
      model: teller,
      tools: { charge, lookUp },
    }),
    asker: new Agent({ name: 'asker', instructions: '', model: asker, tools: { wire, book, locate } }),
    head: new Agent({ name: 'head', instructions: '', model: head, agents: { clerk, scout } }),
    json: new Agent({ name: 'json', instructions: '', model: json }),
    single: new Agent({ name: 'single', instructions: 'Be exact.', model: single, tools: { lookUp } }),
    words: new Agent({ name: 'words', instructions: '', model: words }),
    planner,
    ...rememberers,
    ...cached,
  },
  workflows: { ...workflows, finding },
  // On a machine that is busy with tests the storage may take long.
  cache: { timeoutMs: 10_000 },
  logger: { level: 'error' },
})
