import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calls, says } from '../../test/fixtures/scripted-model.ts'
import { ADDRESS, ask, ThreadWorld } from '../../test/fixtures/thread-world.ts'
import { toolOf } from '../../test/fixtures/turns.ts'
import { projectionCollection } from './projection.ts'

const place = { address: ADDRESS, threadId: 'thread' }

function openWorld(words = 20): ThreadWorld {
  const script = Array.from({ length: words }, (_, at) => says(`answer ${at}`))
  return new ThreadWorld(script, {}, { isShared: true })
}

/** What another service reads. */
async function told(world: ThreadWorld): Promise<unknown[]> {
  const query = { by: 'seq', limit: 100 }
  const { documents } = await world.documents.query(projectionCollection(ADDRESS), query)
  return documents.map(({ body }) => body)
}

/** Written by a turn with one tool call. */
async function rowsOf(isShared: boolean): Promise<number> {
  const script = [calls(['t', {}]), says('done')]
  const world = new ThreadWorld(script, { tools: { t: toolOf(() => 1) } }, { isShared })
  await world.run()
  return [...world.platform.sql.written.values()].reduce((sum, rows) => sum + rows, 0)
}

describe('messages that are told elsewhere', () => {
  it('are those of the thread, in their order, once a turn has ended', async () => {
    const world = openWorld()
    await world.run({ input: ask('a') })
    await world.run({ input: ask('b', 'say "é😀"') })
    expect(await told(world)).toEqual(world.messages())
    expect(await told(world)).toHaveLength(4)
    expect(world.thread.parts.rows.readOutbox()).toEqual([])
  })

  it('are not told where that was not asked for', async () => {
    const world = new ThreadWorld([says('x')])
    await world.run({ input: ask('a') })
    expect(await told(world)).toEqual([])
  })

  it('are answered anew, taken back, saved and deleted there too', async () => {
    const world = openWorld()
    await world.run({ input: ask('a') })
    await world.run({ input: ask('b') })
    await world.run({ regenerate: {} })
    expect(await told(world)).toEqual(world.messages())
    await world.run({ input: ask('a', 'other words') })
    expect(world.texts()).toEqual(['other words', 'answer 3'])
    expect(await told(world)).toEqual(world.messages())
    await world.memory('save', { ...place, fallback: 'ann', messages: [ask('s', 'saved'), ask('u', 'more')] })
    await world.memory('save', { ...place, fallback: 'ann', messages: [ask('s', 'saved anew')] })
    expect(await told(world)).toEqual(world.messages())
    await world.memory('delete', { messageIds: ['a', 'u'] })
    expect(world.texts()).toEqual(['answer 3', 'saved anew'])
    expect(await told(world)).toEqual(world.messages())
    expect(world.problems).toEqual([])
  })

  it('are cleared with the thread, and told again when it begins anew', async () => {
    const world = openWorld()
    await world.run({ input: ask('a') })
    await world.run({ input: ask('b') })
    world.isStoreDown = true
    await world.thread.remove()
    await world.run({ input: ask('b', 'new') })
    world.isStoreDown = false
    await world.ring()
    expect(world.texts()).toEqual(['new', 'answer 2'])
    expect(await told(world)).toEqual(world.messages())
    await world.thread.remove()
    expect(await told(world)).toEqual([])
  })

  it('catch up when the storage could not be reached, also in the next life of the object', async () => {
    const world = openWorld()
    world.isStoreDown = true
    await world.run({ input: ask('a') })
    await world.run({ input: ask('b') })
    world.restart()
    world.isStoreDown = false
    expect(await told(world)).toEqual([])
    await world.ring()
    expect(await told(world)).toEqual(world.messages())
  })

  it('are in the end those of the thread, whatever happened to it and whenever the storage was down', async () => {
    const anyStep = fc.record({
      act: fc.constantFrom('ask', 'again', 'save', 'delete', 'restart'),
      id: fc.constantFrom('a', 'b', 'c'),
      isDown: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 8 }), async (steps) => {
        const world = openWorld()
        for (const [at, { act, id, isDown }] of steps.entries()) {
          world.isStoreDown = isDown
          world.now += 1
          const messages = [ask(id, `saved ${at}`)]
          // What cannot be (a message that is not there) changes nothing.
          const done = {
            ask: () => world.run({ input: ask(id, `asked ${at}`) }),
            again: () => world.run({ regenerate: {} }),
            save: () => world.memory('save', { ...place, fallback: 'ann', messages }),
            delete: () => world.memory('delete', { messageIds: [id] }),
            restart: async () => world.restart(),
          }[act]()
          await Promise.resolve(done).catch(() => undefined)
        }
        world.isStoreDown = false
        while (world.thread.parts.rows.hasOutbox()) await world.ring()
        expect(await told(world)).toEqual(world.messages())
        expect(world.problems).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it('cost three rows a turn with one tool call', async () => {
    expect((await rowsOf(true)) - (await rowsOf(false))).toBe(3)
  })
})
