import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import { describe, expect, it } from 'vitest'
import { calls, says, scriptedModel } from '../../test/fixtures/scripted-model.ts'
import { ask, ThreadWorld } from '../../test/fixtures/thread-world.ts'
import type { AgentOptions } from '../agents/agent-options.ts'
import { Memory } from '../memory/memory.ts'
import type { MemoryOverrides } from '../memory/memory-options.ts'

const options = { lastMessages: 4, workingMemory: { enabled: true, template: '# Name:' } }

function openWorld(memory: AgentOptions['memory'] & object = new Memory({ options })): ThreadWorld {
  return new ThreadWorld(
    scriptedModel(() => says('ok')),
    { memory },
  )
}

function noValues(): never {
  expect.fail('no values are kept')
}

async function say(
  world: ThreadWorld,
  text: string,
  memory?: MemoryOverrides,
  more: object = {},
): Promise<void> {
  world.now += 1
  await world.run({
    input: ask(`${text} ${world.now}`, text),
    ...(memory && { overrides: { memory } }),
    ...more,
  })
}

/** What the model was last shown, without the system message, and the tools that it had. */
function shown(world: ThreadWorld) {
  const { prompt = [], tools = [] } = world.model.asked.at(-1) ?? {}
  return {
    words: prompt.filter(({ role }) => role !== 'system').map(textOf),
    system: prompt
      .filter(({ role }) => role === 'system')
      .map(textOf)
      .join(''),
    tools: tools.map(({ name }) => name),
  }
}

function textOf({ content }: LanguageModelV4Prompt[number]): string {
  if (typeof content === 'string') return content
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('')
}

describe('what a request asks of the memory', () => {
  it('is done for that turn, and for no other', async () => {
    const world = openWorld()
    await say(world, 'My dog is called Rex')
    await say(world, 'two', { lastMessages: false, workingMemory: { enabled: false } })
    expect(shown(world)).toEqual({ words: ['two'], system: '', tools: [] })
    await say(world, 'three', { workingMemory: { enabled: true, template: '# Pets:' } })
    expect(shown(world).words).toEqual(['My dog is called Rex', 'ok', 'two', 'ok', 'three'])
    expect(shown(world).system).toContain('# Pets:')
    await say(world, 'four')
    expect(shown(world).system).toContain('# Name:')
    expect(shown(world).tools).toEqual(['updateWorkingMemory'])
  })

  it('switches recall on: what that turn says is found by the next that asks for it', async () => {
    const world = openWorld()
    await say(world, 'My dog is called Rex', { semanticRecall: true })
    for (const text of ['a', 'b', 'c']) await say(world, text)
    await say(world, 'What is my dog called?', {
      lastMessages: false,
      semanticRecall: { topK: 1, messageRange: 0 },
    })
    expect(shown(world).words).toEqual(['My dog is called Rex', 'ok', 'What is my dog called?'])
    await say(world, 'What is my dog called?', { lastMessages: false, semanticRecall: false })
    expect(shown(world).words).toEqual(['What is my dog called?'])
  })

  it('changes of an option what it names, and leaves the rest', () => {
    const recall = { topK: 7, scope: 'thread' as const }
    const own = new Memory({
      options: { semanticRecall: recall, workingMemory: { enabled: true, scope: 'thread', template: '# A' } },
    })
    expect(own.with({ semanticRecall: { topK: 2 } }).settings.semanticRecall).toMatchObject({
      ...recall,
      topK: 2,
    })
    expect(own.with({ semanticRecall: true }).settings.semanticRecall).toMatchObject(recall)
    const schema = { type: 'object', properties: {} }
    expect(own.with({ workingMemory: { enabled: true, schema } }).settings.workingMemory).toEqual({
      scope: 'thread',
      schema,
    })
    expect(own.with({ generateTitle: true }).settings.generateTitle).toEqual({})
    expect(own.with(undefined)).toBe(own)
  })

  it('is done in the next life of the turn as well', async () => {
    const world = openWorld()
    await say(world, 'one')
    const { promise: died, resolve } = Promise.withResolvers<void>()
    world.afterCommit = async () => {
      resolve()
      await new Promise(() => undefined)
    }
    await world.start({ input: ask('two'), overrides: { memory: { lastMessages: 0 } } })
    await died
    world.afterCommit = async () => undefined
    world.restart()
    await world.ring()
    expect(shown(world).words).toEqual(['two'])
    expect(world.texts()).toEqual(['one', 'ok', 'two', 'ok'])
  })

  it('leaves everything as it is where it only reads', async () => {
    const world = openWorld()
    await say(world, 'My dog is called Rex')
    const before = [world.messages(), world.thread.meta, world.thread.parts.rows.readOutbox()]
    const asked = { agentId: 'teller', resourceId: 'ann', runtimeContext: {}, input: ask('x') }
    const { history, sections } = await world.memory('recall', asked)
    expect(history).toEqual(JSON.parse(JSON.stringify(world.messages())))
    expect(sections).toEqual([expect.stringContaining('It cannot be changed now.')])
    const without = await world.memory('recall', {
      ...asked,
      memory: { lastMessages: false, workingMemory: { enabled: false } },
    })
    expect(without).toEqual({ history: [], sections: [] })
    expect([world.messages(), world.thread.meta, world.thread.parts.rows.readOutbox()]).toEqual(before)
    await expect(world.memory('recall', { ...asked, resourceId: 'bob' })).rejects.toMatchObject({
      code: 'resource_mismatch',
    })
    const empty = openWorld()
    expect(await empty.memory('recall', asked)).toEqual({ history: [], sections: [] })
    expect(empty.thread.parts.rows.hasTables).toBe(false)
  })
})

const byPlan: AgentOptions['memory'] = ({ runtimeContext }) =>
  new Memory({
    options: {
      lastMessages: runtimeContext.get('plan') === 'paid' ? 10 : 0,
      semanticRecall: runtimeContext.get('plan') === 'paid',
    },
  })

describe('a memory that is a function of the request', () => {
  const paid = { runtimeContext: { plan: 'paid' } }

  it('is that of each turn, and what the turn leaves to do is done by it', async () => {
    const world = openWorld(byPlan)
    await say(world, 'one', undefined, paid)
    expect(await world.vectors.listIndexes()).toEqual(['messages/offline-256'])
    await say(world, 'two')
    expect(shown(world).words).toEqual(['two'])
    await say(world, 'three', undefined, paid)
    expect(shown(world).words).toEqual(['one', 'ok', 'two', 'ok', 'three'])
    expect(await world.vectors.describeIndex('messages/offline-256')).toMatchObject({ count: 4 })
    expect(world.thread.parts.rows.readOutbox()).toEqual([])
  })

  it('is decided by the committed context in the next life of the turn', async () => {
    const world = openWorld(byPlan)
    await say(world, 'one', undefined, paid)
    const { promise: died, resolve } = Promise.withResolvers<void>()
    world.afterCommit = async () => {
      resolve()
      await new Promise(() => undefined)
    }
    await world.start({ input: ask('two'), ...paid })
    await died
    world.afterCommit = async () => undefined
    world.restart()
    await world.ring()
    expect(shown(world).words).toEqual(['one', 'ok', 'two'])
    expect(await world.vectors.describeIndex('messages/offline-256')).toMatchObject({ count: 4 })
  })

  it('that throws fails the turn with the reason; what is left to do is given up, and told in the log', async () => {
    let isBroken = true
    const world = openWorld(() => {
      if (isBroken) throw new Error('no such plan')
      return new Memory({ options: { generateTitle: true, semanticRecall: true } })
    })
    await say(world, 'one')
    expect(world.messages()).toMatchObject([{ role: 'user' }])
    expect(world.logged.join('')).toContain('memory gives up')
    isBroken = false
    world.isStoreDown = true
    await say(world, 'two')
    isBroken = true
    world.isStoreDown = false
    while (world.thread.parts.rows.hasOutbox()) await world.ring()
    expect(world.logged.join('')).toContain('Cannot tell what agent')
    expect(world.problems).toEqual([])
  })

  it('keeps the working memory where it says, as the turn that changed it was asked', async () => {
    const own = openWorld()
    const storage = { documents: () => own.documents, keyValue: noValues }
    const model = scriptedModel([calls(['updateWorkingMemory', { memory: '# Name: Ada' }]), says('done')])
    const world = new ThreadWorld(model, {
      memory: ({ runtimeContext }) =>
        new Memory({ options, ...(runtimeContext.get('plan') === 'paid' && { storage }) }),
    })
    await say(world, 'I am Ada', undefined, paid)
    expect(await own.documents.get('working-memory', 'resource')).toMatchObject({
      body: { content: '# Name: Ada' },
    })
  })
})
