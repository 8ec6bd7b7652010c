import { parseJsonEventStream, readUIMessageStream, uiMessageChunkSchema } from 'ai'
import type { UIMessage, UIMessageChunk } from 'ai'
import { describe, expect, it } from 'vitest'
import { calls, says } from '../../test/fixtures/scripted-model.ts'
import { bossOf, member, notingTools, task } from '../../test/fixtures/team.ts'
import type { TestTurn } from '../../test/fixtures/turns.ts'
import { runToEnd } from '../../test/fixtures/turns.ts'
import type { StreamEntry, TurnEvent } from '../protocol/event.ts'
import type { Message } from '../protocol/message.ts'
import { toUiMessage } from './ai-sdk-message.ts'
import { readToolAnswers } from './ai-sdk-answers.ts'
import { createAiSdkEncoder } from './ai-sdk-stream.ts'
import { toMastraMessage } from './mastra/message.ts'
import { createMastraEncoder } from './mastra/stream.ts'
import { createNativeEncoder } from './native.ts'

type AnyEvent = StreamEntry['event']

const turnStart: TurnEvent = {
  type: 'turn-start',
  runId: 'run',
  agentId: 'agent',
  messageId: 'm',
  input: { id: 'in', role: 'user', parts: [{ type: 'text', text: 'hi' }], createdAt: 0 },
  startedAt: 0,
}

/** A turn whose clerk asks a teller, while a scout speaks; the clerk's first try of a step breaks in its words. */
async function recorded(isAsking: boolean): Promise<{ events: TurnEvent[]; message: Message }> {
  const tools = notingTools([])
  const steps = isAsking
    ? [calls(['wire', { n: 5 }, 'w1']), says('wired')]
    : [calls(['look', { n: 1 }]), says('looked')]
  const teller = member('teller', steps, { tools })
  const clerk = member('clerk', [calls(['agent-teller', task, 'c1']), says('The clerk ', 'is done.')], {
    agents: { teller },
  })
  const made: TestTurn = bossOf({ clerk, scout: member('scout', [says('I ', 'see.')]) })
  const events = [turnStart, ...(await runToEnd(made))]
  return { events, message: made.turn.state.message }
}

describe('the native stream', () => {
  it('says what sub-agents say as it stands in the log', async () => {
    const { events } = await recorded(false)
    const encoder = createNativeEncoder()
    const said = events.map((event) => encoder.encode({ event })).join('')
    const read = said
      .split('\n\n')
      .flatMap((frame) => (frame ? [JSON.parse(frame.replace('data: ', ''))] : []))
    expect(read).toEqual(events)
  })
})

async function uiChunks(events: readonly AnyEvent[]): Promise<UIMessageChunk[]> {
  const encoder = createAiSdkEncoder()
  const stream = new Response(events.map((event) => encoder.encode({ event })).join('')).body
  if (!stream) throw new Error('Cannot read the stream: it has no body')
  const chunks: UIMessageChunk[] = []
  for await (const result of parseJsonEventStream({ stream, schema: uiMessageChunkSchema })) {
    if (!result.success) throw result.error
    chunks.push(result.value)
  }
  return chunks
}

async function shown(chunks: UIMessageChunk[]): Promise<UIMessage | undefined> {
  const stream = new ReadableStream<UIMessageChunk>({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
  let last: UIMessage | undefined
  for await (const message of readUIMessageStream({ stream })) last = message
  return last
}

describe("the AI SDK's stream", () => {
  it('says what sub-agents say as news, and the message is the one that is stored', async () => {
    const { events, message } = await recorded(false)
    const chunks = await uiChunks(events)
    const news = chunks.filter(({ type }) => type === 'data-agent-event')
    expect(news).toHaveLength(events.filter(({ type }) => type === 'agent-event').length)
    expect(news.every((chunk) => 'transient' in chunk && chunk.transient === true)).toBe(true)
    expect((await shown(chunks))?.parts).toEqual(toUiMessage(message).parts)
  })

  it('says nothing of calls that are taken up after a crash', async () => {
    expect(await uiChunks([turnStart, { type: 'calls-restart' }])).toHaveLength(1)
  })

  it('asks by the id of the question, with what it is about; a message that is loaded asks the same', async () => {
    const { events, message } = await recorded(true)
    const asked = (await shown(await uiChunks(events)))?.parts
    const approval = { id: 'b1/0/c1/0/w1' }
    const about = {
      type: 'data-agent-call',
      id: 'b1',
      data: {
        toolCallId: 'b1',
        id: '0/c1/0/w1',
        agentId: 'teller',
        path: ['c1', 'w1'],
        step: 0,
        toolName: 'wire',
        input: { n: 5 },
      },
    }
    const call = { type: 'tool-agent-clerk', toolCallId: 'b1', state: 'approval-requested', approval }
    expect(asked).toContainEqual(expect.objectContaining(call))
    expect(asked).toContainEqual(about)
    const stored = toUiMessage(message).parts
    expect(stored).toContainEqual(expect.objectContaining(call))
    expect(stored).toContainEqual(about)
    const answered = stored.map((part) =>
      part['state'] === 'approval-requested'
        ? { ...part, state: 'approval-responded', approval: { ...approval, approved: true } }
        : part,
    )
    expect(readToolAnswers(answered)).toEqual({
      'b1/0/c1/0/w1': { type: 'approve' },
      // What has its output already is passed over by the thread.
      b2: { type: 'output', output: { text: 'I see.' } },
    })
  })
})

interface Chunk {
  type: string
  runId?: string
  payload?: { toolCallId?: string; toolName?: string; output?: Chunk; nested?: unknown }
}

function mastraChunks(events: readonly AnyEvent[]): Chunk[] {
  const encoder = createMastraEncoder()
  const said = events.map((event) => encoder.encode({ event })).join('')
  return said
    .split('\n\n')
    .flatMap((frame) => (frame ? [JSON.parse(frame.slice('data: '.length)) as Chunk] : []))
}

/** What one agent said itself. */
function ownEvents(events: readonly TurnEvent[], path: string): AnyEvent[] {
  return events.flatMap((event) =>
    event.type === 'agent-event' && event.path.join('/') === path ? [event.event] : [],
  )
}

/** What the calls of the path wrap. */
function inside(chunks: readonly Chunk[], [id, ...path]: string[]): Chunk[] {
  const outputs = chunks.flatMap(({ type, payload }) =>
    type === 'tool-output' && payload?.output && payload.toolCallId === id ? [payload.output] : [],
  )
  return path.length > 0 ? inside(outputs, path) : outputs.filter(({ type }) => type !== 'tool-output')
}

describe("Mastra's stream", () => {
  it.each([[['b1']], [['b1', 'c1']], [['b2']]])(
    'wraps the chunks of a sub-agent, which are those of an agent, in the output of its call: %s',
    async (path) => {
      const { events } = await recorded(false)
      const chunks = mastraChunks(events)
      const alone = mastraChunks(ownEvents(events, path.join('/')))
      expect(inside(chunks, path)).toEqual(alone)
      expect(alone.map(({ type }) => type)).toEqual(
        expect.arrayContaining(['start', 'text-delta', 'step-finish', 'finish']),
      )
      const wrapping = chunks.find(({ payload }) => payload?.toolCallId === path[0] && payload?.output)
      expect(wrapping).toMatchObject({
        type: 'tool-output',
        runId: 'run',
        from: 'USER',
        payload: { toolCallId: path[0], toolName: path[0] === 'b1' ? 'agent-clerk' : 'agent-scout' },
      })
    },
  )

  it('leaves the chunks of the turn itself as they would be without them', async () => {
    const { events } = await recorded(false)
    const own = events.filter(({ type }) => type !== 'agent-event')
    const types = mastraChunks(events).map(({ type }) => type)
    expect(types.filter((type) => type !== 'tool-output')).toEqual(mastraChunks(own).map(({ type }) => type))
  })

  it('asks for approval at the call of the agent, and says what it is about, loaded or streamed', async () => {
    const { events, message } = await recorded(true)
    const question = mastraChunks(events).find(({ type }) => type === 'tool-call-approval')
    const nested = { agentId: 'teller', toolName: 'wire', input: { n: 5 }, path: ['c1', 'w1'] }
    expect(question?.payload).toMatchObject({ toolCallId: 'b1', toolName: 'agent-clerk', nested })
    expect(toMastraMessage(message).content.metadata).toMatchObject({
      pendingToolApprovals: { b1: { toolCallId: 'b1', nested } },
    })
  })

  it('wraps a warning of a sub-agent as well, and says nothing of calls that are taken up', () => {
    const call: TurnEvent = { type: 'tool-call', toolCallId: 'b1', toolName: 'agent-clerk', input: task }
    const warning: TurnEvent = {
      type: 'agent-event',
      path: ['b1'],
      event: { type: 'warning', code: 'model_skipped', message: 'no key' },
    }
    const chunks = mastraChunks([turnStart, call, { type: 'calls-restart' }, warning])
    expect(chunks.map(({ type }) => type)).toEqual(['start', 'tool-call', 'tool-output'])
    expect(inside(chunks, ['b1'])).toEqual([
      { type: 'data-warning', data: { code: 'model_skipped', message: 'no key' }, transient: true },
    ])
  })
})
