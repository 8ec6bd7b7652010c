import { describe, expect, it } from 'vitest'
import type { StreamEntry, TurnEvent } from '../protocol/event.ts'
import type { Message } from '../protocol/message.ts'
import { AgentStream } from './agent-stream.ts'

const input: Message = { id: 'in', role: 'user', parts: [], createdAt: 0 }
const start: TurnEvent = {
  type: 'turn-start',
  runId: 'r',
  agentId: 'a',
  messageId: 'm',
  input,
  startedAt: 5,
  threadId: 't',
}
const end: TurnEvent = { type: 'turn-end', status: 'completed', finishReason: 'stop', usage: {} }
const step: TurnEvent = { type: 'step-start', step: 0, model: 'm' }
const stepEnd: TurnEvent = { type: 'step-end', step: 0, finishReason: 'stop', usage: {}, isContinued: false }
const text = (delta: string): TurnEvent => ({ type: 'text-delta', id: 't', delta })
const whole = [start, step, text('Hel'), text('lo'), stepEnd, end]

function streamOf(events: StreamEntry['event'][], counts = { pulled: 0 }): AgentStream {
  return new AgentStream(
    (async function* () {
      for (const event of events) {
        counts.pulled += 1
        yield { event }
      }
    })(),
  )
}

describe('a turn that is heard', () => {
  it('gives every reader every event from the first, side by side and one after the other', async () => {
    const counts = { pulled: 0 }
    const stream = streamOf(whole, counts)
    const [first, second, result] = await Promise.all([
      Array.fromAsync(stream),
      Array.fromAsync(stream.textStream),
      stream.result(),
    ])
    expect(first).toEqual(whole)
    expect(second).toEqual(['Hel', 'lo'])
    expect(result).toMatchObject({
      text: 'Hello',
      runId: 'r',
      threadId: 't',
      message: { id: 'm', createdAt: 5 },
    })
    expect(await Array.fromAsync(stream)).toEqual(whole)
    expect(counts.pulled).toBe(whole.length)
  })

  it('is pulled only as far as somebody reads', async () => {
    const counts = { pulled: 0 }
    const stream = streamOf(whole, counts)
    expect(counts.pulled).toBe(0)
    for await (const event of stream) if (event.type === 'text-delta') break
    expect(counts.pulled).toBe(3)
    expect(await Array.fromAsync(stream)).toEqual(whole)
  })

  it('gives the result without what was taken back, or said beside the turn', async () => {
    const events: StreamEntry['event'][] = [
      { type: 'turn-queued', runId: 'r', position: 1 },
      start,
      step,
      text('lost'),
      { type: 'step-restart' },
      ...whole.slice(1),
    ]
    expect((await streamOf(events).result()).text).toBe('Hello')
  })

  it('throws for every reader what its source throws', async () => {
    const stream = new AgentStream(
      (async function* () {
        yield { event: start }
        throw new Error('cut')
      })(),
    )
    await expect(Array.fromAsync(stream)).rejects.toThrow('cut')
    await expect(stream.result()).rejects.toThrow('cut')
  })

  it('has no result when it cannot go on, or stops before its end', async () => {
    const error = { code: 'aborted', message: 'Gone' } as const
    await expect(streamOf([start, { type: 'stream-error', error }]).result()).rejects.toMatchObject(error)
    await expect(streamOf([start, step]).result()).rejects.toMatchObject({ code: 'internal' })
    await expect(streamOf([]).result()).rejects.toThrow('The stream ended before the turn did')
  })
})
