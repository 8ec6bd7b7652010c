import { afterAll, beforeAll, expect, it } from 'vitest'
import { chunksOf, comparable, readCapture } from '../fixtures/mastra/capture.ts'
import type { Answer } from '../fixtures/openai/index.ts'
import { words } from '../fixtures/openai/index.ts'
import { newId, post } from './client.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const answer: Answer = { type: 'reply', text: words(3), delayMs: 5 }
const wire: Answer = { type: 'reply', toolCalls: [{ id: 'w1', name: 'wire', input: { amount: 9 } }] }

/** Posts as Mastra's client does, and gives the answer's bytes. */
async function say(agent: string, route: string, body: object): Promise<{ headers: Headers; text: string }> {
  const response = await post(world, `/api/agents/${agent}/${route}`, body)
  expect(response.status).toBe(200)
  return { headers: response.headers, text: await response.text() }
}

/** A value by its shape: what keys its objects have. The recorded calls are of another tool, so not what is in them. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])]
  if (typeof value !== 'object' || value === null) return typeof value
  const entries = Object.entries(value).filter(([key]) => key !== 'args' && key !== 'result')
  return Object.fromEntries(entries.map(([key, item]) => [key, shapeOf(item)]))
}

/** Each chunk's type with the keys of its payload, in the order of the wire. */
function framesOf(stream: string): unknown[] {
  return chunksOf(stream).map((chunk) => {
    // comparable gives JSON back.
    const { type, payload = {}, ...rest } = comparable(chunk) as Record<string, object>
    return [type, Object.keys(rest).toSorted(), Object.keys(payload).toSorted()]
  })
}

function runOf(stream: string): string {
  return chunksOf(stream)[0]?.runId ?? ''
}

it('streams a turn frame by frame as the real server was recorded', async () => {
  const tag = newId('t')
  world.stage.play(tag, answer)
  const { headers, text } = await say('clerk', 'stream', { messages: `#${tag}` })
  expect(headers.get('content-type')).toMatch(/^text\/event-stream/)
  expect(headers.get('cache-control')).toContain('no-cache')
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
  expect(framesOf(text)).toEqual(framesOf(readCapture('stream.txt')))
})

it('stops at a question as it was recorded, and goes on after the answer as it was recorded', async () => {
  const tag = newId('t')
  world.stage.play(tag, wire, answer)
  const asked = (await say('asker', 'stream', { messages: `#${tag}` })).text
  expect(framesOf(asked)).toEqual(framesOf(readCapture('approval-stream.txt')))
  const went = (await say('asker', 'approve-tool-call', { runId: runOf(asked), toolCallId: 'w1' })).text
  expect(framesOf(went)).toEqual(framesOf(readCapture('approve-stream.txt')))
})

it('answers whole with all that was recorded, in the shape that it was recorded in', async () => {
  const tag = newId('t')
  const lookUp: Answer = { type: 'reply', toolCalls: [{ id: 'c1', name: 'lookUp', input: { amount: 4 } }] }
  world.stage.play(tag, lookUp, answer)
  world.stage.play(`${tag}-wire`, wire)
  const context = { sink: world.sink.url }
  const memory = { thread: tag, resource: 'ada' }
  const whole = await say('clerk', 'generate', { messages: `#${tag}`, memory, requestContext: context })
  const waiting = await say('asker', 'generate', { messages: `#${tag}-wire` })
  for (const [said, recorded] of [
    [whole.text, 'generate.txt'],
    [waiting.text, 'generate-suspended.txt'],
  ] as const) {
    // comparable gives JSON back, and both are objects.
    const ours = comparable(JSON.parse(said)) as Record<string, unknown>
    const theirs = comparable(JSON.parse(readCapture(recorded))) as Record<string, unknown>
    const asked = Object.keys(theirs).filter((key) => !NOT_SAID.includes(key))
    expect(Object.keys(ours)).toEqual(expect.arrayContaining(asked))
    for (const key of ['toolCalls', 'toolResults', 'suspendPayload'])
      expect(shapeOf(ours[key])).toEqual(shapeOf(theirs[key]))
  }
})

/** Of a provider that says nothing besides, and of a memory that searches. */
const NOT_SAID = ['providerMetadata', 'rememberedMessages']
