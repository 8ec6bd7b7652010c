import { describe, expect, it } from 'vitest'
import { answerOf, contextOf, drain, userSays } from '../../test/fixtures/processing.ts'
import type { Message } from '../protocol/message.ts'
import { messageText } from '../protocol/message.ts'
import type { Warning } from './call-hook.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import type { HookOptions, Processor } from './processor.ts'
import { runInput, runInputStep, runOutputResult, runOutputStep } from './run-processors.ts'
import { toTripwireEvent, TripWire } from './tripwire.ts'

const asked = { messages: [userSays('hi')], history: [userSays('before', 'h')] }

function appending(id: string, word: string): Processor {
  const append = (message: Message): Message => ({
    ...message,
    parts: [...message.parts, { type: 'text', text: ` ${word}` }],
  })
  return {
    id,
    processInput: ({ messages }) => messages.map(append),
    processInputStep: async ({ messages }) => messages.map(append),
    processOutputStep: ({ message }) => append(message),
    processOutputResult: ({ message }) => append(message),
  }
}

const two = [appending('one', '1'), { id: 'none' }, appending('two', '2')]

describe('the input hooks', () => {
  it('run in their order, each on what the one before it made', async () => {
    const { result } = await drain(runInput(two, contextOf(), asked))
    expect(result.map(messageText)).toEqual(['hi 1 2'])
    const shown = { step: 0, messages: asked.messages, instructions: 'Be kind' }
    const step = await drain(runInputStep(two, contextOf(), shown))
    expect(step.result.map(messageText)).toEqual(['hi 1 2'])
    expect(asked.messages).toEqual([userSays('hi')])
  })

  it('leave all as it is when they return nothing', async () => {
    const { result } = await drain(runInput([{ id: 'x', processInput: () => undefined }], contextOf(), asked))
    expect(result).toBe(asked.messages)
  })

  it('are told what they work on, who asks and how often it was tried', async () => {
    const seen: unknown[] = []
    const processor: Processor = {
      id: 'x',
      processInput: ({ messages, history }) => void seen.push(messages, history),
      processInputStep: ({ step, instructions, retryCount, runtimeContext }) =>
        void seen.push(step, instructions, retryCount, runtimeContext.get('plan')),
    }
    const context = contextOf({ retryCount: 2, runtimeContext: new RuntimeContext({ plan: 'pro' }) })
    await drain(runInput([processor], context, asked))
    await drain(runInputStep([processor], context, { step: 3, messages: [], instructions: 'Be kind' }))
    expect(seen).toEqual([asked.messages, asked.history, 3, 'Be kind', 2, 'pro'])
  })

  it('share a state of their own through the turn', async () => {
    const seen: unknown[] = []
    const count = ({ state }: HookOptions): void => {
      state['n'] = Number(state['n'] ?? 0) + 1
      seen.push(state['n'])
    }
    const make = (id: string): Processor => ({ id, processInput: count, processOutputStep: count })
    const both = [make('same'), make('same')]
    const context = contextOf()
    await drain(runInput(both, context, asked))
    await drain(runOutputStep(both, context, { step: 0, message: answerOf() }))
    expect(seen).toEqual([1, 1, 2, 2])
  })
})

describe('the output hooks', () => {
  it('say whether a step was changed', async () => {
    const message = answerOf({ type: 'text', text: 'hello' })
    const changed = await drain(runOutputStep(two, contextOf(), { step: 0, message }))
    expect([messageText(changed.result.message), changed.result.isChanged]).toEqual(['hello 1 2', true])
    const copying: Processor = { id: 'x', processOutputStep: ({ message }) => structuredClone(message) }
    const same = await drain(runOutputStep([copying], contextOf(), { step: 0, message }))
    expect(same.result.isChanged).toBe(false)
  })

  it('change of a result what is not settled', async () => {
    const message = answerOf({ type: 'text', text: 'kept' }, { type: 'text', text: 'last' })
    const { result, warnings } = await drain(runOutputResult(two, contextOf(), { message, settled: 1 }))
    expect(result).toEqual({
      message: answerOf(
        { type: 'text', text: 'kept' },
        { type: 'text', text: 'last' },
        { type: 'text', text: ' 1' },
        { type: 'text', text: ' 2' },
      ),
      isChanged: true,
    })
    expect(warnings).toEqual([])
  })

  it('drop a change to what is settled, with a warning, and keep the rest', async () => {
    const shout: Processor = {
      id: 'shout',
      processOutputResult: ({ message }) =>
        answerOf(
          ...message.parts.map((part) =>
            part.type === 'text' ? { ...part, text: part.text.toUpperCase() } : part,
          ),
        ),
    }
    const message = answerOf({ type: 'text', text: 'kept' }, { type: 'text', text: 'last' })
    const { result, warnings } = await drain(runOutputResult([shout], contextOf(), { message, settled: 1 }))
    expect(result.message.parts).toEqual([
      { type: 'text', text: 'kept' },
      { type: 'text', text: 'LAST' },
    ])
    expect(warnings).toEqual([
      'processor_change_dropped: Processor "shout" changed steps that were already kept: change them in processOutputStep',
    ])
    const empty: Processor = { id: 'empty', processOutputResult: () => answerOf() }
    const dropped = await drain(runOutputResult([empty], contextOf(), { message, settled: 1 }))
    expect(dropped.result).toEqual({ message, isChanged: false })
  })
})

const aborting = (options: HookOptions) => options.abort('no', { retry: true, metadata: { score: 1 } })

const broken = (): never => {
  throw new TypeError('bad key sk-abcdef123456')
}

const runners: [keyof Processor, (processor: Processor) => AsyncGenerator<Warning, unknown>][] = [
  ['processInput', (p) => runInput([p], contextOf(), asked)],
  ['processInputStep', (p) => runInputStep([p], contextOf(), { step: 0, messages: [], instructions: '' })],
  ['processOutputStep', (p) => runOutputStep([p], contextOf(), { step: 0, message: answerOf() })],
  ['processOutputResult', (p) => runOutputResult([p], contextOf(), { message: answerOf(), settled: 0 })],
]

describe('a hook that does not return', () => {
  it.each(runners)('%s: stops by a tripwire, or fails under its own name', async (name, run) => {
    const error = await drain(run({ id: 'p', [name]: aborting })).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(TripWire)
    expect(error).toMatchObject({ processorId: 'p', reason: 'no', isRetry: true, metadata: { score: 1 } })
    await expect(drain(run({ id: 'p', [name]: broken }))).rejects.toMatchObject({
      code: 'internal',
      message: `Processor "p" failed in ${name}: bad key [redacted]`,
    })
  })

  it('has its warnings said before it stops', async () => {
    const processor: Processor = {
      id: 'p',
      processInput: ({ warn, abort }) => {
        warn('odd', 'It looks odd')
        return abort('no')
      },
    }
    const run = runInput([processor], contextOf(), asked)
    expect(await run.next()).toEqual({
      done: false,
      value: { type: 'warning', code: 'odd', message: 'It looks odd' },
    })
    await expect(run.next()).rejects.toBeInstanceOf(TripWire)
  })

  it('is waited for no longer than the signal allows', async () => {
    const controller = new AbortController()
    const reason = new Error('stopped')
    const processor: Processor = {
      id: 'p',
      processInput: () => {
        queueMicrotask(() => controller.abort(reason))
        return new Promise(() => undefined)
      },
    }
    const context = contextOf({ signal: controller.signal })
    await expect(drain(runInput([processor], context, asked))).rejects.toBe(reason)
    await expect(drain(runInput([processor], context, asked))).rejects.toBe(reason)
  })
})

it('a tripwire is told in the log with what the loop does about it', () => {
  const tripwire = new TripWire('p', 'no', { retry: true, metadata: [1] })
  expect(toTripwireEvent(tripwire, false)).toEqual({
    type: 'tripwire',
    processorId: 'p',
    reason: 'no',
    isRetry: false,
    metadata: [1],
  })
  expect(toTripwireEvent(new TripWire('p', 'no'), false)).not.toHaveProperty('metadata')
})
