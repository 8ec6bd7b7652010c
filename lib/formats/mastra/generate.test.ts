import { describe, expect, it } from 'vitest'
import type { Message, ToolPart } from '../../protocol/message.ts'
import { comparable, readCapture } from '../../../test/fixtures/mastra/capture.ts'
import type { MastraResult } from './generate.ts'
import { toMastraResult } from './generate.ts'

const usage = { inputTokens: 10, outputTokens: 5, totalTokens: 15, reasoningTokens: 0, cachedInputTokens: 0 }
const twice = { inputTokens: 20, outputTokens: 10, totalTokens: 30, reasoningTokens: 0, cachedInputTokens: 0 }
const step = { model: 'fake/fake-1', usage, providerMetadata: { fake: {} } }
const call = {
  type: 'tool',
  toolCallId: 'call_1',
  toolName: 'weatherTool',
  input: { city: 'Paris' },
} as const

function user(id: string, text: string): Message {
  return { id, role: 'user', parts: [{ type: 'text', text }], createdAt: 0 }
}

const answered: MastraResult = {
  text: 'word0 word1 word2',
  steps: [
    { ...step, finishReason: 'tool-calls', responseId: 'chatcmpl-1' },
    { ...step, finishReason: 'stop', responseId: 'chatcmpl-2' },
  ],
  finishReason: 'stop',
  usage: twice,
  runId: '2093fc6f-a605-4fa9-a42d-424652b83c12',
  threadId: 't-sample',
  resourceId: 'u-sample',
  message: {
    id: 'e19423f3-d2b0-4550-a6b9-7889c4a0d2eb',
    role: 'assistant',
    parts: [
      { type: 'step-start', model: 'fake/fake-1' },
      { ...call, state: 'done', output: { city: 'Paris', tempC: 21 } },
      { type: 'step-start', model: 'fake/fake-1' },
      { type: 'text', text: 'word0 word1 word2' },
    ],
    createdAt: 0,
  },
  input: [user('3a0625e9-aec7-4bf1-84f9-d1d040f686fa', 'weather please')],
  remembered: [],
}

const suspended: MastraResult = {
  text: '',
  steps: [{ ...step, finishReason: 'tool-calls' }],
  finishReason: 'other',
  usage,
  runId: 'e4e254f6-cbcd-408b-8bef-ba4de783de8e',
  threadId: 't-ap2',
  resourceId: 'u1',
  message: waiting({ ...call, state: 'waiting', wait: { for: 'approval' } }),
  input: [user('ab466d5f-52fc-496a-aa1c-931adea60f50', 'weather?')],
  remembered: [],
}

function waiting(...calls: ToolPart[]): Message {
  const parts: Message['parts'] = [{ type: 'step-start', model: 'fake/fake-1' }, ...calls]
  return { id: 'b44ab525-df1b-418b-aab5-c29e5a645012', role: 'assistant', parts, createdAt: 0 }
}

type Body = Record<string, unknown> & { steps: Record<string, unknown>[]; response: Record<string, unknown> }

/** Messages differ in one thing: there the invocations beside the parts are in all that an answer holds. */
function normal(body: unknown): Body {
  const text = JSON.stringify(comparable(body))
  return JSON.parse(text, (key, value: unknown) => (key === 'toolInvocations' ? undefined : value))
}

describe('the body of generate', () => {
  it('is as it was recorded', () => {
    const recorded = normal(JSON.parse(readCapture('generate.txt')))
    // A step's response repeats there what the whole one says, and the messages of the steps before.
    for (const { response } of recorded.steps.map((each) => each as { response: Record<string, unknown> })) {
      delete response['dbMessages']
      delete response['uiMessages']
    }
    const second = recorded.steps[1] as { response: { messages: unknown[] } }
    second.response.messages = second.response.messages.slice(2)
    expect(normal(toMastraResult(answered))).toEqual(recorded)
  })

  it('says what a suspended run waits for as it was recorded', () => {
    const recorded = normal(JSON.parse(readCapture('generate-suspended.txt')))
    const {
      steps,
      usage: used,
      totalUsage,
      response,
      providerMetadata: _,
      ...body
    } = normal(toMastraResult(suspended))
    const { steps: __, usage: ___, totalUsage: ____, response: _____, ...rest } = recorded
    expect(body).toEqual(rest)
    // There the step that asks is no step before it is answered, and its tokens are not counted yet.
    expect({ steps: steps.length, used, totalUsage }).toEqual({ steps: 1, used: usage, totalUsage: usage })
    expect(response['messages']).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'tool-call', toolCallId: 'call_1', toolName: 'weatherTool', input: { city: 'Paris' } },
        ],
      },
    ])
  })

  it('lists of a turn that waits for tools at the client only those: that client runs all that are listed', () => {
    const message = waiting(
      { ...call, toolCallId: 'old', state: 'done', output: 1 },
      { ...call, state: 'waiting', wait: { for: 'client' } },
    )
    const { finishReason, toolCalls } = toMastraResult({ ...suspended, message })
    expect(finishReason).toBe('tool-calls')
    expect(toolCalls).toMatchObject([{ payload: { toolCallId: 'call_1' } }])
  })

  it('does not list a call that the client has answered when the turn ended at its step limit', () => {
    const ended: MastraResult = { ...answered, finishReason: 'tool-calls' }
    expect(toMastraResult(ended)['toolCalls']).toHaveLength(1)
    expect(toMastraResult({ ...ended, clientTools: ['weatherTool'] })['toolCalls']).toEqual([])
  })

  it('carries the object, the tripwire, the error and the trace', () => {
    const tripwire = { reason: 'a name', processorId: 'pii' }
    const error = { code: 'output_invalid', message: 'no number' } as const
    expect(toMastraResult({ ...answered, object: [1], tripwire, error, traceId: 't' })).toMatchObject({
      finishReason: 'other',
      object: [1],
      tripwire,
      error: { message: 'no number', code: 'output_invalid' },
      traceId: 't',
    })
  })
})
