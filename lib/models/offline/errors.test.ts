import { generateText, isStepCount, tool } from 'ai'
import type { ModelMessage, ToolSet } from 'ai'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createOfflineModel } from './model.ts'

// Tools that fail, driven through the AI SDK.

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

const failing = (failure: (input: { city: string; unit: string; days: number }) => string | undefined) => ({
  getWeather: tool({
    description: 'Get the weather for a city',
    inputSchema: z.object({ city: z.string(), unit: z.string(), days: z.number() }),
    execute: (input) => {
      const message = failure(input)
      if (message) throw new Error(message)
      return { conditions: `sunny in ${input.unit}` }
    },
  }),
})

describe('failing tools', () => {
  it('tries once more with a value that the error allows', async () => {
    const tools = failing(({ unit }) =>
      unit === 'metric' ? undefined : "unit must be one of 'metric', 'imperial'",
    )
    const { calls, text } = await run(tools, 'weather in Rome for 2 days')
    expect(calls.map(([, , input]) => input)).toEqual([
      { city: 'Rome', unit: expect.any(String), days: 2 },
      { city: 'Rome', unit: 'metric', days: 2 },
    ])
    expect(text).toContain('sunny in metric')
    expect(text).not.toContain('did not work')
  })

  it('keeps to a bound that the error names', async () => {
    const tools = failing(({ days }) => (days > 5 ? 'days must be at most 5' : undefined))
    const { calls } = await run(tools, 'weather in Rome for 12 days')
    expect(calls.map(([, , input]) => input)).toMatchObject([{ days: 12 }, { days: 5 }])
  })

  it('says so and does not repeat itself when an error says nothing', async () => {
    const { calls, text } = await run(
      failing(() => 'socket hang up'),
      'weather in Rome for 2 days',
    )
    expect(calls.length).toBe(1)
    expect(text).toBe('**Get weather** did not work: socket hang up')
  })

  it('gives up after one correction', async () => {
    const { calls, text } = await run(
      failing(() => 'city must be one of Oslo, Bergen'),
      'weather in Rome for 2 days',
    )
    expect(calls.map(([, , input]) => input)).toMatchObject([{ city: 'Rome' }, { city: 'Oslo' }])
    expect(text).toContain('did not work')
  })

  it('mends arguments that the schema itself refused', async () => {
    const schema = z
      .object({ city: z.string() })
      .refine(({ city }) => city === 'Oslo', { path: ['city'], message: "must be one of 'Oslo'" })
    const tools = {
      getWeather: tool({
        description: 'Weather for a city',
        inputSchema: schema,
        execute: () => ({ conditions: 'rain' }),
      }),
    }
    const { calls, text } = await run(tools, 'weather in Rome')
    expect(calls.at(-1)?.[2]).toEqual({ city: 'Oslo' })
    expect(text).toContain('rain')
  })

  it('goes on with the other tools', async () => {
    const tools = {
      ...city,
      getTime: tool({
        description: 'Tell the time in a city',
        inputSchema: z.object({ city: z.string() }),
        execute: ({ city }): string => {
          throw new Error(`no clock in ${city}`)
        },
      }),
    }
    const { text } = await run(tools, "What's the weather in Rome and what time is it in Tokyo?")
    expect(text).toContain('sunny')
    expect(text).toContain('**Get time** did not work: no clock in Tokyo')
  })
})
