import { MastraClient } from '@mastra/client-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generate, newId } from './client.ts'
import { eventually } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'

const agentId = 'keeper'
let world: World
let client: MastraClient
beforeAll(async () => {
  world = await openWorld()
  client = new MastraClient({ baseUrl: world.url, retries: 0 })
})
afterAll(() => world.close())

async function say(threadId: string, text: string, resourceId: string): Promise<void> {
  await generate(world, { thread: threadId, text, resourceId, agent: agentId })
}

describe('what an agent remembers, as the Mastra client asks for it', () => {
  it('has a status and a configuration', async () => {
    expect(await client.getMemoryStatus(agentId)).toEqual({ result: true, memoryType: 'local' })
    const { config } = await client.getMemoryConfig({ agentId })
    expect(config).toMatchObject({ lastMessages: 10, semanticRecall: { topK: 4, scope: 'resource' } })
    await expect(client.getMemoryStatus('nobody')).rejects.toMatchObject({ status: 404 })
  })

  it('is found by its meaning, with what was said around it', async () => {
    const [threadId, resourceId] = [newId('t'), newId('user')]
    await say(threadId, 'My dog is called Rex.', resourceId)
    const search = () => client.searchMemory({ agentId, resourceId, threadId, searchQuery: 'dog' })
    const found = await eventually('the index', async () => {
      const answer = await search()
      return answer.count > 0 ? answer : undefined
    })
    expect(found).toMatchObject({ query: 'dog', searchScope: 'resource', searchType: 'hybrid' })
    const hit = found.results.find(({ role }) => role === 'user')
    expect(hit).toMatchObject({
      content: 'My dog is called Rex.',
      threadId,
      threadTitle: 'My dog is called Rex.',
    })
    expect(hit?.context?.after).toMatchObject([{ role: 'assistant' }])
    await expect(
      client.searchMemory({ agentId: 'clerk', resourceId, searchQuery: 'dog' }),
    ).rejects.toMatchObject({ status: 400 })
  })

  it('is read and set as working memory', async () => {
    const [threadId, resourceId] = [newId('t'), newId('user')]
    const target = { agentId: 'noter', threadId, resourceId }
    expect(await client.getWorkingMemory(target)).toEqual({
      workingMemory: null,
      source: 'resource',
      workingMemoryTemplate: { format: 'markdown', content: '# Name:' },
      threadExists: false,
    })
    expect(await client.updateWorkingMemory({ ...target, workingMemory: '# Name: Ada' })).toEqual({
      success: true,
    })
    expect(await client.getWorkingMemory(target)).toMatchObject({ workingMemory: '# Name: Ada' })
    await expect(client.getWorkingMemory({ ...target, agentId })).rejects.toMatchObject({ status: 400 })
  })

  it('is that of the owner of the thread, where nobody is named', async () => {
    const [threadId, resourceId] = [newId('t'), newId('user')]
    await say(threadId, 'My dog is called Rex.', resourceId)
    const target = { agentId: 'noter', threadId }
    await client.updateWorkingMemory({ ...target, workingMemory: '# Name: Ada' })
    expect(await client.getWorkingMemory(target)).toMatchObject({ workingMemory: '# Name: Ada' })
    expect(await client.getWorkingMemory({ ...target, resourceId })).toMatchObject({
      workingMemory: '# Name: Ada',
    })
    const other = { ...target, resourceId: newId('user') }
    expect(await client.getWorkingMemory(other)).toMatchObject({ workingMemory: null })
    const query = new URLSearchParams({ agentId, threadId, searchQuery: 'dog' })
    await eventually('the index', async () => {
      const response = await fetch(`${world.url}/api/memory/search?${query}`)
      const { count }: { count: number } = await response.json()
      return count > 0 ? true : undefined
    })
  })

  it('is as a request asks for it, and a request that only reads leaves nothing behind', async () => {
    const [thread, resource] = [newId('t'), newId('user')]
    const agent = client.getAgent(agentId)
    const answer = async (text: string, memory: object) =>
      (await agent.generate(text, { memory: { thread, resource, ...memory } })).text
    await answer('My name is Ada Lovelace.', {})
    expect(await answer('What is my name?', { readOnly: true })).toContain('Ada')
    const blind = { lastMessages: false as const, semanticRecall: false }
    expect(await answer('What is my name?', { readOnly: true, options: blind })).not.toContain('Ada')
    const { messages } = await client.getMemoryThread({ threadId: thread, agentId }).listMessages()
    expect(messages).toHaveLength(2)
    expect(await answer('What is my name?', { options: blind })).not.toContain('Ada')
    // A thread that is not there is not begun.
    const other = newId('t')
    await agent.generate('Hello', { memory: { thread: other, resource, options: { readOnly: true } } })
    await expect(client.getMemoryThread({ threadId: other, agentId }).get()).rejects.toMatchObject({
      status: 404,
    })
  })

  it('goes with its thread to another resource', async () => {
    const [threadId, from, to] = [newId('t'), newId('user'), newId('user')]
    await client.createMemoryThread({ agentId, threadId, resourceId: from, title: 'Mine' })
    const thread = client.getMemoryThread({ threadId, agentId })
    expect(await thread.transfer({ resourceId: to })).toMatchObject({
      id: threadId,
      resourceId: to,
      title: 'Mine',
    })
    expect(await client.listMemoryThreads({ resourceId: from })).toMatchObject({ total: 0 })
    expect(await client.listMemoryThreads({ resourceId: to })).toMatchObject({ total: 1 })
  })
})
