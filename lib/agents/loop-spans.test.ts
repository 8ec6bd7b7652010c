import { APICallError } from '@ai-sdk/provider'
import { describe, expect, it } from 'vitest'
import type { RecordedSpan } from '../../test/fixtures/recording-tracer.ts'
import { recordTelemetry } from '../../test/fixtures/recording-tracer.ts'
import type { Script } from '../../test/fixtures/scripted-model.ts'
import { calls, says } from '../../test/fixtures/scripted-model.ts'
import type { AgentSettings } from '../../test/fixtures/turns.ts'
import { makeTurn, runToEnd, toolOf } from '../../test/fixtures/turns.ts'

const SECRET = 'what nobody but the model may read'

async function spansOf(script: Script, agent: AgentSettings = {}): Promise<RecordedSpan[]> {
  const { telemetry, spans } = recordTelemetry()
  await runToEnd(makeTurn(script, agent, { services: { telemetry }, threadId: 'thread' }))
  return spans
}

const tools = {
  look: toolOf(() => SECRET),
  fail: toolOf(() => {
    throw new Error(SECRET)
  }),
}

describe('the spans of a turn', () => {
  it('are the turn, its steps, and below each its model and its tools', async () => {
    const spans = await spansOf([calls(['look', { q: SECRET }, 'c']), says(SECRET)], {
      tools,
      instructions: SECRET,
    })
    expect(spans.map(({ name, parent }) => [name, parent])).toEqual([
      ['invoke_agent agent', undefined],
      ['step 0', 'invoke_agent agent'],
      ['chat scripted', 'step 0'],
      ['execute_tool look', 'step 0'],
      ['step 1', 'invoke_agent agent'],
      ['chat scripted', 'step 1'],
    ])
    expect(spans.map(({ ended, error }) => [ended, error])).toEqual(spans.map(() => [1, undefined]))
  })

  it('say what was asked of whom and what it cost, in the words of OpenTelemetry', async () => {
    const spans = await spansOf([calls(['look', {}, 'c']), says('x')], { tools })
    expect(spans.map(({ attributes }) => attributes)).toEqual([
      {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.id': 'agent',
        'gen_ai.conversation.id': 'thread',
      },
      { 'edgewise.step': 0 },
      {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'test',
        'gen_ai.request.model': 'scripted',
        'gen_ai.response.finish_reasons': ['tool-calls'],
        'gen_ai.usage.input_tokens': 10,
        'gen_ai.usage.output_tokens': 5,
      },
      { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'look', 'gen_ai.tool.call.id': 'c' },
      { 'edgewise.step': 1 },
      expect.objectContaining({ 'gen_ai.response.finish_reasons': ['stop'] }),
    ])
  })

  it('hold no text that a person, a model or a tool wrote', async () => {
    const script = [calls(['look', { q: SECRET }, 'c'], ['fail', { q: SECRET }, 'd']), says(SECRET)]
    const spans = await spansOf(script, { tools, instructions: SECRET })
    expect(spans.length).toBeGreaterThan(4)
    expect(JSON.stringify(spans)).not.toContain(SECRET)
  })

  it('mark what failed: each try of the model, the tool, and the turn', async () => {
    const fault = {
      fails: new APICallError({
        message: 'bad sk-abcdef123456',
        url: '',
        requestBodyValues: {},
        statusCode: 500,
      }),
    }
    const spans = await spansOf([calls(['fail', {}, 'c']), fault, fault], { tools, maxRetries: 1 })
    const failed = spans.filter(({ error }) => error !== undefined)
    expect(failed.map(({ name, error, attributes }) => [name, error, attributes['error.type']])).toEqual([
      ['invoke_agent agent', 'model_failed', 'Error'],
      ['execute_tool fail', 'tool_failed', 'Error'],
      ['step 1', "The model's provider answered 500: bad [redacted] (after 2 tries)", 'EdgewiseError'],
      ['chat scripted', 'bad [redacted]', 'AI_APICallError'],
      ['chat scripted', 'bad [redacted]', 'AI_APICallError'],
    ])
    expect(spans.every(({ ended }) => ended === 1)).toBe(true)
  })

  it('are all ended when whoever hears the turn leaves', async () => {
    const { telemetry, spans } = recordTelemetry()
    const { events } = makeTurn([says('a', 'b')], {}, { services: { telemetry } })
    for await (const event of events) if (event.type === 'text-delta') break
    expect(spans.map(({ name, ended }) => [name, ended])).toEqual([
      ['invoke_agent agent', 1],
      ['step 0', 1],
      ['chat scripted', 1],
    ])
  })
})
