import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { calls, says } from '../../test/fixtures/scripted-model.ts'
import { endOf, makeTurn, runToEnd } from '../../test/fixtures/turns.ts'
import { messageText } from '../protocol/message.ts'
import type { Processor } from '../processors/processor.ts'
import { createTool } from '../tools/tool.ts'

/** The last user's text of each prompt that the model was given. */
function lastAsked(made: ReturnType<typeof makeTurn>): unknown[] {
  return made.model.asked.map(({ prompt }) => prompt.at(-1)?.content)
}

describe('what goes in', () => {
  it('is shown to the model as the input processors made it', async () => {
    const loud: Processor = {
      id: 'loud',
      processInput: ({ messages }) =>
        messages.map((message) => ({ ...message, parts: [{ type: 'text', text: 'HI' }] })),
    }
    const made = makeTurn([says('ok')], { inputProcessors: [loud] })
    const events = await runToEnd(made)
    expect(endOf(events)).toMatchObject({ status: 'completed' })
    expect(lastAsked(made)).toEqual([[{ type: 'text', text: 'HI' }]])
  })

  it('is stopped by a tripwire before any model is asked', async () => {
    const guard: Processor = { id: 'guard', processInput: ({ abort }) => abort('not this') }
    const made = makeTurn([says('never')], { inputProcessors: [guard] })
    const events = await runToEnd(made)
    expect(events[0]).toEqual({ type: 'tripwire', processorId: 'guard', reason: 'not this', isRetry: false })
    expect(endOf(events)).toMatchObject({
      status: 'failed',
      error: { code: 'tripwire', message: 'not this' },
    })
    expect(made.model.asked).toEqual([])
  })

  it('is looked at before each step, with what the tools answered', async () => {
    const seen: number[] = []
    const counter: Processor = {
      id: 'counter',
      processInputStep: ({ step, messages }) => {
        seen.push(step, messages.length)
        return [...messages]
      },
    }
    const look = createTool({
      id: 'look',
      description: 'Looks',
      inputSchema: z.object({}),
      readOnly: true,
      execute: () => 1,
    })
    const made = makeTurn([calls(['look', {}]), says('done')], {
      inputProcessors: [counter],
      tools: { look },
    })
    await runToEnd(made)
    expect(seen).toEqual([0, 1, 1, 2])
  })
})

describe('what comes out', () => {
  it('is changed part by part before anybody hears it', async () => {
    const hide: Processor = {
      id: 'hide',
      processOutputStream: ({ part }) =>
        part.type === 'text-delta' ? { ...part, delta: part.delta.replaceAll(/\d/g, '#') } : part,
    }
    const made = makeTurn([says('pin 1234')], { outputProcessors: [hide] })
    const events = await runToEnd(made)
    expect(JSON.stringify(events)).not.toContain('1234')
    expect(messageText(made.turn.state.message)).toBe('pin ####')
  })

  it('is said anew when a processor changed the step', async () => {
    const polite: Processor = {
      id: 'polite',
      processOutputStep: ({ message }) => ({ ...message, parts: [{ type: 'text', text: 'Good day.' }] }),
    }
    const made = makeTurn([says('yo')], { outputProcessors: [polite] })
    const events = await runToEnd(made)
    expect(events.filter(({ type }) => type === 'step-start')).toHaveLength(2)
    expect(messageText(made.turn.state.message)).toBe('Good day.')
    expect(made.turn.state.steps).toHaveLength(1)
  })

  it('is tried again when a processor asks for it, and the model is told why', async () => {
    const short: Processor = {
      id: 'short',
      processOutputStep: ({ message, abort, retryCount }) => {
        if (retryCount === 0 && messageText(message).length > 5) abort('too long', { retry: true })
        return message
      },
    }
    const made = makeTurn([says('much too long'), says('brief')], { outputProcessors: [short] })
    const events = await runToEnd(made)
    expect(events).toContainEqual({
      type: 'tripwire',
      processorId: 'short',
      reason: 'too long',
      isRetry: true,
    })
    expect(JSON.stringify(lastAsked(made)[1])).toContain('too long')
    expect(messageText(made.turn.state.message)).toBe('brief')
    expect(endOf(events)).toMatchObject({ status: 'completed' })
  })

  it('is not kept when a processor stopped the whole answer', async () => {
    const judge: Processor = {
      id: 'judge',
      processOutputResult: ({ abort }) => abort('rude', { metadata: { score: 1 } }),
    }
    const made = makeTurn([says('something rude')], { outputProcessors: [judge] })
    const events = await runToEnd(made)
    expect(events).toContainEqual({
      type: 'tripwire',
      processorId: 'judge',
      reason: 'rude',
      isRetry: false,
      metadata: { score: 1 },
    })
    expect(endOf(events)).toMatchObject({ status: 'failed', error: { code: 'tripwire' } })
    expect(made.turn.state.message.parts).toEqual([])
  })

  it('fails the turn by its name when a processor breaks, and asks no model again', async () => {
    const broken: Processor = {
      id: 'broken',
      processOutputStep: () => {
        throw new Error('oops')
      },
    }
    const made = makeTurn([says('a'), says('b')], { outputProcessors: [broken] })
    const events = await runToEnd(made)
    expect(endOf(events)).toMatchObject({
      status: 'failed',
      error: { code: 'internal', message: expect.stringContaining('"broken"') },
    })
    expect(made.model.asked).toHaveLength(1)
  })
})
