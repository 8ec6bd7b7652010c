import { describe, expect, it } from 'vitest'
import { testServices } from '../../test/fixtures/loop-services.ts'
import type { Script } from '../../test/fixtures/scripted-model.ts'
import { says, scriptedModel } from '../../test/fixtures/scripted-model.ts'
import { createModelRegistry } from '../models/registry.ts'
import type { StreamEntry } from '../protocol/event.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import { Agent } from './agent.ts'
import type { AgentOptions, RunOptions } from './agent-options.ts'
import { streamAlone } from './alone.ts'

function run(script: Script, messages: unknown, options: RunOptions = {}, over: Partial<AgentOptions> = {}) {
  const model = scriptedModel(script)
  const agent = new Agent({ name: 'teller', instructions: '', model, ...over })
  const services = { ...testServices(), resolveModel: createModelRegistry({}) }
  return { model, entries: streamAlone(agent, messages, options, services) }
}

async function eventsOf(entries: AsyncIterable<StreamEntry>): Promise<StreamEntry['event'][]> {
  return (await Array.fromAsync(entries)).map(({ event }) => event)
}

const instructions = ({ runtimeContext: context }: { runtimeContext: RuntimeContext }) =>
  `Greet ${String(context.get('name'))}.`

describe('a turn without a thread', () => {
  it('answers the last message, the others being what was said before', async () => {
    const { model, entries } = run([says('ok')], ['one', { role: 'assistant', content: 'two' }, 'three'])
    const events = await eventsOf(entries)
    expect(events[0]).toEqual({
      type: 'turn-start',
      runId: 'run_4',
      agentId: 'teller',
      messageId: 'msg_5',
      startedAt: 1000,
      input: { id: 'msg_3', role: 'user', parts: [{ type: 'text', text: 'three' }], createdAt: 1000 },
    })
    expect(events.at(-1)).toMatchObject({ type: 'turn-end', status: 'completed' })
    expect(model.asked[0]?.prompt.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
  })

  it('must be asked something', async () => {
    const last = run([], ['one', { role: 'assistant', content: 'two' }]).entries
    await expect(Array.fromAsync(last)).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ field: 'messages[1].role', message: 'must be "user" in the last message' }],
    })
    await expect(Array.fromAsync(run([], []).entries)).rejects.toMatchObject({ code: 'invalid_request' })
  })

  it('hands on the context, the steps and the resource of its request', async () => {
    const runtimeContext = new RuntimeContext({ name: 'Ann' })
    const { model, entries } = run(
      [says('ok')],
      'hi',
      { runtimeContext, resourceId: 'r', maxSteps: 1 },
      { instructions },
    )
    await Array.fromAsync(entries)
    expect(model.asked[0]?.prompt[0]).toEqual({ role: 'system', content: 'Greet Ann.' })
  })

  it('says that a step is begun again before it is', async () => {
    const { entries } = run([{ items: ['lost', { type: 'cut' }] }, says('ok')], 'hi')
    expect((await eventsOf(entries)).map(({ type }) => type)).toEqual([
      'turn-start',
      'step-start',
      'text-start',
      'text-delta',
      'step-restart',
      'step-start',
      'text-start',
      'text-delta',
      'text-end',
      'step-end',
      'turn-end',
    ])
  })

  it('stops with its signal', async () => {
    const { entries, model } = run([says('ok')], 'hi', { abortSignal: AbortSignal.abort() })
    expect((await eventsOf(entries)).at(-1)).toMatchObject({ type: 'turn-end', status: 'aborted' })
    expect(model.asked).toEqual([])
  })

  it('stops when its reader leaves', async () => {
    const { entries, model } = run([says('a', 'b')], 'hi')
    for await (const { event } of entries) if (event.type === 'text-delta') break
    await Promise.resolve()
    expect(model.left).toBe(1)
  })
})
