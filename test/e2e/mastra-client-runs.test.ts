import { createTool } from '@mastra/client-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { holdBefore, say } from '../fixtures/openai/index.ts'
import { answerOf, messagesOf, newId } from './client.ts'
import { createJournal, eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'
import type { MastraChunk } from './mastra-client.ts'
import {
  chunksOf,
  openMastra,
  payloadOf,
  refusal,
  requestContextOf,
  textOf,
  typesOf,
} from './mastra-client.ts'
import { openRelay } from './relay.ts'

type Mastra = ReturnType<typeof openMastra>
type Agent = ReturnType<Mastra['getAgent']>

let world: World
let mastra: Mastra
let asker: Agent
beforeAll(async () => {
  world = await openWorld()
  mastra = openMastra(world)
  asker = mastra.getAgent('asker')
})
afterAll(() => world.close())

const wire = { type: 'reply' as const, toolCalls: [{ id: 'w1', name: 'wire', input: { amount: 9 } }] }
const book = { type: 'reply' as const, toolCalls: [{ id: 'b1', name: 'book', input: { amount: 1 } }] }

/** A run that waits for a person, on a thread of the tag's name or on none. */
async function waitingRun(tag: string, onThread = true): Promise<string> {
  const memory = onThread && { memory: { thread: tag, resource: 'ada' } }
  const chunks = await chunksOf(await asker.stream(`#${tag}`, { ...memory }))
  return chunks[0]?.runId ?? ''
}

describe('a call that needs approval', () => {
  it('is asked for in the stream, which ends, and goes on in another once it is approved', async () => {
    const tag = newId('t')
    world.stage.play(tag, wire, say('Wired.'))
    const asked = await chunksOf(await asker.stream(`#${tag}`, { memory: { thread: tag, resource: 'ada' } }))
    expect(typesOf(asked)).toEqual([
      'start',
      'step-start',
      'tool-call-input-streaming-start',
      'tool-call-delta',
      'tool-call-input-streaming-end',
      'tool-call',
      'tool-call-approval',
    ])
    const { toolCallId } = payloadOf(asked, 'tool-call-approval')
    const runId = asked[0]?.runId ?? ''
    const went = await chunksOf(await asker.approveToolCall({ runId, toolCallId: String(toolCallId) }))
    expect(typesOf(went)).toEqual([
      'tool-result',
      'step-finish',
      'step-start',
      'text-start',
      'text-delta',
      'text-end',
      'step-finish',
      'finish',
    ])
    expect(payloadOf(went, 'tool-result')).toMatchObject({
      toolCallId: 'w1',
      args: { amount: 9 },
      result: { wired: 9 },
    })
    expect(new Set(went.map((chunk) => chunk.runId))).toEqual(new Set([runId]))
    expect(await refusal(asker.approveToolCall({ runId, toolCallId: 'w1' }))).toMatchObject({
      status: 409,
      body: { code: 'already_answered', error: expect.any(String) },
    })
  })

  it('is declined, and the model is told', async () => {
    const tag = newId('t')
    const cues = world.stage.play(tag, wire, say('As you wish.'))
    const runId = await waitingRun(tag)
    const went = await chunksOf(await asker.declineToolCall({ runId, toolCallId: 'w1', reason: 'too much' }))
    expect(typesOf(went).slice(0, 2)).toEqual(['tool-output-denied', 'step-finish'])
    expect(textOf(went)).toBe('As you wish.')
    expect(cues.items[1]?.results[0]?.output).toContain('too much')
  })

  it('is asked for in a whole answer, and answered with another, without a thread as well', async () => {
    for (const approved of [true, false]) {
      const tag = newId('t')
      world.stage.play(tag, wire, say('So be it.'))
      const asked = await asker.generate(`#${tag}`)
      expect(asked).toMatchObject({
        finishReason: 'suspended',
        suspendPayload: { toolCallId: 'w1', toolName: 'wire', args: { amount: 9 } },
      })
      const call = { runId: String(asked.runId), toolCallId: 'w1' }
      const went = await (approved
        ? asker.approveToolCallGenerate(call)
        : asker.declineToolCallGenerate(call))
      expect(went).toMatchObject({ text: 'So be it.', finishReason: 'stop', runId: call.runId })
    }
  })

  it('may be asked for by the request alone', async () => {
    const tag = newId('t')
    world.stage.play(
      tag,
      { type: 'reply', toolCalls: [{ id: 'c1', name: 'lookUp', input: { amount: 4 } }] },
      say('Four.'),
    )
    const clerk = mastra.getAgent('clerk')
    const options = { requireToolApproval: true, requestContext: requestContextOf(world) }
    const asked = await clerk.generate(`#${tag}`, options)
    expect(asked.finishReason).toBe('suspended')
    const went = await clerk.approveToolCallGenerate({ runId: String(asked.runId), toolCallId: 'c1' })
    expect(went).toMatchObject({ text: 'Four.' })
  })
})

describe('a tool that suspended', () => {
  it('says with what, and goes on with what it is given', async () => {
    const tag = newId('t')
    world.stage.play(tag, book, say('Booked.'))
    const asked = await chunksOf(await asker.stream(`#${tag}`, { memory: { thread: tag, resource: 'ada' } }))
    expect(payloadOf(asked, 'tool-call-suspended')).toMatchObject({
      suspendPayload: { question: 'Which room?' },
    })
    const runId = asked[0]?.runId ?? ''
    expect(await refusal(asker.resumeStream({ room: 3 }, { runId, toolCallId: 'b1' }))).toMatchObject({
      status: 400,
      body: { issues: [{ field: 'resumeData.room' }] },
    })
    const went = await chunksOf(await asker.resumeStream({ room: '3' }, { runId, toolCallId: 'b1' }))
    expect(payloadOf(went, 'tool-result')).toMatchObject({ result: { booked: '3' } })
    expect(textOf(went)).toBe('Booked.')
  })
})

describe('runs that wait', () => {
  it('are listed for their agent: of a thread, of a resource, of a time', async () => {
    const [one, two] = [newId('t'), newId('t')]
    for (const [tag, line] of [
      [one, wire],
      [two, book],
    ] as const)
      world.stage.play(tag, line, say('Done.'))
    const resource = newId('ada')
    const runs: string[] = []
    for (const thread of [one, two]) {
      const chunks = await chunksOf(await asker.stream(`#${thread}`, { memory: { thread, resource } }))
      runs.push(chunks[0]?.runId ?? '')
    }
    expect(await asker.listSuspendedRuns({ threadId: one })).toMatchObject({
      total: 1,
      runs: [
        {
          runId: runs[0],
          status: 'suspended',
          threadId: one,
          resourceId: resource,
          toolCalls: [{ toolCallId: 'w1', toolName: 'wire', args: { amount: 9 }, requiresApproval: true }],
        },
      ],
    })
    // Which threads a resource has is told through an outbox, which waits for no answer.
    const all = await eventually('the list to know both threads', async () => {
      const listed = await asker.listSuspendedRuns({ resourceId: resource })
      return listed.total === 2 ? listed : undefined
    })
    expect(all.runs.map(({ runId }) => runId)).toEqual(runs.toReversed())
    expect(all.runs[0]?.toolCalls).toMatchObject([
      { requiresApproval: false, suspendPayload: { question: 'Which room?' } },
    ])
    expect(await asker.listSuspendedRuns({ resourceId: resource, perPage: 1, page: 1 })).toMatchObject({
      total: 2,
      runs: [{ runId: runs[0] }],
    })
    const future = new Date(Date.now() + 3600_000)
    expect(await asker.listSuspendedRuns({ threadId: one, fromDate: future })).toEqual({ runs: [], total: 0 })
    expect(await asker.listSuspendedRuns({ threadId: newId('t') })).toEqual({ runs: [], total: 0 })
    expect(await mastra.getAgent('clerk').listSuspendedRuns({ threadId: one })).toEqual({
      runs: [],
      total: 0,
    })

    await asker.approveToolCallGenerate({ runId: runs[0] ?? '', toolCallId: 'w1' })
    expect(await asker.listSuspendedRuns({ threadId: one })).toEqual({ runs: [], total: 0 })
  })
})

describe('observe', () => {
  it('tells a run again from its first chunk, to its end, after the connection was cut', async () => {
    const tag = newId('t')
    const hold = holdBefore(1)
    world.stage.play(tag, { ...say('one ', 'two ', 'three'), gate: hold.gate })
    const relay = await openRelay(world.url)
    const heard = createJournal<MastraChunk>()
    const clerk = mastra.getAgent('clerk')
    const { runId } = await clerk.sendMessage({ message: `#${tag}`, threadId: tag, resourceId: 'ada' })
    const cut = await openMastra(relay).getAgent('clerk').observe({ runId })
    const over = expect(chunksOf(cut, (chunk) => heard.add(chunk))).rejects.toThrow('terminated')
    await heard.reached('the first word', ({ type }) => type === 'text-delta')
    relay.cut()
    await over
    const again = await clerk.observe({ runId })
    const rest = createJournal<MastraChunk>()
    const whole = chunksOf(again, (chunk) => rest.add(chunk))
    await rest.reached('the first word again', ({ type }) => type === 'text-delta')
    hold.release()
    const chunks = await whole
    expect(textOf(chunks)).toBe('one two three')
    expect([chunks[0]?.type, chunks.at(-1)?.type]).toEqual(['start', 'finish'])
    await relay.close()
  })

  it('tells all lives of a run that waited, and one that is over', async () => {
    const tag = newId('t')
    world.stage.play(tag, wire, say('Wired.'))
    const runId = await waitingRun(tag, false)
    const waiting = await chunksOf(await asker.observe({ runId }))
    expect(waiting.at(-1)?.type).toBe('tool-call-approval')
    await asker.approveToolCallGenerate({ runId, toolCallId: 'w1' })
    const whole = await chunksOf(await asker.observe({ runId, offset: 0 }))
    expect(typesOf(whole)).toEqual(
      expect.arrayContaining(['start', 'tool-call-approval', 'tool-result', 'finish']),
    )
    expect(textOf(whole)).toBe('Wired.')
  })

  it('refuses a run that is not there, and a place in it', async () => {
    expect(await refusal(asker.observe({ runId: 'mine' }))).toMatchObject({
      status: 404,
      body: { code: 'run_not_found' },
    })
    expect(await refusal(asker.observe({ runId: 'mine', offset: 4 }))).toMatchObject({
      status: 400,
      body: { issues: [{ field: 'offset' }] },
    })
  })
})

describe('a thread that is subscribed to', () => {
  it('is heard turn after turn, from before its first message on', async () => {
    const thread = newId('t')
    world.stage.play(`${thread}-1`, say('first'))
    world.stage.play(`${thread}-2`, say('second'))
    const clerk = mastra.getAgent('clerk')
    const subscription = await clerk.subscribeToThread({ threadId: thread, resourceId: 'ada' })
    const heard = createJournal<MastraChunk>()
    const over = subscription.processDataStream({
      onChunk: (chunk) => heard.add(JSON.parse(JSON.stringify(chunk)) as MastraChunk),
    })
    const runs: string[] = []
    for (const n of [1, 2]) {
      const message = `#${thread}-${n}`
      const sent = await clerk.sendMessage({ message, threadId: thread, resourceId: 'ada' })
      expect(sent).toEqual({ accepted: true, runId: expect.any(String) })
      runs.push(sent.runId)
      await heard.reached(`turn ${n}`, ({ type }) => type === 'finish', n)
    }
    subscription.unsubscribe()
    await over
    expect(textOf(heard.items)).toBe('firstsecond')
    expect([...new Set(heard.items.map(({ runId }) => runId))]).toEqual(runs)
    expect((await messagesOf(world, thread)).map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
    ])
  })

  it('has its questions answered by the call alone, and the client run its own tools', async () => {
    const thread = newId('t')
    const locate = { id: 'l1', name: 'locate', input: {} }
    world.stage.play(thread, wire, { type: 'reply', toolCalls: [locate] }, say('Wired to Bern.'))
    const subscription = await asker.subscribeToThread({ threadId: thread, resourceId: 'ada' })
    const heard = createJournal<MastraChunk>()
    const over = subscription.processDataStream({
      onChunk: (chunk) => heard.add(JSON.parse(JSON.stringify(chunk)) as MastraChunk),
    })
    const clientTools = {
      locate: createTool({
        id: 'locate',
        description: 'Where the page is',
        inputSchema: z.object({}),
        execute: async () => ({ city: 'Bern' }),
      }),
    }
    const { runId } = await asker.sendMessage({
      message: { contents: [{ type: 'text', text: `#${thread}` }] },
      threadId: thread,
      resourceId: 'ada',
      ifIdle: { behavior: 'wake', streamOptions: { clientTools } },
    })
    await heard.reached('the question', ({ type }) => type === 'tool-call-approval')
    const call = { threadId: thread, resourceId: 'ada', toolCallId: 'w1' }
    expect(await asker.sendToolApproval({ ...call, approved: true })).toEqual({
      accepted: true,
      runId,
      toolCallId: 'w1',
    })
    await heard.reached('the end', ({ type, payload }) => type === 'text-delta' && payload['text'] !== '')
    await heard.reached('the end', ({ type }) => type === 'finish', 2)
    subscription.unsubscribe()
    await over
    expect(textOf(heard.items)).toBe('Wired to Bern.')
    expect((await answerOf(world, thread)).parts).toMatchObject([
      {},
      { toolName: 'wire', state: 'done', output: { wired: 9 } },
      {},
      { toolName: 'locate', state: 'done', output: { city: 'Bern' } },
      {},
      { text: 'Wired to Bern.' },
    ])
    expect(await refusal(asker.sendToolApproval({ ...call, approved: true }))).toMatchObject({
      status: 409,
      body: { code: 'run_not_suspended' },
    })
  })

  it('is aborted: the turn that runs, or only the one that is named', async () => {
    const thread = newId('t')
    const hold = holdBefore(1)
    world.stage.play(thread, { ...say('so far', ' and no further'), gate: hold.gate })
    const clerk = mastra.getAgent('clerk')
    const place = { threadId: thread, resourceId: 'ada' }
    const heard = createJournal<MastraChunk>()
    const response = await clerk.stream(`#${thread}`, { memory: { thread, resource: 'ada' } })
    const over = chunksOf(response, (chunk) => heard.add(chunk))
    await heard.reached('the first word', ({ type }) => type === 'text-delta')
    expect(await clerk.abortThread({ ...place, expectedRunId: 'another' })).toEqual({ aborted: false })
    expect(await clerk.abortThread(place)).toEqual({ aborted: true })
    hold.release()
    expect((await over).at(-1)?.type).toBe('abort')
    expect(await clerk.abortThread(place)).toEqual({ aborted: false })
    expect(await clerk.abortThread({ threadId: newId('t') })).toEqual({ aborted: false })
    expect((await answerOf(world, thread)).outcome).toMatchObject({ status: 'aborted' })
  })

  it.each([
    ['ifActive.behavior', { ifActive: { behavior: 'discard' as const } }],
    ['ifIdle.behavior', { ifIdle: { behavior: 'persist' as const } }],
    ['ifIdle.attributes', { ifIdle: { attributes: { a: 1 } } }],
  ])('takes no message with %s', async (field, more) => {
    const message = { message: 'hi', threadId: newId('t'), resourceId: 'ada', ...more }
    expect(await refusal(mastra.getAgent('clerk').sendMessage(message))).toMatchObject({
      status: 400,
      body: { issues: [{ field }] },
    })
  })
})
