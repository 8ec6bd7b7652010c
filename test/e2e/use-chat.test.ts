import { afterAll, beforeAll, expect, it } from 'vitest'
import { holdBefore, say } from '../fixtures/openai/index.ts'
import type { Chat } from './chat.ts'
import { openChat } from './chat.ts'
import { answerOf, chat, collect, get, messagesOf, newId, readChunks, uiMessagesOf } from './client.ts'
import { eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const charge = { id: 'c1', name: 'charge', input: { amount: 5 }, pieceSize: 4 }

it('shows a turn with tools as it is stored', async () => {
  const id = newId('t')
  const release = world.sink.hold(({ tool }) => tool === 'crawl')
  const slow = { id: 's1', name: 'crawl', input: { amount: 1 } }
  const toolCalls = [charge, { id: 'x1', name: 'explode', input: {} }, slow]
  world.stage.play(id, { type: 'reply', text: ['I ', 'pay.'], toolCalls }, say('Paid', '.'))
  const client = openChat(world, { id })
  await client.sendMessage({ text: `pay #${id}` })
  release()

  expect(client.error).toBeUndefined()
  const answer = client.messages[1]
  expect(answer?.parts).toMatchObject([
    { type: 'step-start' },
    { type: 'text', text: 'I pay.' },
    {
      type: 'tool-charge',
      state: 'output-available',
      input: { amount: 5 },
      output: { receipt: 'charge c1' },
    },
    { type: 'tool-explode', state: 'output-error', errorText: 'tool_failed: the fuse was lit' },
    { state: 'output-error', errorText: 'tool_timeout: The tool did not answer within 300 ms' },
    { type: 'step-start' },
    { type: 'text', text: 'Paid.' },
  ])
  const stored = await uiMessagesOf(world, id)
  expect(client.messages.map((message) => [message.id, message.role, message.parts])).toEqual(
    stored.map((message) => [message.id, message.role, message.parts]),
  )
})

it('shows how far a tool has come, and keeps only its result', async () => {
  const id = newId('t')
  const release = world.sink.hold(({ tool }) => tool === 'report')
  world.stage.play(id, { type: 'reply', toolCalls: [{ name: 'report', input: { amount: 1 } }] }, say('Done.'))
  const client = openChat(world, { id })
  const sent = client.sendMessage({ text: `report #${id}` })
  const shown = await eventually('the progress', () =>
    // The AI SDK gives a part its keys before it has what they hold.
    client.messages[1]?.parts.find((part) => 'output' in part && part.output !== undefined),
  )
  expect(shown).toMatchObject({ state: 'output-available', preliminary: true, output: { percent: 10 } })

  release()
  await sent
  const stored = await uiMessagesOf(world, id)
  expect(client.messages[1]?.parts).toEqual(stored[1]?.parts)
})

it('rejoins a turn that it left in the middle, which runs once and goes on without it', async () => {
  const id = newId('t')
  const hold = holdBefore(2)
  const cues = world.stage.play(id, { type: 'reply', text: ['one ', 'two ', 'three'], gate: hold.gate })
  const leave = new AbortController()
  const first = openChat(world, { id, signal: leave.signal })
  const sent = first.sendMessage({ text: `count #${id}` })
  await eventually('the first words', () => textOf(first) === 'one two ' || undefined)
  leave.abort()
  await sent

  const second = openChat(world, { id, messages: first.messages })
  const rejoined = second.resumeStream()
  await eventually('the stream', () => (second.status === 'streaming' ? true : undefined))
  hold.release()
  await rejoined
  const stored = await uiMessagesOf(world, id)
  expect(stored[1]?.parts).toMatchObject([{ type: 'step-start' }, { type: 'text', text: 'one two three' }])
  expect(second.messages.map(({ id, parts }) => [id, parts])).toEqual(
    stored.map(({ id, parts }) => [id, parts]),
  )
  expect(cues.items).toHaveLength(1)
})

it('goes on to the end when everybody has left', async () => {
  const id = newId('t')
  const hold = holdBefore(1)
  const cues = world.stage.play(id, { type: 'reply', text: ['alone ', 'at last'], gate: hold.gate })
  const leave = new AbortController()
  await chat(world, { thread: id, text: `#${id}`, signal: leave.signal })
  await hold.reached
  leave.abort()
  hold.release()

  const outcome = await eventually(
    'the end',
    async () => (await answerOf(world, id).catch(() => undefined))?.outcome,
  )
  expect(outcome).toMatchObject({ status: 'completed', finishReason: 'stop' })
  expect(await cues.items[0]?.request.closed).toBe('answered')
})

it('rejoins a turn that the server died under, and shows nothing of what was lost', async () => {
  const id = newId('t')
  const hold = holdBefore(2)
  const lost = { ...say('lost ', 'words', '...'), gate: hold.gate }
  const toolCalls = [charge]
  world.stage.play(id, { type: 'reply', text: 'I pay.', toolCalls }, ({ tries }) =>
    tries === 0 ? lost : say('All ', 'paid.'),
  )
  const client = openChat(world, { id })
  const sent = client.sendMessage({ text: `pay #${id}` })
  await eventually('the words', () => textOf(client)?.includes('lost words') || undefined)
  await world.killWorkerd()
  await sent
  expect(client.status).toBe('error')

  await eventually('the server', () =>
    get(world, '/health').then(
      ({ ok }) => ok || undefined,
      () => undefined,
    ),
  )
  await client.resumeStream()
  const stored = await uiMessagesOf(world, id)
  expect(stored[1]?.parts.at(-1)).toMatchObject({ type: 'text', text: 'All paid.' })
  expect(client.messages.map(({ id, parts }) => [id, parts])).toEqual(
    stored.map(({ id, parts }) => [id, parts]),
  )
})

it('has nothing to rejoin when nothing runs: 204', async () => {
  const id = newId('t')
  const client = openChat(world, { id })
  const answer = await fetch(`${world.url}/api/agents/clerk/chat/${id}/stream`)
  expect([answer.status, await answer.text()]).toEqual([204, ''])
  await client.resumeStream()
  expect([client.status, client.messages]).toEqual(['ready', []])
})

it('gives the last answer anew and forgets the old one', async () => {
  const id = newId('t')
  world.stage.play(id, ({ tries }) => say(`answer ${tries}`))
  const client = openChat(world, { id })
  await client.sendMessage({ text: `ask #${id}` })
  const before = await uiMessagesOf(world, id)
  await client.regenerate()

  const after = await uiMessagesOf(world, id)
  expect(after.map(({ role, parts }) => [role, parts.at(-1)])).toMatchObject([
    ['user', { text: `ask #${id}` }],
    ['assistant', { text: 'answer 1' }],
  ])
  expect(after[0]?.id).toBe(before[0]?.id)
  expect(after[1]?.id).not.toBe(before[1]?.id)
  expect(client.messages.map(({ id, parts }) => [id, parts])).toEqual(
    after.map(({ id, parts }) => [id, parts]),
  )
})

it('takes back all that followed a message that is edited', async () => {
  const id = newId('t')
  for (const tag of ['first', 'second', 'edited']) world.stage.play(`${id}-${tag}`, say(`to the ${tag}`))
  const client = openChat(world, { id })
  await client.sendMessage({ text: `#${id}-first` })
  await client.sendMessage({ text: `#${id}-second` })
  const messageId = client.messages[0]?.id ?? ''
  await client.sendMessage({ text: `#${id}-edited`, messageId })

  expect(client.error).toBeUndefined()
  const stored = await uiMessagesOf(world, id)
  expect(stored.map(({ parts }) => parts.at(-1))).toMatchObject([
    { text: `#${id}-edited` },
    { text: 'to the edited' },
  ])
  expect(stored[0]?.id).toBe(messageId)
  expect(client.messages.map(({ parts }) => parts)).toEqual(stored.map(({ parts }) => parts))
})

it('joins the turn of a message that is sent again, while it runs and after', async () => {
  const id = newId('t')
  const hold = holdBefore(1)
  const cues = world.stage.play(id, { type: 'reply', text: ['only ', 'once'], gate: hold.gate })
  const asked = { thread: id, id: 'm1', text: `#${id}` }
  const first = await chat(world, asked)
  await hold.reached
  const second = await chat(world, asked)
  hold.release()
  const [one, two] = await Promise.all([collect(readChunks(first.body)), collect(readChunks(second.body))])
  const third = await collect(readChunks((await chat(world, asked)).body))

  for (const chunks of [one, two, third]) {
    const text = chunks
      .filter(({ type }) => type === 'text-delta')
      .map(({ delta }) => delta)
      .join('')
    expect([text, chunks.at(-1)]).toEqual(['only once', { type: '[DONE]' }])
  }
  expect(await messagesOf(world, id)).toHaveLength(2)
  expect(cues.items).toHaveLength(1)
})

/** All text of the last message on the screen. */
function textOf({ messages }: Chat): string {
  return (
    messages
      .at(-1)
      ?.parts.map((part) => (part.type === 'text' ? part.text : ''))
      .join('') ?? ''
  )
}
