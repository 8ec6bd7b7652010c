import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { holdBefore, say } from '../fixtures/openai/index.ts'
import { generate, get, messagesOf, newId, post, resultOf } from './client.ts'
import { eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

async function tell(thread: string, text: string, resourceId: string, agent = 'keeper'): Promise<string> {
  const result = await resultOf(await generate(world, { thread, text, resourceId, agent }))
  return result.text
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  const response = await get(world, path)
  expect(response.status).toBe(200)
  // Every route answers with an object.
  return (await response.json()) as Record<string, unknown>
}

async function ask(body: object, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  const messages = [{ role: 'user', content: 'Hello' }]
  const response = await post(world, '/api/agents/keeper/generate', { messages, ...body }, { headers })
  return { status: response.status, ...((await response.json()) as object) }
}

/** What was said is in the index. */
async function untilRecalled(resourceId: string, words: string): Promise<void> {
  const query = new URLSearchParams({ agentId: 'keeper', searchQuery: words, resourceId })
  await eventually(
    'the index',
    async () => Number((await readJson(`/api/memory/search?${query}`))['count']) || undefined,
  )
}

describe('with the offline model and embedder', () => {
  it('an agent remembers across the threads of one resource, and not across resources', async () => {
    const [ann, ben] = [newId('ann'), newId('ben')]
    await tell(newId('t'), 'My name is Ada Lovelace.', ann)
    await untilRecalled(ann, 'name')
    expect(await tell(newId('t'), 'What is my name?', ann)).toContain('Ada Lovelace')
    expect(await tell(newId('t'), 'What is my name?', ben)).not.toContain('Ada')
  })

  it('it remembers nothing of a resource that was erased', async () => {
    const ann = newId('ann')
    await tell(newId('t'), 'My name is Ada Lovelace.', ann)
    await untilRecalled(ann, 'name')
    const erased = await fetch(`${world.url}/api/memory/resources/${ann}`, { method: 'DELETE' })
    expect(await erased.json()).toMatchObject({ erased: { threads: 1 } })
    expect(await tell(newId('t'), 'What is my name?', ann)).not.toContain('Ada')
  })
})

describe('the thread of a request', () => {
  it('is the one that the runtime context names, where the request names none', async () => {
    const [threadId, resourceId] = [newId('t'), newId('ann')]
    await ask({ runtimeContext: { threadId, resourceId } })
    expect(await readJson(`/api/memory/threads/${threadId}`)).toMatchObject({ resourceId })
    expect(await ask({ runtimeContext: { threadId: 7 } })).toMatchObject({ status: 400 })
  })

  it('is a new one where only its owner is named, and the same again under the same key', async () => {
    const resource = newId('ann')
    const listed = async () => (await readJson(`/api/memory/threads?resourceId=${resource}`))['total']
    await ask({ memory: { resource } })
    await ask({ memory: { resource } })
    await eventually('both threads', async () => ((await listed()) === 2 ? true : undefined))
    const key = { 'idempotency-key': newId('k') }
    await ask({ memory: { resource } }, key)
    await ask({ memory: { resource } }, key)
    await eventually('the third', async () => ((await listed()) === 3 ? true : undefined))
  })
})

describe('SIGKILL', () => {
  it('leaves working memory as its tool wrote it, and the turn goes on', async () => {
    const [thread, ann] = [newId('t'), newId('ann')]
    const hold = holdBefore(1)
    const call = { id: 'c1', name: 'updateWorkingMemory', input: { memory: '# Name: Ada' } }
    const cues = world.stage.play(thread, { type: 'reply', toolCalls: [call] }, ({ tries }) =>
      tries === 0 ? { ...say('lost'), gate: hold.gate } : say('Noted.'),
    )
    void generate(world, { thread, text: `#${thread}`, resourceId: ann, agent: 'noter' }).catch(
      () => undefined,
    )
    await cues.reached('the step after the tool', ({ step }) => step === 1)
    await world.kill()
    await world.restart()
    const path = `/api/memory/threads/${thread}/working-memory?agentId=noter&resourceId=${ann}`
    await eventually('the working memory', async () => (await readJson(path))['workingMemory'] ?? undefined)
    expect(await readJson(path)).toMatchObject({ workingMemory: '# Name: Ada', source: 'resource' })
    await eventually('the end of the turn', async () =>
      (await messagesOf(world, thread)).some(({ outcome }) => outcome) ? true : undefined,
    )
    expect(await messagesOf(world, thread)).toMatchObject([
      { role: 'user' },
      { role: 'assistant', outcome: { status: 'completed' } },
    ])
    const next = newId('t')
    const asked = world.stage.play(next, say('Ada.'))
    await resultOf(await generate(world, { thread: next, text: `#${next}`, resourceId: ann, agent: 'noter' }))
    expect(JSON.stringify(asked.items[0]?.request.body)).toContain('# Name: Ada')
  })
})

describe('facts', () => {
  it('are kept by a tool for whoever asks, and are in the export', async () => {
    const [thread, ann] = [newId('t'), newId('ann')]
    const call = { id: 'c1', name: 'savePreference', input: { key: 'theme', value: 'dark' } }
    world.stage.play(thread, { type: 'reply', toolCalls: [call] }, say('Saved.'))
    const asked = { thread, text: `#${thread}`, resourceId: ann, agent: 'noter' }
    const result = await resultOf(await generate(world, asked))
    expect(result.toolResults).toMatchObject([{ payload: { result: { stored: 'dark' } } }])
    // Which threads a resource has is told through an outbox, which waits for no answer.
    const lines = await eventually('the thread in the export', async () => {
      const exported = await (await get(world, `/api/memory/resources/${ann}/export`)).text()
      return exported.includes('"type":"thread"') ? exported.trim().split('\n') : undefined
    })
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { type: 'resource', resourceId: ann },
      { type: 'fact', category: 'user_preference', key: 'theme', value: 'dark' },
      { type: 'thread', threadId: thread },
      { type: 'message', role: 'user' },
      { type: 'message', role: 'assistant' },
    ])
  })
})
