import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { holdBefore, say } from '../fixtures/openai/index.ts'
import { answerOf, bodyOf, chat, generate, messagesOf, newId, post, readChunks } from './client.ts'
import { eventually } from './journal.ts'
import { openBareWorld } from './kit.ts'

let world: Awaited<ReturnType<typeof openBareWorld>>
beforeAll(async () => {
  world = await openBareWorld()
})
afterAll(() => world.close())

it('a client that leaves, without a thread, takes its request to the model with it', async () => {
  const { cues, leave } = await askAndHold({})
  leave()
  expect(await cues.items[0]?.request.closed).toBe('aborted')
})

it('a client that leaves a run with a key lets it go on, and finds its answer there', async () => {
  const headers = { 'idempotency-key': newId('key') }
  const { cues, leave, release, text } = await askAndHold({ headers })
  leave()
  release()
  expect(await cues.items[0]?.request.closed).toBe('answered')

  const again = await generate(world, { text, headers })
  expect(await again.json()).toMatchObject({ text: 'still said' })
  expect(cues.items).toHaveLength(1)
})

it('a client that leaves a thread lets its turn go on', async () => {
  const thread = newId('t')
  const { cues, leave, release } = await askAndHold({ thread })
  leave()
  release()
  expect(await cues.items[0]?.request.closed).toBe('answered')

  const isEnded = async (): Promise<true | undefined> =>
    (await messagesOf(world, thread)).some(({ outcome }) => outcome) || undefined
  await eventually('the end', isEnded)
  expect(await answerOf(world, thread)).toMatchObject({
    parts: [{ type: 'step-start' }, { text: 'still said' }],
    outcome: { status: 'completed' },
  })
})

it('a client that leaves a stream lets its turn go on', async () => {
  const thread = newId('t')
  const hold = holdBefore(1)
  const cues = world.stage.play(thread, { ...say('still ', 'said'), gate: hold.gate })
  const response = await chat(world, { thread, text: `#${thread}` })
  for await (const { delta } of readChunks(response.body)) if (delta === 'still ') break
  hold.release()
  expect(await cues.items[0]?.request.closed).toBe('answered')
})

it('a client that leaves a stream without a thread ends it', async () => {
  const tag = newId('t')
  const hold = holdBefore(1)
  const cues = world.stage.play(tag, { ...say('still ', 'said'), gate: hold.gate })
  const response = await post(world, '/api/agents/clerk/stream', { messages: `#${tag}` })
  const reader = response.body?.getReader()
  await hold.reached
  await reader?.read()
  await reader?.cancel()
  expect(await cues.items[0]?.request.closed).toBe('aborted')
  hold.release()
})

/** A question whose answer is held after its first word. */
async function askAndHold(options: { thread?: string; headers?: Record<string, string> }) {
  const tag = newId('t')
  const hold = holdBefore(1)
  const text = `#${tag}`
  const cues = world.stage.play(tag, { ...say('still ', 'said'), gate: hold.gate })
  const leave = askAndLeave(
    `${world.url}/api/agents/clerk/generate`,
    bodyOf(world, { ...options, text }),
    options,
  )
  await hold.reached
  return { cues, text, leave, release: () => hold.release() }
}

/**
 * Asks, and gives a function that leaves: by a reset of the connection, because a polite close only says that the
 * client will not send more, and workerd learns no more of it before it writes.
 */
function askAndLeave(
  url: string,
  body: unknown,
  { headers }: { headers?: Record<string, string> },
): () => void {
  const request = httpRequest(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
  })
  request.on('error', () => undefined)
  request.end(JSON.stringify(body))
  return () => void request.socket?.resetAndDestroy()
}
