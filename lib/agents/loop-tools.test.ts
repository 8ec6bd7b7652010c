import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { calls, says, scriptedModel } from '../../test/fixtures/scripted-model.ts'
import { endOf, makeTurn, runToEnd, toolOf } from '../../test/fixtures/turns.ts'
import type { TurnEvent } from '../protocol/event.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import type { ToolContext } from '../tools/tool.ts'
import { createTool } from '../tools/tool.ts'

type Answer = Extract<TurnEvent, { type: 'tool-result' | 'tool-error' }>

function answersOf(events: readonly TurnEvent[]): Answer[] {
  return events.filter(
    (event): event is Answer => event.type === 'tool-result' || event.type === 'tool-error',
  )
}

/** A tool whose calls wait until they are let go, and which tells how many ran at once. */
function heldTool() {
  const waiting = new Map<unknown, () => void>()
  const counts = { running: 0, most: 0 }
  const tool = toolOf(async ({ n }) => {
    counts.running += 1
    counts.most = Math.max(counts.most, counts.running)
    await new Promise<void>((resolve) => waiting.set(n, resolve))
    counts.running -= 1
    return n
  })
  return { tool, waiting, counts }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const error = (toolCallId: string, toolName: string, value: string) => ({
  type: 'tool-result',
  toolCallId,
  toolName,
  output: { type: 'error-text', value },
})

describe('the calls of one step', () => {
  it('run side by side, never more at once than the agent allows', async () => {
    const { tool, waiting, counts } = heldTool()
    const list = Array.from({ length: 7 }, (_, n): [string, unknown, string] => ['t', { n }, `c${n}`])
    const made = makeTurn([calls(...list), says('x')], { tools: { t: tool }, toolCallConcurrency: 3 })
    const events = runToEnd(made)
    for (let answered = 0; answered < 7;) {
      await settle()
      expect(waiting.size).toBe(Math.min(3, 7 - answered))
      // The newest first: none waits for another.
      const [n, letGo] = [...waiting].at(-1) ?? []
      waiting.delete(n)
      letGo?.()
      answered += 1
    }
    expect(answersOf(await events)).toHaveLength(7)
    expect(counts.most).toBe(3)
  })

  it('are answered as each answer comes, and read by the model in the order of the calls', async () => {
    const { tool, waiting } = heldTool()
    const model = scriptedModel([calls(['t', { n: 1 }, 'a'], ['t', { n: 2 }, 'b']), says('x')])
    const made = makeTurn(model, { tools: { t: tool } })
    const heard: string[] = []
    const listening = (async () => {
      for await (const event of made.events) if (event.type === 'tool-result') heard.push(event.toolCallId)
    })()
    await settle()
    waiting.get(2)?.()
    await settle()
    expect(heard).toEqual(['b'])
    waiting.get(1)?.()
    await listening
    expect(heard).toEqual(['b', 'a'])
    const results = model.asked[1]?.prompt.at(-1)
    expect(results).toEqual({
      role: 'tool',
      content: [
        { type: 'tool-result', toolCallId: 'a', toolName: 't', output: { type: 'json', value: 1 } },
        { type: 'tool-result', toolCallId: 'b', toolName: 't', output: { type: 'json', value: 2 } },
      ],
    })
  })

  it('are answered with what went wrong, which the model reads, and the turn goes on', async () => {
    const outputSchema = z.object({ n: z.number('must be a number') })
    const tools = {
      strict: createTool({
        id: 's',
        description: 'x',
        inputSchema: z.object({ at: z.number('must be a number') }),
        execute: () => 1,
      }),
      throwing: toolOf(() => {
        throw new Error('no luck')
      }),
      slow: toolOf(() => new Promise(() => undefined), { timeoutMs: 5 }),
      odd: createTool({ id: 'o', description: 'x', outputSchema, execute: () => JSON.parse('{}') }),
      fine: toolOf(() => 'fine'),
    }
    const model = scriptedModel([
      calls(
        ['strict', { at: 'x' }, '1'],
        ['strict', '{"at": 1', '2'],
        ['missing', {}, '3'],
        ['throwing', {}, '4'],
        ['slow', {}, '5'],
        ['odd', {}, '6'],
        ['fine', {}, '7'],
      ),
      says('I see.'),
    ])
    const events = await runToEnd(makeTurn(model, { tools }))
    expect(endOf(events)).toMatchObject({ status: 'completed', finishReason: 'stop' })
    const read = model.asked[1]?.prompt.at(-1)
    expect(read?.content).toEqual([
      error('1', 'strict', 'tool_input_invalid: The arguments do not fit: at: must be a number'),
      error('2', 'strict', 'tool_input_invalid: The arguments are not JSON: {"at": 1'),
      error(
        '3',
        'missing',
        'tool_unknown: There is no tool "missing" (have: strict, throwing, slow, odd, fine)',
      ),
      error('4', 'throwing', 'tool_failed: no luck'),
      error('5', 'slow', 'tool_timeout: The tool did not answer within 5 ms'),
      error(
        '6',
        'odd',
        "tool_output_invalid: The tool's answer does not fit its schema: n: must be a number",
      ),
      { type: 'tool-result', toolCallId: '7', toolName: 'fine', output: { type: 'text', value: 'fine' } },
    ])
  })

  it('take the agent’s time limit where a tool names none', async () => {
    const slow = toolOf(() => new Promise(() => undefined))
    const events = await runToEnd(
      makeTurn([calls(['slow', {}]), says('x')], { tools: { slow }, timeouts: { toolMs: 4 } }),
    )
    expect(answersOf(events)).toMatchObject([{ error: { message: 'The tool did not answer within 4 ms' } }])
  })
})

describe('a tool', () => {
  it('is told who asks, in which run, and under which key its call is the same again', async () => {
    const heard: ToolContext[] = []
    const tool = toolOf((_input, context) => {
      heard.push(context)
      return heard.length
    })
    const runtimeContext = new RuntimeContext({ plan: 'pro' })
    const over = { runtimeContext, threadId: 'thread', resourceId: 'ann' }
    await runToEnd(
      makeTurn([calls(['t', {}, 'c']), calls(['t', {}, 'c']), says('x')], { tools: { t: tool } }, over),
    )
    const known = { ...over, runId: 'run', toolCallId: 'c' }
    expect(heard).toMatchObject([
      { ...known, idempotencyKey: 'run/0/c' },
      { ...known, idempotencyKey: 'run/1/c' },
    ])
    await runToEnd(makeTurn([calls(['t', {}, 'c']), says('x')], { tools: { t: tool } }))
    expect(Object.keys(heard[2] ?? {})).not.toContain('threadId')
  })

  it('says how far it has come, before its answer, until it is no longer waited for', async () => {
    let late: ToolContext | undefined
    const tool = toolOf((_input, context) => {
      late = context
      context.writer.write({ done: 0.5 })
      return 'all'
    })
    const made = makeTurn([calls(['t', {}, 'c']), says('x')], { tools: { t: tool } })
    const events: TurnEvent[] = []
    for await (const event of made.events) {
      events.push(event)
      if (event.type === 'tool-result') late?.writer.write('too late')
    }
    expect(events.filter(({ type }) => type.startsWith('tool-')).slice(1)).toEqual([
      { type: 'tool-progress', toolCallId: 'c', data: { done: 0.5 } },
      { type: 'tool-result', toolCallId: 'c', toolName: 't', output: 'all' },
    ])
    expect(made.turn.state.message.parts).not.toContainEqual(
      expect.objectContaining({ type: 'tool-progress' }),
    )
  })
})

describe('a turn that is stopped while its tools run', () => {
  it('answers every call, begins none that waited, and keeps what it has', async () => {
    const begun: unknown[] = []
    const tool = toolOf(({ n }) => {
      begun.push(n)
      return n === 1 ? 'done' : new Promise(() => undefined)
    })
    const controller = new AbortController()
    const list = [1, 2, 3, 4].map((n): [string, unknown, string] => ['t', { n }, `c${n}`])
    const agent = { tools: { t: tool }, toolCallConcurrency: 2 }
    const made = makeTurn([{ items: ['Wait.', ...toItems(calls(...list))] }], agent, {
      signal: controller.signal,
    })
    const events: TurnEvent[] = []
    for await (const event of made.events) {
      events.push(event)
      if (event.type === 'tool-result') await settle().then(() => controller.abort())
    }
    expect(begun).toEqual([1, 2, 3])
    expect(answersOf(events).map((event) => [event.toolCallId, event.type])).toEqual([
      ['c1', 'tool-result'],
      ['c2', 'tool-error'],
      ['c3', 'tool-error'],
      ['c4', 'tool-error'],
    ])
    const usage = { inputTokens: 10, outputTokens: 5, totalTokens: 15 }
    expect(endOf(events)).toEqual({ type: 'turn-end', status: 'aborted', finishReason: 'aborted', usage })
    expect(made.turn.state.message.parts).toMatchObject([
      { type: 'step-start' },
      { type: 'text', text: 'Wait.' },
      { state: 'done', output: 'done' },
      { state: 'failed', error: { code: 'tool_aborted' } },
      { state: 'failed', error: { code: 'tool_aborted' } },
      { state: 'failed', error: { code: 'tool_aborted' } },
    ])
  })
})

function toItems(step: ReturnType<typeof calls>) {
  return 'items' in step ? step.items : []
}
