import { describe, expect, it } from 'vitest'
import { calls, says, scriptedModel } from '../../test/fixtures/scripted-model.ts'
import { askedPrompt, endOf, makeTurn, runToEnd, toolOf } from '../../test/fixtures/turns.ts'
import type { AgentSettings, TestTurn } from '../../test/fixtures/turns.ts'
import type { TurnState } from '../log/fold.ts'
import { applyEvent, dropUnsettled, startTurn } from '../log/fold.ts'
import type { TurnEvent } from '../protocol/event.ts'
import type { ToolEffect } from '../tools/tool.ts'

const usage = { inputTokens: 10, outputTokens: 5, totalTokens: 15 }

/** Step 0, committed: it called a tool twice. */
const called: TurnEvent[] = [
  { type: 'step-start', step: 0, model: 'test/scripted' },
  { type: 'tool-call', toolCallId: 'a', toolName: 't', input: { n: 1 } },
  { type: 'tool-call', toolCallId: 'b', toolName: 't', input: { n: 2 } },
  { type: 'step-end', step: 0, finishReason: 'tool-calls', usage, isContinued: true },
]
const firstAnswered: TurnEvent = { type: 'tool-result', toolCallId: 'a', toolName: 't', output: 'known' }
const secondAnswered: TurnEvent = { type: 'tool-result', toolCallId: 'b', toolName: 't', output: 'known' }

function foldOf(events: readonly TurnEvent[]): TurnState {
  const state = startTurn('m', 0)
  for (const event of events) applyEvent(state, event)
  dropUnsettled(state)
  return state
}

function takeUp(
  events: readonly TurnEvent[],
  agent: AgentSettings,
  over: Parameters<typeof makeTurn>[2] = {},
): TestTurn {
  return makeTurn([says('done')], agent, { isRecovered: true, ...over, state: foldOf(events) })
}

function counted(effect: ToolEffect) {
  const keys: string[] = []
  const tool = toolOf(
    (_input, { idempotencyKey }) => {
      keys.push(idempotencyKey)
      return 'again'
    },
    { effect },
  )
  return { keys, tools: { t: tool } }
}

/** What the model reads of the two calls. */
function resultsRead({ model }: TestTurn): unknown[] {
  const last = model.asked.at(-1)?.prompt.at(-1)
  if (last?.role !== 'tool') return []
  return last.content.map((part) => (part.type === 'tool-result' ? part.output : part))
}

const known = { type: 'text', value: 'known' }
const again = { type: 'text', value: 'again' }

const call = (toolCallId: string, n: number) => ({
  type: 'tool-call',
  toolCallId,
  toolName: 't',
  input: { n },
})

const result = (toolCallId: string) => ({ type: 'tool-result', toolCallId, toolName: 't', output: known })

describe('a turn that is taken up', () => {
  it('makes a call again that may be made again, under the same key, and none that was answered', async () => {
    const { keys, tools } = counted('retry')
    const made = takeUp([...called, firstAnswered], { tools })
    expect(endOf(await runToEnd(made))?.status).toBe('completed')
    expect(keys).toEqual(['run/0/b'])
    expect(resultsRead(made)).toEqual([known, again])
    const fresh = counted('retry')
    await runToEnd(
      makeTurn([calls(['t', { n: 1 }, 'a'], ['t', { n: 2 }, 'b']), says('x')], { tools: fresh.tools }),
    )
    expect(fresh.keys).toEqual(['run/0/a', 'run/0/b'])
  })

  it('does not make a call again that may be made once: the model reads that nobody knows', async () => {
    const { keys, tools } = counted('once')
    const made = takeUp([...called, firstAnswered], { tools })
    const events = await runToEnd(made)
    expect(keys).toEqual([])
    expect(events[0]).toMatchObject({
      type: 'tool-error',
      toolCallId: 'b',
      error: { code: 'tool_outcome_unknown' },
    })
    expect(resultsRead(made)).toEqual([
      known,
      { type: 'error-text', value: expect.stringMatching(/^tool_outcome_unknown: .* It was not made again/) },
    ])
  })

  it('makes the calls that the model makes later, whatever their effect', async () => {
    const { keys, tools } = counted('once')
    const made = makeTurn(
      [calls(['t', {}, 'c']), says('x')],
      { tools },
      { state: foldOf([...called, firstAnswered]), isRecovered: true },
    )
    await runToEnd(made)
    expect(keys).toEqual(['run/1/c'])
  })

  it('tells of a call whose tool is gone', async () => {
    const made = takeUp([...called, firstAnswered], { tools: {} })
    expect((await runToEnd(made))[0]).toMatchObject({ type: 'tool-error', error: { code: 'tool_unknown' } })
  })

  it('asks the model again for a step that was cut off, with all that was committed before it', async () => {
    const { tools } = counted('once')
    const cutOff: TurnEvent[] = [
      ...called,
      firstAnswered,
      secondAnswered,
      { type: 'step-start', step: 1, model: 'test/scripted' },
      { type: 'text-delta', id: 't', delta: 'half' },
    ]
    const made = takeUp(cutOff, { tools })
    const events = await runToEnd(made)
    expect(events[0]).toEqual({ type: 'step-start', step: 1, model: 'test/scripted' })
    expect(made.model.asked.map(({ prompt }) => prompt)).toEqual([
      [
        ...askedPrompt,
        { role: 'assistant', content: [call('a', 1), call('b', 2)] },
        { role: 'tool', content: [result('a'), result('b')] },
      ],
    ])
    expect(endOf(events)?.usage).toEqual({ inputTokens: 20, outputTokens: 10, totalTokens: 30 })
    expect(made.turn.state.message.parts.slice(3)).toEqual([
      { type: 'step-start', model: 'test/scripted' },
      { type: 'text', text: 'done' },
    ])
  })

  it('asks the model again for its first step', async () => {
    const made = takeUp(
      [
        { type: 'step-start', step: 0, model: 'm' },
        { type: 'text-delta', id: 't', delta: 'half' },
      ],
      {},
    )
    expect(endOf(await runToEnd(made))?.status).toBe('completed')
    expect(made.model.asked[0]?.prompt).toEqual(askedPrompt)
  })

  it('only ends when all was said but the end', async () => {
    const whole: TurnEvent[] = [
      { type: 'step-start', step: 0, model: 'm' },
      { type: 'text-delta', id: 't', delta: 'all' },
      { type: 'step-end', step: 0, finishReason: 'length', usage, isContinued: false },
    ]
    const made = takeUp(whole, {})
    expect(await runToEnd(made)).toEqual([
      { type: 'turn-end', status: 'completed', finishReason: 'length', usage },
    ])
    expect(made.model.asked).toEqual([])
  })

  it('counts its steps and its conditions from its first life', async () => {
    const { tools } = counted('retry')
    const made = takeUp([...called, firstAnswered], { tools, maxSteps: 1 })
    const events = await runToEnd(made)
    expect(events.map(({ type }) => type)).toEqual(['tool-result', 'turn-end'])
    const asked: number[] = []
    const stopWhen = [({ steps }: { steps: unknown[] }) => asked.push(steps.length) > 0]
    await runToEnd(takeUp([...called, firstAnswered, secondAnswered], { tools, stopWhen }))
    expect(asked).toEqual([1])
  })

  it('that was stopped meanwhile answers its calls and ends as aborted', async () => {
    const { keys, tools } = counted('retry')
    const made = takeUp([...called, firstAnswered], { tools }, { signal: AbortSignal.abort() })
    const events = await runToEnd(made)
    expect(events).toMatchObject([
      { type: 'tool-error', error: { code: 'tool_aborted' } },
      { status: 'aborted' },
    ])
    expect(keys).toEqual([])
    expect(scriptedModel([]).asked).toEqual([])
  })
})
