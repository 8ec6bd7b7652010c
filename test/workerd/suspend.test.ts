import { evictDurableObject, reset, runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import type { AgentResult } from '../../lib/agents/result.ts'
import type { ThreadCall } from '../../lib/threads/answer.ts'
import type { ToolAnswers } from '../../lib/threads/take-answers.ts'
import { effects } from './app.ts'
import { arm, plan } from './faults.ts'
import { messagesOf, send, startCall, threadOf } from './kit.ts'

afterEach(async () => {
  effects.length = 0
  await reset()
})

async function ask(text: string): Promise<AgentResult> {
  arm(undefined)
  const response = await send('t', startCall('asker', 't', text))
  return response.json()
}

function answerCall(runId: string, answers: ToolAnswers): ThreadCall {
  return { type: 'answer', runId, answers, format: 'json' }
}

async function answer(
  runId: string,
  answers: ToolAnswers,
): Promise<{ status: number; body: AgentResult & { error?: unknown } }> {
  const response = await send('t', answerCall(runId, answers))
  return { status: response.status, body: await response.json() }
}

describe('a call that needs approval', () => {
  it('suspends its turn, and is made once it is approved', async () => {
    const asked = await ask('wire')
    expect(asked).toMatchObject({
      finishReason: 'suspended',
      suspended: [{ toolCallId: 'wire', input: { amount: 500 }, wait: { for: 'approval' } }],
    })
    expect(effects).toEqual([])
    const { body } = await answer(asked.runId, { wire: { type: 'approve' } })
    expect(body).toMatchObject({
      finishReason: 'stop',
      text: 'came to {"type":"json","value":{"wired":500}}',
    })
    expect(effects).toHaveLength(1)
    expect(await messagesOf('t')).toHaveLength(2)
  })

  it('is told to the model when it is declined', async () => {
    const asked = await ask('wire')
    const { body } = await answer(asked.runId, { wire: { type: 'decline', reason: 'too much' } })
    expect(body.text).toContain('tool_declined: The call was declined: too much')
    expect(effects).toEqual([])
  })

  it('leaves the thread free for other turns, which hear that it waits', async () => {
    const asked = await ask('wire')
    expect(await ask('hello')).toMatchObject({ text: 'heard hello', finishReason: 'stop' })
    const { body } = await answer(asked.runId, { wire: { type: 'approve' } })
    expect(body.text).toContain('"wired":500')
    const texts = (await messagesOf('t')).map(({ role, parts }) => `${role} ${parts.length}`)
    expect(texts).toEqual(['user 1', 'assistant 4', 'user 1', 'assistant 2'])
  })

  it('can be answered after its object was evicted, and once only', async () => {
    const asked = await ask('wire')
    await evictDurableObject(threadOf('t'))
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => answer(asked.runId, { wire: { type: 'approve' } })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([
      200,
      ...Array.from({ length: 9 }, () => 409),
    ])
    expect(effects).toHaveLength(1)
    expect((await answer(asked.runId, { wire: { type: 'decline' } })).body).toMatchObject({
      error: { code: 'already_answered' },
    })
  })
})

describe('a tool that suspends', () => {
  it('is resumed with data that fits its schema, and refuses what does not', async () => {
    const asked = await ask('book')
    expect(asked.suspended).toMatchObject([
      { wait: { for: 'resume', payload: { question: 'Which room?' }, resumeSchema: { type: 'object' } } },
    ])
    const refused = await answer(asked.runId, { book: { type: 'resume', data: { room: '' } } })
    expect(refused).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_request', issues: [{ field: 'resumeData.room' }] } },
    })
    const wrong = await answer(asked.runId, { book: { type: 'approve' } })
    expect(wrong).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } })
    const { body } = await answer(asked.runId, { book: { type: 'resume', data: { room: '12' } } })
    expect(body.text).toContain('"booked":"12"')
  })
})

describe("a tool of the client's own", () => {
  it('takes the answer of the client, checked by its schema', async () => {
    const asked = await ask('locate')
    expect(asked.suspended).toMatchObject([{ wait: { for: 'client' } }])
    const { body } = await answer(asked.runId, { locate: { type: 'output', output: { city: 'Bern' } } })
    expect(body.text).toContain('"city":"Bern"')
    const again = await ask('locate once more')
    const bad = await answer(again.runId, { locate: { type: 'output', output: { town: 'Bern' } } })
    expect(bad.body.text).toContain('tool_output_invalid')
  })
})

describe('several calls that wait', () => {
  it('are answered one by one, the turn suspending again in between', async () => {
    const asked = await ask('wire and book and locate')
    expect(asked.suspended?.map(({ toolCallId }) => toolCallId)).toEqual(['wire', 'book', 'locate'])
    const first = await answer(asked.runId, { book: { type: 'resume', data: { room: '7' } } })
    expect(first.body).toMatchObject({ finishReason: 'suspended' })
    expect(first.body.suspended?.map(({ toolCallId }) => toolCallId)).toEqual(['wire', 'locate'])
    const both = { wire: { type: 'approve' }, locate: { type: 'output', output: { city: 'Ulm' } } } as const
    const last = await answer(asked.runId, both)
    expect(last.body).toMatchObject({ finishReason: 'stop' })
    expect(effects.map(({ tool }) => tool)).toEqual(['book', 'wire'])
  })
})

describe('a suspended turn', () => {
  it('that is stopped keeps what it said, and can be answered no more', async () => {
    const asked = await ask('wire')
    expect(await threadOf('t').stop(asked.runId)).toBe(asked.runId)
    const [, message] = await messagesOf('t')
    expect(message).toMatchObject({ outcome: { status: 'aborted' } })
    expect(message?.parts.at(-1)).toMatchObject({ state: 'failed', error: { code: 'tool_aborted' } })
    expect(await answer(asked.runId, { wire: { type: 'approve' } })).toMatchObject({ status: 409 })
    expect(effects).toEqual([])
    expect(await threadOf('t').stop(asked.runId)).toBeUndefined()
  })

  it('that was taken back by an edit can be answered no more', async () => {
    const asked = await ask('wire')
    const call = startCall('asker', 't', 'hello')
    if (call.type === 'start' && call.request.input) call.request.input.id = 'm-wire'
    const edited: AgentResult = await (await send('t', call)).json()
    expect(edited.text).toBe('heard hello')
    expect(await answer(asked.runId, { wire: { type: 'approve' } })).toMatchObject({
      status: 409,
      body: { error: { code: 'run_not_suspended' } },
    })
    expect(effects).toEqual([])
  })
})

describe('a crash', () => {
  for (let k = 0; k < 4; k += 1) {
    it(`after commit ${k} of a turn that suspends loses no question`, async () => {
      arm(k)
      await send('t', startCall('asker', 't', 'wire')).catch(() => undefined)
      if (plan.deaths > 0) await runDurableObjectAlarm(threadOf('t'))
      const asked = await ask('wire')
      expect(asked).toMatchObject({ finishReason: 'suspended', suspended: [{ toolCallId: 'wire' }] })
      const { body } = await answer(asked.runId, { wire: { type: 'approve' } })
      expect(body).toMatchObject({ finishReason: 'stop' })
      expect(effects).toHaveLength(1)
    })

    it(`after commit ${k} of its continuation keeps the answer, and the effect honest`, async () => {
      const asked = await ask('wire')
      arm(k)
      await send('t', answerCall(asked.runId, { wire: { type: 'approve' } })).catch(() => undefined)
      if (plan.deaths > 0) await runDurableObjectAlarm(threadOf('t'))
      const [, message] = await messagesOf('t')
      expect(message?.outcome).toMatchObject({ status: 'completed' })
      const call = message?.parts.find((part) => part.type === 'tool')
      if (call?.type === 'tool' && call.state === 'done') expect(effects).toHaveLength(1)
      else expect(call).toMatchObject({ state: 'failed', error: { code: 'tool_outcome_unknown' } })
      expect(effects.length).toBeLessThanOrEqual(1)
    })
  }
})
