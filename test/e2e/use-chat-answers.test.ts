import { afterAll, beforeAll, expect, it } from 'vitest'
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
