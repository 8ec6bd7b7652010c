import { expect, it } from 'vitest'
import { Memory } from '../memory/memory.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import { MemoryStorage } from '../storage/adapters/memory-storage.ts'
import { Agent } from './agent.ts'
import { resolveMemory } from './resolve-memory.ts'

const options = { name: 'a', instructions: '' }

it('an agent whose memory depends on the request has one for each, and none that stands by itself', async () => {
  const storage = new MemoryStorage()
  const agent = new Agent({
    ...options,
    memory: ({ runtimeContext }) =>
      new Memory({ storage, options: { lastMessages: runtimeContext.get('plan') === 'paid' ? 50 : 5 } }),
  })
  expect(() => agent.memory).toThrow('the memory of agent "a": it depends on the request, ask getMemory(')
  const paid = await agent.getMemory({ runtimeContext: new RuntimeContext({ plan: 'paid' }) })
  expect([paid.settings.lastMessages, (await agent.getMemory()).settings.lastMessages]).toEqual([50, 5])
  await paid.store('c', 'k', 1)
  expect(await (await agent.getMemory()).retrieve('c', 'k')).toBe(1)
})

it('an agent without a memory of its own has the default one, either way', async () => {
  const agent = new Agent(options)
  expect(agent.memory.settings).toEqual(new Memory().settings)
  expect((await agent.getMemory()).settings).toEqual(new Memory().settings)
})

it('what is no memory is refused', async () => {
  // As a caller without types writes it.
  const memory = (() => ({})) as () => Memory
  const asked = resolveMemory(new Agent({ ...options, memory }), new RuntimeContext())
  await expect(asked).rejects.toThrow('the memory of agent "a" is not a Memory')
})
