import { describe, expect, it } from 'vitest'
import { toMastraAgents, toMastraTool } from './agent.ts'
import { readCapture } from '../../../test/fixtures/mastra/capture.ts'
import { toMastraError, toMessageList, toSuspendedRuns, toThreadList } from './thread.ts'

const draft = '$schema'
const schema = (
  properties: Record<string, { type: string }>,
): { [key: string]: string | boolean | object } => ({
  [draft]: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
})

describe('what lists show', () => {
  it('threads, as recorded', () => {
    const thread = {
      threadId: 't-sample',
      resourceId: 'u-sample',
      title: '',
      metadata: {},
      createdAt: Date.parse('2026-11-21T07:03:15.514Z'),
      updatedAt: Date.parse('2026-11-21T07:03:15.744Z'),
    }
    const page = { total: 1, page: 0, perPage: 100 }
    expect(toThreadList([thread], page)).toEqual(JSON.parse(readCapture('threads.txt')))
  })

  it('pages, and whether there are more', () => {
    const lists = [0, 1].map((page) => toMessageList([], { total: 80, page, perPage: 40 }))
    expect(lists.map((list) => list['hasMore'])).toEqual([true, false])
  })

  it('agents and their tools, as recorded but for the version of the model interface', () => {
    const { modelVersion, ...recorded } = JSON.parse(readCapture('agents.txt'))['weather-agent']
    const described = toMastraAgents([
      {
        id: 'weather-agent',
        name: 'Weather Agent',
        instructions: 'You are a helpful weather assistant.',
        model: 'fake/fake-1',
        supportsMemory: true,
        tools: {
          weatherTool: {
            id: 'get-weather',
            description: 'Get the weather for a city',
            inputSchema: JSON.parse(JSON.stringify(schema({ city: { type: 'string' } }))),
            outputSchema: JSON.parse(
              JSON.stringify(schema({ city: { type: 'string' }, tempC: { type: 'number' } })),
            ),
          },
        },
      },
    ])
    expect(modelVersion).toBe('v2')
    expect(described).toEqual({ 'weather-agent': recorded })
  })

  it('a tool without schemas, and one that needs approval', () => {
    expect(toMastraTool({ id: 'now', description: 'The time', requireApproval: true })).toEqual({
      id: 'now',
      description: 'The time',
      requireApproval: true,
    })
  })

  it('runs that wait for somebody', () => {
    const call = { toolCallId: 'c', toolName: 'pay', input: { sum: 5 } }
    const runs = toSuspendedRuns(
      [
        {
          runId: 'r',
          threadId: 't',
          suspendedAt: 0,
          calls: [
            { ...call, wait: { for: 'approval' } },
            { ...call, wait: { for: 'resume', payload: 'sure?' } },
          ],
        },
      ],
      3,
    )
    const toolCall = { toolCallId: 'c', toolName: 'pay', args: { sum: 5 } }
    expect(runs).toEqual({
      runs: [
        {
          runId: 'r',
          status: 'suspended',
          threadId: 't',
          suspendedAt: '1970-01-01T00:00:00.000Z',
          toolCalls: [
            { ...toolCall, requiresApproval: true },
            { ...toolCall, requiresApproval: false, suspendPayload: 'sure?' },
          ],
        },
      ],
      total: 3,
    })
  })
})

describe('errors', () => {
  it('are one text, with the fields of a bad request', () => {
    const issues = [{ field: 'messages', message: 'Invalid input' }]
    expect(toMastraError({ code: 'invalid_request', message: 'x', issues })).toEqual({
      error: 'Invalid request body',
      issues,
    })
    expect(toMastraError({ code: 'agent_not_found', message: 'x' }, 'nope')).toEqual({
      error: 'Agent with id nope not found',
    })
    expect(toMastraError({ code: 'not_offered', message: 'x' })).toEqual({ error: 'x' })
  })
})
