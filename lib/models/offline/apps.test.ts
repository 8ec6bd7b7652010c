import { generateText, isStepCount, streamText, tool } from 'ai'
import type { ModelMessage, ToolSet } from 'ai'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createOfflineModel } from './model.ts'

// Whole apps that the model has never seen, driven through the AI SDK.

const model = createOfflineModel()

interface Run {
  readonly calls: readonly (readonly [step: number, name: string, input: unknown])[]
  readonly text: string
  readonly messages: readonly ModelMessage[]
}

async function run(tools: ToolSet, talk: string | readonly ModelMessage[], instructions = ''): Promise<Run> {
  const messages: ModelMessage[] = typeof talk === 'string' ? [{ role: 'user', content: talk }] : [...talk]
  const result = await generateText({
    model,
    tools,
    messages,
    stopWhen: isStepCount(6),
    ...(instructions && { instructions }),
  })
  const calls = result.steps.flatMap(({ toolCalls }, step) =>
    toolCalls.map(({ toolName, input }) => [step, toolName, input] as const),
  )
  const replies = result.steps.flatMap(({ response }) => response.messages)
  return { calls, text: result.text, messages: [...messages, ...replies] }
}

const then = (before: Run, content: string): ModelMessage[] => [...before.messages, { role: 'user', content }]

const shop = {
  lookupOrder: tool({
    description: 'Look up an order by its number',
    inputSchema: z.object({ orderNumber: z.string() }),
    execute: ({ orderNumber }) => ({
      orderId: `ord-${orderNumber}`,
      customer: 'Ada',
      items: ['lamp', 'chair'],
    }),
  }),
  quoteRefund: tool({
    description: 'Work out what the refund of an order would pay',
    inputSchema: z.object({ orderId: z.string() }),
    execute: ({ orderId }) => ({ quoteId: `quote-${orderId}`, amountUsd: 99 }),
  }),
  issueRefund: tool({
    description: 'Pay out a quoted refund',
    inputSchema: z.object({ quoteId: z.string() }),
    execute: ({ quoteId }) => ({ refundId: 'r-1', status: 'paid', quote: quoteId }),
  }),
}

describe('a shop', () => {
  it('looks up, quotes and refunds an order, ids passed along', async () => {
    const { calls, text } = await run(shop, 'Please refund order A-1043')
    expect(calls).toEqual([
      [0, 'lookupOrder', { orderNumber: 'A-1043' }],
      [1, 'quoteRefund', { orderId: 'ord-A-1043' }],
      [2, 'issueRefund', { quoteId: 'quote-ord-A-1043' }],
    ])
    expect(text).toContain('**Status:** paid')
  })

  it('pays nothing out when only asked what it would be', async () => {
    const { calls, text } = await run(shop, 'How much would the refund for order A-1043 be?')
    expect(calls.map(([, name]) => name)).toEqual(['quoteRefund'])
    expect(text).toContain('**Amount:** 99 USD')
  })

  it('looks up two orders in one step', async () => {
    const { calls } = await run(shop, 'Look up the orders A-1 and B-2')
    expect(calls).toEqual([
      [0, 'lookupOrder', { orderNumber: 'A-1' }],
      [0, 'lookupOrder', { orderNumber: 'B-2' }],
    ])
  })

  it('asks for what it cannot know, and goes on from the reply', async () => {
    const first = await run(shop, 'Where is my order?')
    expect(first.calls).toEqual([])
    expect(first.text).toBe('To look up order I need the **order number**.')
    const second = await run(shop, then(first, 'A-77'))
    expect(second.calls).toEqual([[0, 'lookupOrder', { orderNumber: 'A-77' }]])
  })

  it('goes on with what an earlier turn has found', async () => {
    const first = await run(shop, 'Look up order A-5')
    const second = await run(shop, then(first, 'Quote the refund for it'))
    expect(second.calls).toEqual([[0, 'quoteRefund', { orderId: 'ord-A-5' }]])
  })
})

const travel = {
  geocode: tool({
    description: 'Find the coordinates of a place by its name',
    inputSchema: z.object({ place: z.string() }),
    execute: ({ place }) => ({ name: place, latitude: 59.91, longitude: 10.75 }),
  }),
  forecast: tool({
    description: 'Weather forecast for coordinates',
    inputSchema: z.object({
      latitude: z.number(),
      longitude: z.number(),
      days: z.number().int().max(7).default(3),
    }),
    execute: ({ days }) => ({ temperatureC: 4, conditions: 'rain', days }),
  }),
  packingList: tool({
    description: 'What to pack for a trip',
    inputSchema: z.object({ temperatureC: z.number(), conditions: z.string(), days: z.number().int() }),
    execute: () => ({ items: ['umbrella', 'wool socks'] }),
  }),
}

describe('a travel app', () => {
  it('finds the way from a place to a packing list by what each tool needs', async () => {
    const { calls, text } = await run(travel, 'What should I pack for 5 days in Oslo?')
    expect(calls).toEqual([
      [0, 'geocode', { place: 'Oslo' }],
      [1, 'forecast', { latitude: 59.91, longitude: 10.75, days: 5 }],
      [2, 'packingList', { temperatureC: 4, conditions: 'rain', days: 5 }],
    ])
    expect(text).toBe('**Packing list**\n\n- **Items:** umbrella, wool socks')
  })
})

const city = {
  getWeather: tool({
    description: 'Get the current weather for a city',
    inputSchema: z.object({ city: z.string(), unit: z.enum(['celsius', 'fahrenheit']).optional() }),
    execute: ({ city }) => ({ city, temperatureC: 21, conditions: 'sunny' }),
  }),
  getTime: tool({
    description: 'Tell the time in a city',
    inputSchema: z.object({ city: z.string() }),
    execute: ({ city }) => ({ city, time: '12:00' }),
  }),
  calculator: tool({
    description: 'Evaluate arithmetic',
    inputSchema: z.object({ expression: z.string() }),
    execute: () => ({ result: 84 }),
  }),
}

describe('small tools', () => {
  it('calls several that do not wait for each other in one step, each with its own clause', async () => {
    const { calls, text } = await run(city, "What's the weather in Rome and what time is it in Tokyo?")
    expect(calls).toEqual([
      [0, 'getWeather', { city: 'Rome' }],
      [0, 'getTime', { city: 'Tokyo' }],
    ])
    expect(text).toContain('### Weather: Rome')
    expect(text).toContain('### Time: Tokyo')
  })

  it('calls one tool for each listed name', async () => {
    const { calls } = await run(city, 'Weather in Rome, Paris and Oslo')
    expect(calls.map(([, , input]) => input)).toEqual([{ city: 'Rome' }, { city: 'Paris' }, { city: 'Oslo' }])
  })

  it('answers an elliptic follow-up with the same tool and the changed argument', async () => {
    const first = await run(city, "What's the weather in Paris in fahrenheit?")
    const second = await run(city, then(first, 'and in Rome?'))
    expect(second.calls).toEqual([[0, 'getWeather', { city: 'Rome', unit: 'fahrenheit' }]])
    const third = await run(city, then(second, 'what about Oslo?'))
    expect(third.calls).toEqual([[0, 'getWeather', { city: 'Oslo', unit: 'fahrenheit' }]])
  })

  it('follows up even where the history kept only texts', async () => {
    const { calls } = await run(city, [
      { role: 'user', content: 'weather in Paris in fahrenheit' },
      { role: 'assistant', content: 'Sunny.' },
      { role: 'user', content: 'and in Rome?' },
    ])
    expect(calls).toEqual([[0, 'getWeather', { city: 'Rome', unit: 'fahrenheit' }]])
  })

  it('sees an expression as work for the calculator', async () => {
    const { calls } = await run(city, 'What is 12 * 7?')
    expect(calls).toEqual([[0, 'calculator', { expression: '12 * 7' }]])
  })

  it.each([
    'Hello!',
    'thanks a lot',
    'How are you?',
    'ok',
    'bye',
    'Tell me a joke about cats',
    'My name is Ada',
  ])('calls nothing for "%s"', async (text) => {
    expect((await run(city, text)).calls).toEqual([])
  })

  it('calls none that the request forbids', async () => {
    const mail = {
      sendEmail: tool({
        description: 'Send an email',
        inputSchema: z.object({ to: z.email() }),
        execute: () => 1,
      }),
    }
    const { calls } = await run({ ...city, ...mail }, "Weather in Rome, but don't send an email to ann@x.org")
    expect(calls).toEqual([[0, 'getWeather', { city: 'Rome' }]])
  })
})

const requirement = z.object({ requirement: z.string() })
const design = z.object({ domain: z.string(), features: z.array(z.string()) })
const advisor = {
  analyzeRequirements: tool({
    description: 'Extracts domain, features and scale from requirements',
    inputSchema: requirement,
    execute: () => ({ domain: 'ride-sharing', features: ['tracking', 'payments'], scale: 'large' }),
  }),
  generateServerlessDiagram: tool({
    description: 'Draws an AWS Lambda architecture',
    inputSchema: design,
    execute: () => ({ mermaidCode: 'graph TB\n  API --> Lambda' }),
  }),
  compareArchitectures: tool({
    description: 'Side-by-side trade-off analysis',
    inputSchema: z.object({ domain: z.string(), scale: z.enum(['small', 'large']) }),
    execute: () => ({
      matrix: [
        { dimension: 'Cost', serverless: 8, microservices: 5 },
        { dimension: 'Scale', serverless: 9, microservices: 9 },
      ],
      recommendation: 'Take serverless, because the traffic varies.',
    }),
  }),
}

describe('an advisor', () => {
  const request = 'A ride-sharing app for 100k daily users with real-time tracking and payments'
  const names = ['analyzeRequirements', 'generateServerlessDiagram', 'compareArchitectures']

  it('works through the tools that the instructions name', async () => {
    const { calls, text } = await run(advisor, request, `First ${names.join(', then ')}.`)
    expect(calls).toEqual([
      [0, 'analyzeRequirements', { requirement: request }],
      [1, 'generateServerlessDiagram', { domain: 'ride-sharing', features: ['tracking', 'payments'] }],
      [1, 'compareArchitectures', { domain: 'ride-sharing', scale: 'large' }],
    ])
    expect(text).toContain('```mermaid\ngraph TB\n  API --> Lambda\n```')
    expect(text).toContain(
      '| Dimension | Serverless | Microservices |\n| --- | --- | --- |\n| Cost | 8 | 5 |',
    )
    expect(text).toContain('Take serverless, because the traffic varies.')
  })

  it('finds its way without instructions from a brief', async () => {
    const { calls } = await run(advisor, request)
    expect(calls.map(([, name]) => name)).toEqual(names)
  })
})

const garden = {
  readBrief: tool({
    description: 'Works out a plan from what a garden is to have',
    inputSchema: z.object({ brief: z.string() }),
    execute: ({ brief }) => ({ plan: `plan of ${brief.length}`, style: 'cottage' }),
  }),
  drawBeds: tool({
    description: 'Draws the flower beds and the paths',
    inputSchema: z.object({ plan: z.string() }),
    execute: ({ plan }) => ({ drawing: `beds for ${plan}` }),
  }),
  quotePlants: tool({
    description: 'Gives the price of plants and soil',
    inputSchema: z.object({ plan: z.string() }),
    execute: ({ plan }) => ({ totalEur: plan.length }),
  }),
}

const planOf = (text: string) => `plan of ${text.length}`

const inputs = ({ calls }: Run) => calls.map(([, name, input]) => [name, input])

describe('a brief that is worked on over several turns', () => {
  const instructions = 'First readBrief, then drawBeds, then quotePlants.'
  const brief = 'A small garden with roses and a pond that children cannot fall into'
  const begun = () => run(garden, brief, instructions)

  it('goes through all tools, though a word of the brief stands in the description of one', async () => {
    expect(inputs(await begun())).toEqual([
      ['readBrief', { brief }],
      ['drawBeds', { plan: planOf(brief) }],
      ['quotePlants', { plan: planOf(brief) }],
    ])
  })

  it('asks one tool again with what is known, whether the request points back or not', async () => {
    for (const request of ['Now show me the beds', 'Show me the beds', 'the beds']) {
      const again = await run(garden, then(await begun(), request), instructions)
      expect(inputs(again)).toEqual([['drawBeds', { plan: planOf(brief) }]])
    }
  })

  it('reads the brief with its change, and then only asks again what was asked last', async () => {
    const second = await run(garden, then(await begun(), 'Now show me the beds'), instructions)
    const third = await run(garden, then(second, 'Add lavender'), instructions)
    const changed = `${brief}. Add lavender`
    expect(inputs(third)).toEqual([
      ['readBrief', { brief: changed }],
      ['drawBeds', { plan: planOf(changed) }],
    ])
    const fourth = await run(garden, then(third, 'Without the pond, please'), instructions)
    expect(inputs(fourth)[0]).toEqual(['readBrief', { brief: `${changed}. Without the pond, please` }])
  })

  it('reads the brief again for a question that changes it', async () => {
    const asked = 'What price would it have with twice the roses?'
    const second = await run(garden, then(await begun(), asked), instructions)
    const changed = `${brief}. ${asked}`
    expect(inputs(second)).toEqual([
      ['readBrief', { brief: changed }],
      ['quotePlants', { plan: planOf(changed) }],
    ])
  })

  it('takes a new brief for a new one', async () => {
    const fresh = 'A kitchen garden that feeds a family of five'
    const second = await run(garden, then(await begun(), fresh), instructions)
    expect(inputs(second)).toEqual([
      ['readBrief', { brief: fresh }],
      ['drawBeds', { plan: planOf(fresh) }],
      ['quotePlants', { plan: planOf(fresh) }],
    ])
  })
})

describe('a chain that is gone through again', () => {
  it('takes new values from the first tool, not the old arguments', async () => {
    const first = await run(travel, 'Weather forecast for Oslo')
    const second = await run(travel, then(first, 'and in Bergen?'))
    expect(second.calls).toEqual([
      [0, 'geocode', { place: 'Bergen' }],
      [1, 'forecast', { latitude: 59.91, longitude: 10.75, days: 3 }],
    ])
  })
})

const office = {
  listTasks: tool({
    description: 'List all tasks',
    inputSchema: z.object({ status: z.enum(['open', 'done']).optional() }),
    execute: () => [
      { id: 1, title: 'milk', done: false },
      { id: 2, title: 'bread', done: true },
    ],
  }),
  addTask: tool({
    description: 'Add a task to the list',
    inputSchema: z.object({ title: z.string(), priority: z.enum(['low', 'high']).optional() }),
    execute: ({ title }) => ({ id: 3, title }),
  }),
  sendEmail: tool({
    description: 'Send an email',
    inputSchema: z.object({ to: z.email(), subject: z.string(), body: z.string() }),
    execute: () => ({ sent: true }),
  }),
  searchDocs: tool({
    description: 'Search the documentation for passages',
    inputSchema: z.object({ query: z.string(), limit: z.number().int().max(10).default(3) }),
    execute: () => ({ answer: 'A Durable Object keeps its state.' }),
  }),
}

describe('an office', () => {
  it('writes an array of equal objects as a table', async () => {
    const { text } = await run(office, 'Show my tasks')
    expect(text).toBe(
      '**Tasks**\n\n| ID | Title | Done |\n| --- | --- | --- |\n| 1 | milk | no |\n| 2 | bread | yes |',
    )
  })

  it('takes what a command carries', async () => {
    const { calls } = await run(office, 'Add buy milk to my task list, high priority')
    expect(calls).toEqual([[0, 'addTask', { title: 'buy milk', priority: 'high' }]])
  })

  it('waits for a result that a later tool is to pass on', async () => {
    const { calls } = await run(office, 'List my tasks and email them to ann@y.org')
    expect(calls.map(([step, name]) => [step, name])).toEqual([
      [0, 'listTasks'],
      [1, 'sendEmail'],
    ])
    expect(calls[1]?.[2]).toMatchObject({ to: 'ann@y.org', body: expect.stringContaining('bread') })
  })

  it('takes a question that nothing else takes to the search', async () => {
    const { calls, text } = await run(office, 'What is a Durable Object?')
    expect(calls).toEqual([[0, 'searchDocs', { query: 'What is a Durable Object?', limit: 3 }]])
    expect(text).toBe('A Durable Object keeps its state.')
  })
})

describe('streaming through the SDK', () => {
  it('gives the same calls and the same text as generating', async () => {
    const prompt = 'Please refund order A-1043'
    const streamed = streamText({ model, tools: shop, prompt, stopWhen: isStepCount(6) })
    const text = await streamed.text
    const steps = await streamed.steps
    const generated = await run(shop, prompt)
    expect(text).toBe(generated.text)
    expect(steps.flatMap(({ toolCalls }) => toolCalls.map(({ input }) => input))).toEqual(
      generated.calls.map(([, , input]) => input),
    )
  })

  it('never makes more than eight calls in a turn', async () => {
    const names = 'Rome, Paris, Oslo, Bern, Wien, Riga, Kyiv, Lima, Cairo and Delhi'
    const { calls } = await run(city, `weather in ${names}`)
    expect(calls.length).toBe(8)
  })
})
