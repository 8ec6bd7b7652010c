import { reset, runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import type { Part, ToolPart } from '../../lib/protocol/message.ts'
import { effects } from './app.ts'
import { arm, plan } from './faults.ts'
import { ask, messagesOf, send, startCall, threadOf } from './kit.ts'

afterEach(async () => {
  effects.length = 0
  await reset()
})

/** The start, two steps that go on, four results, and the last step with the end. */
const COMMITS = 8

describe('a turn whose object dies after a commit, and that nobody asks for', () => {
  for (let k = 0; k < COMMITS; k += 1) {
    it(`is finished by the alarm when it dies after commit ${k}`, async () => {
      arm(k)
      await expect(send('t', startCall('teller', 't', 'pay'))).rejects.toThrow('killed by the test')
      expect(plan.deaths).toBe(1)
      await runDurableObjectAlarm(threadOf('t'))

      const [question, answer] = await messagesOf('t')
      expect(question?.parts).toEqual([{ type: 'text', text: 'pay' }])
      expect(answer?.outcome).toMatchObject({ status: 'completed', finishReason: 'stop' })
      expectHonest(answer?.parts ?? [])
    })
  }

  it('makes the commits that these tests count on when nothing dies', async () => {
    arm(undefined)
    const response = await send('t', startCall('teller', 't', 'pay'))
    expect(await response.json()).toMatchObject({
      text: 'all done with json json json json',
      finishReason: 'stop',
    })
    expect(plan.commits).toBe(COMMITS)
    expect(effects.map(({ tool }) => tool)).toEqual(['charge', 'lookUp', 'charge', 'lookUp'])
  })
})

describe('a turn whose object dies after a commit, over HTTP', () => {
  for (let k = 0; k < COMMITS; k += 1) {
    it(`answers its caller all the same when it dies after commit ${k}`, async () => {
      arm(k)
      const response = await ask('/api/agents/teller/generate', { messages: 'pay', threadId: 't' })
      expect(response.status).toBe(200)
      expect(await response.json()).toMatchObject({ finishReason: 'stop' })
      expect(plan.deaths).toBe(1)
      const messages = await messagesOf('t')
      expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant'])
      expectHonest(messages[1]?.parts ?? [])
    })
  }
})

/**
 * The transcript tells the truth about the world: a call that is said to have happened did, once; a call that may
 * not be repeated never was; what may be repeated was, under one key.
 */
function expectHonest(parts: Part[]): void {
  const calls = parts.filter((part): part is ToolPart => part.type === 'tool')
  expect(calls.map(({ toolCallId }) => toolCallId)).toEqual(['a1', 'a2', 'b1', 'b2'])
  for (const { toolName, toolCallId, state, ...rest } of calls) {
    const times = effects.filter(({ key }) => key.endsWith(`/${toolCallId}`))
    expect(new Set(times.map(({ key }) => key)).size).toBeLessThanOrEqual(1)
    if (toolName === 'charge') expect(times.length).toBeLessThanOrEqual(1)
    if (state === 'done') expect(times.length).toBeGreaterThanOrEqual(1)
    else
      expect({ toolName, state, ...rest }).toMatchObject({
        toolName: 'charge',
        error: { code: 'tool_outcome_unknown' },
      })
  }
}
