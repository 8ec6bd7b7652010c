import { reset } from 'cloudflare:test'
import { afterEach, expect, it } from 'vitest'
import type { AgentResult } from '../../lib/agents/result.ts'
import { effects } from './app.ts'
import { arm } from './faults.ts'
import { ask } from './kit.ts'

afterEach(async () => {
  effects.length = 0
  await reset()
})

async function suspended(text: string, threadId?: string): Promise<AgentResult> {
  arm(undefined)
  const response = await ask('/api/agents/asker/generate', {
    messages: text,
    ...(threadId !== undefined && { threadId }),
  })
  return response.json()
}

function typesOf(stream: string): string[] {
  return [...stream.matchAll(/^data: \{"type":"([a-z-]+)"/gm)].map(([, type = '']) => type)
}

it('approves a call by its run and its id alone, and streams on in the words of Mastra', async () => {
  const { runId } = await suspended('wire', 't')
  const response = await ask('/api/agents/asker/approve-tool-call', { runId, toolCallId: 'wire' })
  expect(response.status).toBe(200)
  const stream = await response.text()
  expect(typesOf(stream)).toEqual(
    expect.arrayContaining([
      'tool-result',
      'step-start',
      'text-start',
      'text-delta',
      'text-end',
      'step-finish',
      'finish',
    ]),
  )
  expect(typesOf(stream)).not.toContain('tool-call')
  expect(stream.trimEnd().endsWith('data: [DONE]')).toBe(true)
  expect(effects).toHaveLength(1)
})

it('waits without a thread as well, and declines with the whole answer', async () => {
  const { runId, suspended: calls, threadId } = await suspended('wire')
  expect(threadId).toBeUndefined()
  expect(calls).toMatchObject([{ toolCallId: 'wire' }])
  const response = await ask('/api/agents/asker/decline-tool-call-generate', { runId, reason: 'no' })
  expect(await response.json()).toMatchObject({
    finishReason: 'stop',
    text: expect.stringContaining('declined: no'),
  })
  expect(effects).toEqual([])
})

it('resumes a tool that suspended', async () => {
  const { runId } = await suspended('book', 't')
  const response = await ask('/api/agents/asker/resume-stream', { runId, resumeData: { room: '3' } })
  expect(await response.text()).toContain('"booked":"3"')
})

it('answers what cannot be answered with a code', async () => {
  const { runId } = await suspended('wire', 't')
  const approveUrl = '/api/agents/asker/approve-tool-call-generate'
  const errors = [
    await ask(approveUrl, { runId: 'run_nobody', toolCallId: 'wire' }),
    await ask(approveUrl, { runId, toolCallId: 'nothing' }),
    await ask('/api/agents/asker/resume-stream', { runId, toolCallId: 'wire' }),
    await ask('/api/agents/asker/resume-stream', { runId, toolCallId: 'wire', resumeData: {} }),
  ]
  const codes = await Promise.all(
    errors.map(async (response) => [response.status, ((await response.json()) as { code: string }).code]),
  )
  expect(codes).toEqual([
    [404, 'run_not_found'],
    [409, 'run_not_suspended'],
    [400, 'invalid_request'],
    [400, 'invalid_request'],
  ])
  expect((await ask(approveUrl, { runId })).status).toBe(200)
  expect((await ask(approveUrl, { runId })).status).toBe(409)
})
