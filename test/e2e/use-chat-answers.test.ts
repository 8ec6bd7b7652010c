import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Answer } from '../fixtures/openai/index.ts'
import { say } from '../fixtures/openai/index.ts'
import type { Chat } from './chat.ts'
import { openChat } from './chat.ts'
import { newId, uiMessagesOf } from './client.ts'
import { eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const wire = { id: 'w1', name: 'wire', input: { amount: 9 } }

function wiring(amount: number): Answer {
  return { type: 'reply', toolCalls: [{ ...wire, input: { amount } }] }
}

/** The parts of the answer that the page shows, once it is whole. */
function shownBy(client: Chat): Promise<unknown[]> {
  return eventually('the whole answer', () => {
    const parts = client.messages[1]?.parts
    return client.status === 'ready' && parts?.at(-1)?.type === 'text' ? parts : undefined
  })
}

async function expectAsStored(client: Chat, id: string): Promise<void> {
  const stored = await uiMessagesOf(world, id)
  expect(client.messages.map(({ id: own, role }) => [own, role])).toEqual(
    stored.map(({ id: own, role }) => [own, role]),
  )
  expect(stored).toHaveLength(2)
}

it('asks for approval in the page, and goes on in the same answer once it is given', async () => {
  const id = newId('t')
  world.stage.play(id, { type: 'reply', toolCalls: [wire] }, say('Wired.'))
  const client = openChat(world, { id, agent: 'asker', sendsAnswers: true })
  await client.sendMessage({ text: `wire #${id}` })
  expect(client.messages[1]?.parts.at(-1)).toMatchObject({ type: 'tool-wire', state: 'approval-requested' })

  await client.addToolApprovalResponse({ id: 'w1', approved: true })
  expect(await shownBy(client)).toMatchObject([
    { type: 'step-start' },
    { type: 'tool-wire', state: 'output-available', output: { wired: 9 } },
    { type: 'step-start' },
    { type: 'text', text: 'Wired.' },
  ])
  expect(client.error).toBeUndefined()
  await expectAsStored(client, id)
})

it('tells the model that a person declined', async () => {
  const id = newId('t')
  world.stage.play(id, { type: 'reply', toolCalls: [wire] }, say('As you wish.'))
  const client = openChat(world, { id, agent: 'asker', sendsAnswers: true })
  await client.sendMessage({ text: `wire #${id}` })
  await client.addToolApprovalResponse({ id: 'w1', approved: false, reason: 'too much' })
  expect(await shownBy(client)).toMatchObject([
    { type: 'step-start' },
    { type: 'tool-wire', state: 'output-denied' },
    { type: 'step-start' },
    { type: 'text', text: 'As you wish.' },
  ])
  await expectAsStored(client, id)
})

it('takes the output of a tool that runs in the page, also after the server died', async () => {
  const id = newId('t')
  const toolCalls = [{ id: 'l1', name: 'locate', input: {} }]
  world.stage.play(id, { type: 'reply', toolCalls }, say('You are in Bern.'))
  const client = openChat(world, { id, agent: 'asker', sendsAnswers: true })
  await client.sendMessage({ text: `where #${id}` })
  expect(client.messages[1]?.parts.at(-1)).toMatchObject({ type: 'tool-locate', state: 'input-available' })

  await world.kill()
  await world.restart()
  await client.addToolOutput({ tool: 'locate', toolCallId: 'l1', output: { city: 'Bern' } })
  expect(await shownBy(client)).toMatchObject([
    { type: 'step-start' },
    { type: 'tool-locate', state: 'output-available', output: { city: 'Bern' } },
    { type: 'step-start' },
    { type: 'text', text: 'You are in Bern.' },
  ])
  await expectAsStored(client, id)
})

it('asks in the page what a sub-agent waits for, question by question, and says what it is about', async () => {
  const id = newId('t')
  const toolCalls = [{ id: 'd1', name: 'agent-deputy', input: { prompt: `#${id}-deputy` } }]
  world.stage.play(id, { type: 'reply', toolCalls }, say('All wired.'))
  // Its model names both calls alike.
  world.stage.play(`${id}-deputy`, wiring(9), wiring(1000), say('Wired twice.'))
  const client = openChat(world, { id, agent: 'boss', sendsAnswers: true })
  await client.sendMessage({ text: `wire #${id}` })
  const first = await askedBy(client, 9)

  // A page that is behind: it knows of the first question alone.
  const stored = await uiMessagesOf(world, id)
  const behind = openChat(world, { id, agent: 'boss', messages: stored, sendsAnswers: true })
  expect(await askedBy(behind, 9)).toBe(first)

  await client.addToolApprovalResponse({ id: first, approved: true })
  const second = await askedBy(client, 1000)
  expect(second).not.toBe(first)
  await behind.addToolApprovalResponse({ id: first, approved: true })
  await eventually('the refusal', () => behind.error)
  expect(behind.error?.message).toContain('run_not_suspended')
  expect((await uiMessagesOf(world, id))[1]?.parts).toContainEqual(
    expect.objectContaining({ type: 'tool-agent-deputy', state: 'approval-requested' }),
  )

  await client.addToolApprovalResponse({ id: second, approved: true })
  const shown = await shownBy(client)
  expect(shown).toContainEqual(
    expect.objectContaining({
      type: 'tool-agent-deputy',
      state: 'output-available',
      output: { text: 'Wired twice.' },
    }),
  )
  expect(shown.at(-1)).toMatchObject({ type: 'text', text: 'All wired.' })
  expect(client.error).toBeUndefined()
  await expectAsStored(client, id)
})

/** The id of the question that the page shows, once it asks about this amount. */
function askedBy(client: Chat, amount: number): Promise<string> {
  return eventually(`the question about ${amount}`, () => {
    const parts = client.messages[1]?.parts ?? []
    const call = parts.find((part) => part.type === 'tool-agent-deputy')
    const about = parts.find((part) => part.type === 'data-agent-call')
    if (client.status !== 'ready' || !call || !('approval' in call) || !about || !('data' in about))
      return undefined
    const { toolName, input } = about.data as { toolName: string; input: { amount: number } }
    const isAsked = call.state === 'approval-requested' && toolName === 'wire' && input.amount === amount
    return isAsked ? call.approval?.id : undefined
  })
}

it('runs a tool in the page for a sub-agent, one question after the other', async () => {
  const id = newId('t')
  const locating = { type: 'reply', toolCalls: [{ id: 'l1', name: 'locate', input: {} }] } as const
  const toolCalls = [{ id: 'd1', name: 'agent-deputy', input: { prompt: `#${id}-deputy` } }]
  world.stage.play(id, { type: 'reply', toolCalls }, say('You moved.'))
  const cues = world.stage.play(`${id}-deputy`, locating, locating, say('From Bern to Ulm.'))
  const client = openChat(world, { id, agent: 'boss', sendsAnswers: true })
  await client.sendMessage({ text: `where #${id}` })
  for (const city of ['Bern', 'Ulm']) {
    await eventually('the question', () => {
      const call = client.messages[1]?.parts.find((part) => part.type === 'tool-agent-deputy')
      return client.status === 'ready' && call && 'state' in call && call.state === 'input-available'
        ? true
        : undefined
    })
    await client.addToolOutput({ tool: 'agent-deputy', toolCallId: 'd1', output: { city } })
  }
  expect((await shownBy(client)).at(-1)).toMatchObject({ type: 'text', text: 'You moved.' })
  expect(cues.items.at(-1)?.results.map(({ output }) => output)).toEqual([
    '{"city":"Bern"}',
    '{"city":"Ulm"}',
  ])
  await expectAsStored(client, id)
})
