import { evictDurableObject, reset, runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import type { AgentResult } from '../../lib/agents/result.ts'
import type { Message, ToolPart } from '../../lib/protocol/message.ts'
import type { ToolAnswers } from '../../lib/threads/take-answers.ts'
import { effects } from './app.ts'
import { counted, resetCount } from './counting.ts'
import { arm, plan } from './faults.ts'
import { ask, messagesOf, outboxOf, send, startCall, threadOf } from './kit.ts'

afterEach(async () => {
  effects.length = 0
  await reset()
})

/**
 * The start and a step. Scout: step, result, step, and its own result. Clerk: step. Cashier: step, two results, step,
 * question. The question at the clerk's call and at the head's, and the suspension.
 */
const BEFORE = 15
/** It goes on; result, step and own result of the cashier; step and own result of the clerk; the end. */
const AFTER = 7

async function start(): Promise<AgentResult> {
  return (await send('t', startCall('head', 't', 'pay'))).json()
}

async function answer(
  runId: string,
  answers: ToolAnswers,
): Promise<{ status: number; body: AgentResult & { error?: unknown } }> {
  const response = await send('t', { type: 'answer', runId, answers, format: 'json' })
  return { status: response.status, body: await response.json() }
}

/** What comes behind an answer has been done: telling others writes rows, too. */
async function told(): Promise<void> {
  await expect.poll(() => outboxOf('t'), { interval: 5 }).toEqual([])
}

const approve = { '*': { type: 'approve' } } as const

/** Starts the turn, or answers it, and lets it come to its rest through all deaths that are armed. */
async function live(work: () => Promise<unknown>): Promise<void> {
  await work().catch(() => undefined)
  for (let deaths = -1; deaths < plan.deaths;) {
    deaths = plan.deaths
    if (deaths > 0) await runDurableObjectAlarm(threadOf('t')).catch(() => undefined)
  }
}

function callsIn(message: Message | undefined, path = ''): { path: string; part: ToolPart }[] {
  return (message?.parts ?? []).flatMap((part) => {
    if (part.type !== 'tool') return []
    const here = `${path}/${part.toolName}`
    return [{ path: here, part }, ...callsIn(part.agentMessage, here)]
  })
}

const KEYS: Record<string, string> = {
  '/agent-clerk/agent-cashier/charge': '/0/c1/0/c1/0/c1',
  '/agent-clerk/agent-cashier/lookUp': '/0/c1/0/c1/0/c2',
  '/agent-clerk/agent-cashier/wire': '/0/c1/0/c1/1/c1',
  '/agent-scout/lookUp': '/0/c2/0/c1',
}

/** The whole answer is that of an undisturbed turn, but for calls of which nobody knows; and it tells the truth. */
function expectHonest(message: Message | undefined): void {
  expect(message?.outcome).toMatchObject({ status: 'completed', finishReason: 'stop' })
  expect(message?.parts.at(-1)).toMatchObject({ type: 'text', text: 'all is done' })
  const calls = callsIn(message)
  expect(calls.map(({ path }) => path)).toEqual([
    '/agent-clerk',
    '/agent-clerk/agent-cashier',
    '/agent-clerk/agent-cashier/charge',
    '/agent-clerk/agent-cashier/lookUp',
    '/agent-clerk/agent-cashier/wire',
    '/agent-scout',
    '/agent-scout/lookUp',
  ])
  for (const { path, part } of calls) {
    const key = KEYS[path]
    if (key === undefined) {
      const text = { clerk: 'it is filed', cashier: 'it is paid', scout: 'it is seen' }[
        path.split('-').at(-1) ?? ''
      ]
      expect(part).toMatchObject({ state: 'done', output: { text } })
      continue
    }
    const times = effects.filter((effect) => effect.key.slice(effect.key.indexOf('/')) === key)
    if (part.toolName !== 'lookUp') expect(times.length).toBeLessThanOrEqual(1)
    if (part.state === 'done') expect(times.length).toBeGreaterThanOrEqual(1)
    else expect(part).toMatchObject({ state: 'failed', error: { code: 'tool_outcome_unknown' } })
    if (part.toolName === 'lookUp') expect(part.state).toBe('done')
  }
  expect(effects.every(({ key }) => Object.values(KEYS).includes(key.slice(key.indexOf('/'))))).toBe(true)
}

describe('a turn with a sub-agent of a sub-agent', () => {
  it('makes the commits that these tests count on when nothing dies', async () => {
    arm(undefined)
    const asked = await start()
    expect(asked.suspended).toMatchObject([
      {
        toolCallId: 'c1',
        toolName: 'agent-clerk',
        wait: {
          for: 'approval',
          nested: { agentId: 'cashier', path: ['c1', 'c1'], toolName: 'wire', input: { amount: 500 } },
        },
      },
    ])
    expect(plan.commits).toBe(BEFORE)
    const { body } = await answer(asked.runId, approve)
    expect(body).toMatchObject({ finishReason: 'stop', text: 'all is done' })
    expect(plan.commits).toBe(BEFORE + AFTER)
    const [, message] = await messagesOf('t')
    expectHonest(message)
    expect(callsIn(message).every(({ part }) => part.state === 'done')).toBe(true)
    expect(effects).toHaveLength(4)
  })

  const firsts = Array.from({ length: BEFORE }, (_, k) => k)
  const pairs = firsts.flatMap((k) => [1, 2, 4].map((more) => [k, k + more]))

  it.each([...firsts.map((k) => [k]), ...pairs].map((deaths) => ({ deaths })))(
    'asks its question, and ends as if nothing had happened, when it dies after commits $deaths',
    async ({ deaths }) => {
      arm(...deaths)
      await live(start)
      arm(undefined)
      const asked = await start()
      expect(asked.suspended).toMatchObject([{ toolCallId: 'c1', wait: { nested: { toolName: 'wire' } } }])
      expect(effects.filter(({ tool }) => tool === 'wire')).toEqual([])
      await answer(asked.runId, approve)
      expectHonest((await messagesOf('t'))[1])
      expect(effects.filter(({ tool }) => tool === 'wire')).toHaveLength(1)
    },
  )

  const seconds = Array.from({ length: AFTER }, (_, k) => k)
  const further = seconds.flatMap((k) => [1, 2, 3].map((more) => [k, k + more]))

  it.each([...seconds.map((k) => [k]), ...further].map((deaths) => ({ deaths })))(
    'keeps the answer, and ends as if nothing had happened, when it dies after commits $deaths of its continuation',
    async ({ deaths }) => {
      arm(undefined)
      const asked = await start()
      arm(...deaths)
      await live(() => answer(asked.runId, approve))
      expect(plan.deaths).toBeGreaterThan(0)
      expectHonest((await messagesOf('t'))[1])
      expect(await answer(asked.runId, approve)).toMatchObject({ status: 409 })
    },
  )

  it('can be answered after its object was evicted, by the id of the call inside, and once only', async () => {
    arm(undefined)
    const asked = await start()
    await evictDurableObject(threadOf('t'))
    const question = asked.suspended?.[0]?.wait.nested?.id ?? ''
    expect(question).toBe('0/c1/1/c1')
    const ids = ['*', 'c1', question, `c1/${question}`, 'c1']
    const answers = await Promise.all(ids.map((id) => answer(asked.runId, { [id]: { type: 'approve' } })))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409, 409])
    expect(effects.filter(({ tool }) => tool === 'wire')).toHaveLength(1)
  })

  it('goes on through the route that approves, by its run', async () => {
    arm(undefined)
    const asked: AgentResult = await (
      await ask('/api/agents/head/generate', { messages: 'pay', threadId: 't' })
    ).json()
    const wrong = await ask('/api/agents/head/approve-tool-call-generate', {
      runId: asked.runId,
      toolCallId: 'nobody',
    })
    expect(wrong.status).toBe(409)
    const response = await ask('/api/agents/head/approve-tool-call-generate', { runId: asked.runId })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ text: 'all is done', finishReason: 'stop' })
    expectHonest((await messagesOf('t'))[1])
  })

  it('waits in an object of its own where it is asked without a thread', async () => {
    arm(undefined)
    const asked: AgentResult = await (await ask('/api/agents/head/generate', { messages: 'pay' })).json()
    expect(asked.suspended).toHaveLength(1)
    const response = await ask('/api/agents/head/approve-tool-call-generate', { runId: asked.runId })
    expect(await response.json()).toMatchObject({ text: 'all is done' })
  })

  it('writes a row of its log for each commit, and no more of anything', async () => {
    arm(undefined)
    await (await send('t', startCall('words', 't', 'warm up'))).text()
    await told()
    arm(undefined)
    resetCount()
    await start()
    await told()
    // One for each commit, and what any turn writes beside its log.
    expect(counted.written + counted.alarms).toBeLessThanOrEqual(BEFORE + 8)
  })

  it('shows the agents that it may call', async () => {
    const described: { agents: object } = await (await ask('/api/agents/head')).json()
    expect(described.agents).toMatchObject({ clerk: { id: 'clerk' }, scout: { id: 'scout' } })
  })
})
