import { generateText, isStepCount, tool } from 'ai'
import type { ModelMessage, ToolSet } from 'ai'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createOfflineModel } from './model.ts'

// One request each to many small apps, driven through the AI SDK.

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

const answering = (value: unknown) => () => value

const people = {
  find_employee: tool({
    description: 'Find an employee by name',
    inputSchema: z.object({ name: z.string() }),
    execute: ({ name }) => ({ employee: { id: 'e-9', name } }),
  }),
  get_leave_balance: tool({
    description: 'Get the remaining vacation days of an employee',
    inputSchema: z.object({ employee_id: z.string() }),
    execute: answering({ days_left: 12 }),
  }),
  request_leave: tool({
    description: 'Submit a vacation request for an employee',
    inputSchema: z.object({ employee_id: z.string(), start_date: z.iso.date(), end_date: z.iso.date() }),
    execute: answering({ status: 'pending' }),
  }),
}

const songs = {
  searchSongs: tool({
    description: 'Search songs by artist, title or mood',
    inputSchema: z.object({ query: z.string(), limit: z.number().int().optional() }),
    execute: answering([{ songId: 's1' }, { songId: 's2' }]),
  }),
  createPlaylist: tool({
    description: 'Create a playlist',
    inputSchema: z.object({ name: z.string(), songIds: z.array(z.string()) }),
    execute: answering({ playlistId: 'p1' }),
  }),
  sharePlaylist: tool({
    description: 'Share a playlist with a person by email',
    inputSchema: z.object({ playlistId: z.string(), email: z.email() }),
    execute: answering({ shared: true }),
  }),
}

const texts = {
  fetchPage: tool({
    description: 'Fetch a web page',
    inputSchema: z.object({ url: z.url() }),
    execute: answering({ text: 'A page on cats.' }),
  }),
  summarize: tool({
    description: 'Summarize a text',
    inputSchema: z.object({ text: z.string(), maxSentences: z.number().int().optional() }),
    execute: answering({ summary: 'Cats sleep a lot.' }),
  }),
  translate: tool({
    description: 'Translate text into another language',
    inputSchema: z.object({ text: z.string(), targetLanguage: z.string() }),
    execute: answering({ translation: 'Les chats dorment.' }),
  }),
}

const house = {
  setLight: tool({
    description: 'Turn a light on or off or dim it',
    inputSchema: z.object({
      room: z.enum(['kitchen', 'bedroom']),
      on: z.boolean(),
      level: z.number().optional(),
    }),
    execute: answering({ ok: true }),
  }),
  setThermostat: tool({
    description: 'Set the thermostat temperature',
    inputSchema: z.object({ temperature: z.number(), unit: z.enum(['C', 'F']).default('C') }),
    execute: answering({ ok: true }),
  }),
}

const kitchen = {
  searchRecipes: tool({
    description: 'Search recipes by ingredients',
    inputSchema: z.object({ ingredients: z.array(z.string()), maxMinutes: z.number().optional() }),
    execute: answering([{ recipeId: 7, name: 'Stew' }]),
  }),
  getRecipe: tool({
    description: 'Get the steps of a recipe',
    inputSchema: z.object({ recipeId: z.number().int() }),
    execute: answering({ steps: ['Chop', 'Boil'] }),
  }),
}

const memory = {
  remember: tool({
    description: 'Store a fact about the user',
    inputSchema: z.object({ key: z.string(), value: z.string() }),
    execute: answering({ saved: true }),
  }),
}

describe('other apps', () => {
  it.each([
    [
      people,
      'How many vacation days does Grace Hopper have left?',
      [
        [0, 'find_employee', { name: 'Grace Hopper' }],
        [1, 'get_leave_balance', { employee_id: 'e-9' }],
      ],
    ],
    [
      people,
      'Request vacation for Grace Hopper from 2026-07-01 to 2026-07-10',
      [
        [0, 'find_employee', { name: 'Grace Hopper' }],
        [1, 'request_leave', { employee_id: 'e-9', start_date: '2026-07-01', end_date: '2026-07-10' }],
      ],
    ],
    [
      songs,
      'Find 5 sad songs by Adele and make a playlist called Rainy Day, then share it with bo@x.org',
      [
        [0, 'searchSongs', { query: 'sad songs by Adele', limit: 5 }],
        [1, 'createPlaylist', { name: 'Rainy Day', songIds: ['s1', 's2'] }],
        [2, 'sharePlaylist', { playlistId: 'p1', email: 'bo@x.org' }],
      ],
    ],
    [songs, 'Search for jazz', [[0, 'searchSongs', { query: 'jazz' }]]],
    [
      texts,
      'Summarize https://example.com/cats in 2 sentences',
      [
        [0, 'fetchPage', { url: 'https://example.com/cats' }],
        [1, 'summarize', { text: 'A page on cats.', maxSentences: 2 }],
      ],
    ],
    [
      texts,
      'Fetch https://example.com/cats, summarize it and translate the summary into French',
      [
        [0, 'fetchPage', { url: 'https://example.com/cats' }],
        [1, 'summarize', { text: 'A page on cats.' }],
        [2, 'translate', { text: 'Cats sleep a lot.', targetLanguage: 'French' }],
      ],
    ],
    [
      texts,
      'translate good morning into German',
      [[0, 'translate', { text: 'good morning', targetLanguage: 'German' }]],
    ],
    [house, 'Turn off the kitchen light', [[0, 'setLight', { room: 'kitchen', on: false }]]],
    [
      house,
      'set thermostat to 70 F and turn the bedroom light on',
      [
        [0, 'setLight', { room: 'bedroom', on: true }],
        [0, 'setThermostat', { temperature: 70, unit: 'F' }],
      ],
    ],
    [
      kitchen,
      'Find a recipe with tomatoes, beans and rice under 30 minutes',
      [[0, 'searchRecipes', { ingredients: ['tomatoes', 'beans', 'rice'], maxMinutes: 30 }]],
    ],
    [
      memory,
      'Remember that my favourite colour is teal',
      [[0, 'remember', { key: 'favourite colour', value: 'teal' }]],
    ],
  ] as const)('%# works: %s', async (tools: ToolSet, request, expected) => {
    expect((await run(tools, request)).calls).toEqual(expected)
  })
})
