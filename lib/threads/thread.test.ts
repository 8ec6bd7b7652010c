import { describe, expect, it } from 'vitest'
import { calls, says } from '../../test/fixtures/scripted-model.ts'
import { ThreadWorld, ask } from '../../test/fixtures/thread-world.ts'
import { toolOf } from '../../test/fixtures/turns.ts'
import { Follower } from '../log/follower.ts'
import { START } from '../protocol/offset.ts'

const usage = { inputTokens: 10, outputTokens: 5, totalTokens: 15 }

const rowsOf = async (words: number): Promise<number> => {
  const text = says(...Array.from({ length: words }, (_, i) => `word${i} `))
  const world = new ThreadWorld([calls(['t', {}]), text], { tools: { t: toolOf(() => 1) } })
  await world.run()
  const { written } = world.platform.sql
  return [...written.values()].reduce((sum, rows) => sum + rows, 0) + world.platform.alarmsSet
}

describe('a thread', () => {
  it('holds what was asked and what was answered', async () => {
    const world = new ThreadWorld([says('Hel', 'lo')])
    await world.run({ input: ask('q', 'hi') })
    expect(world.messages()).toEqual([
      ask('q', 'hi'),
      {
        id: 'msg_2.LS90aHJlYWQ',
        role: 'assistant',
        createdAt: 1_000_000,
        parts: [
          { type: 'step-start', model: 'test/scripted' },
          { type: 'text', text: 'Hello' },
        ],
        outcome: { status: 'completed', finishReason: 'stop', usage },
      },
    ])
    expect(world.thread.meta?.open).toEqual([])
    expect([world.problems, world.logged]).toEqual([[], []])
  })

  it('shows the model what was said before, as far as its memory goes', async () => {
    const world = new ThreadWorld([says('one'), says('two'), says('three')])
    for (const id of ['a', 'b', 'c']) await world.run({ input: ask(id) })
    const said = world.model.asked[2]?.prompt.map(({ content }) =>
      Array.isArray(content)
        ? content.map((part) => (part.type === 'text' ? part.text : '')).join('')
        : content,
    )
    expect(said).toEqual(['a', 'one', 'b', 'two', 'c'])
  })

  it('is told of in the list of its resource, titled by its first words', async () => {
    const world = new ThreadWorld([says('x'), says('y')])
    await world.run({ input: ask('q', `  Hello \n ${'w'.repeat(100)}`) })
    const info = {
      threadId: 'thread',
      resourceId: 'ann',
      title: `Hello ${'w'.repeat(73)}…`,
      metadata: {},
      createdAt: 1_000_000,
      updatedAt: 1_000_000,
    }
    expect(await world.list()).toEqual([info])
    world.now += 5
    await world.run({ input: ask('r') })
    expect(await world.list()).toEqual([{ ...info, updatedAt: 1_000_005 }])
  })

  it('belongs to one resource', async () => {
    const world = new ThreadWorld([says('x')])
    await world.run()
    await expect(world.start({ input: ask('r'), resourceId: 'bob' })).rejects.toMatchObject({
      code: 'resource_mismatch',
    })
  })

  it('looked at by chance leaves nothing behind', async () => {
    const world = new ThreadWorld([])
    await world.thread.takeUp()
    await world.thread.alarm(Promise.resolve())
    expect(await world.thread.stop()).toBeUndefined()
    expect(await world.thread.remove()).toBe(false)
    expect(await world.thread.update({ title: 'x' })).toBeUndefined()
    expect(world.messages()).toEqual([])
    expect(world.platform.sql.run('SELECT name FROM sqlite_master')).toEqual([])
    expect(world.platform.alarmAt).toBeNull()
  })

  it('writes few rows for a turn, however many words it streams', async () => {
    const few = await rowsOf(3)
    expect(few).toBeLessThanOrEqual(10)
    expect(await rowsOf(3000)).toBe(few)
  })

  it('lets nobody hear a turn before its start is on disk', async () => {
    const world = new ThreadWorld([says('quick')])
    const disk = Promise.withResolvers<void>()
    world.platform.durable = disk.promise
    await world.start()
    const follower = new Follower(world.thread.parts.log, START)
    await new Promise((resolve) => setImmediate(resolve))
    expect(world.model.asked).toHaveLength(1)
    expect(follower.pull()).toEqual([])
    disk.resolve()
    await world.platform.idle()
    expect(follower.pull().map(({ event }) => event.type)).toEqual([
      'turn-start',
      'step-start',
      'text-start',
      'text-delta',
      'text-end',
      'step-end',
      'turn-end',
    ])
  })
})

describe('a turn that cannot begin', () => {
  it.each([
    [
      'is gone',
      (world: ThreadWorld) => world.dropAgent(),
      {},
      { code: 'agent_not_found', message: 'There is no agent "teller"' },
    ],
    [
      'throws in its instructions',
      () => undefined,
      {
        instructions: () => {
          throw new Error('no key sk-abcdef123456')
        },
      },
      { code: 'internal', message: 'The agent could not be prepared: Error: no key [redacted]' },
    ],
  ] as const)('because its agent %s fails, and the thread goes on', async (_what, spoil, agent, error) => {
    const world = new ThreadWorld([says('x')], agent)
    spoil(world)
    await world.run()
    expect(world.messages()).toEqual([ask('q1')])
    const { rows } = world.thread.parts
    expect(rows.readMeta()?.open).toEqual([])
    const follower = new Follower(world.thread.parts.log, START)
    expect(follower.pull().at(-1)?.event).toEqual({
      type: 'turn-end',
      status: 'failed',
      finishReason: 'error',
      usage: {},
      error,
    })
  })
})

describe('a change of what lists show', () => {
  it('is kept, and told', async () => {
    const world = new ThreadWorld([says('x')])
    await world.run()
    world.now += 1
    const changed = { title: 'New', metadata: { pinned: true } }
    expect(await world.thread.update(changed)).toMatchObject({ ...changed, updatedAt: world.now })
    expect(await world.list()).toMatchObject([changed])
    world.restart()
    expect(world.thread.meta?.info).toMatchObject(changed)
  })
})

const tablesOf = (world: ThreadWorld) => world.platform.sql.run('SELECT name FROM sqlite_master')

describe('a thread that is deleted', () => {
  it('leaves nothing, and leaves its list', async () => {
    const world = new ThreadWorld([says('x'), says('y')])
    await world.run({ idempotency: { scope: 's', hash: 'h' } })
    expect(await world.thread.remove()).toBe(true)
    expect([tablesOf(world), await world.list(), world.messages()]).toEqual([[], [], []])
    expect(await world.thread.remove()).toBe(false)
  })

  it('may be begun anew', async () => {
    const world = new ThreadWorld([says('x'), says('y')])
    await world.run()
    await world.thread.remove()
    world.now += 10
    await world.run({ input: ask('again') })
    expect(world.texts()).toEqual(['again', 'y'])
    expect(await world.list()).toMatchObject([{ title: 'again' }])
  })

  it('while a turn runs stops the turn, and what that still says goes nowhere', async () => {
    const gate = Promise.withResolvers<void>()
    const world = new ThreadWorld([{ items: ['half', { type: 'gate', until: gate.promise }, 'rest'] }])
    await world.start()
    await new Promise((resolve) => setImmediate(resolve))
    expect(await world.thread.remove()).toBe(true)
    gate.resolve()
    await world.platform.idle()
    expect([tablesOf(world), await world.list(), world.thread.running]).toEqual([[], [], undefined])
    expect(world.logged).toEqual([])
  })

  it('while a tool runs that heeds no signal does not wait for it', async () => {
    const world = new ThreadWorld([calls(['t', {}])], {
      tools: { t: toolOf(() => new Promise(() => undefined)) },
    })
    await world.start()
    await new Promise((resolve) => setImmediate(resolve))
    expect(await world.thread.remove()).toBe(true)
    await world.platform.idle()
    expect(tablesOf(world)).toEqual([])
  })

  it('is begun anew by a turn that comes while its last one is still ending', async () => {
    const world = new ThreadWorld([
      { items: ['half', { type: 'gate', until: new Promise(() => undefined) }] },
      says('new'),
    ])
    await world.start()
    await new Promise((resolve) => setImmediate(resolve))
    const removing = world.thread.remove()
    world.now += 10
    await world.start({ input: ask('next') })
    await removing
    await world.platform.idle()
    expect(world.texts()).toEqual(['next', 'new'])
    expect([world.problems, world.logged, world.thread.meta?.open]).toEqual([[], [], []])
  })

  it('leaves its list later when that cannot be reached, and then leaves nothing', async () => {
    const world = new ThreadWorld([says('x')])
    await world.run()
    world.isStoreDown = true
    expect(await world.thread.remove()).toBe(true)
    expect([world.thread.meta, world.platform.alarmAt]).toEqual([undefined, expect.any(Number)])
    world.restart()
    world.isStoreDown = false
    await world.ring()
    expect([await world.list(), tablesOf(world), world.platform.alarmAt]).toEqual([[], [], null])
  })
})

describe('a thread whose object dies while it is being deleted', () => {
  it('is gone, and leaves its list when the alarm rings', async () => {
    const world = new ThreadWorld([says('x')])
    await world.run()
    await world.ring()
    expect(world.platform.alarmAt).toBeNull()
    const { delete: remove } = world.documents
    Object.assign(world.documents, { delete: () => new Promise(() => undefined) })
    void world.thread.remove()
    await new Promise((resolve) => setImmediate(resolve))
    Object.assign(world.documents, { delete: remove })
    world.restart()
    expect([world.messages(), await world.list()]).toEqual([[], [expect.anything()]])
    expect(world.platform.alarmAt).not.toBeNull()
    await world.ring()
    expect([await world.list(), tablesOf(world)]).toEqual([[], []])
  })
})

describe('a run that is kept only for a while', () => {
  it('is on no list, and is erased when its time is over', async () => {
    const world = new ThreadWorld([says('x')])
    await world.run({ retentionMs: 60_000 })
    expect(await world.list()).toEqual([])
    expect(world.texts()).toEqual(['q1', 'x'])
    world.now += 30_000
    await world.ring()
    expect(world.texts()).toEqual(['q1', 'x'])
    expect(world.platform.alarmAt).toBe(1_060_000)
    await world.ring()
    expect(world.platform.sql.run('SELECT name FROM sqlite_master')).toEqual([])
    expect(world.platform.alarmAt).toBeNull()
  })
})

describe('the outbox', () => {
  it('is tried again, later each time, until the list has heard', async () => {
    const world = new ThreadWorld([says('x')])
    world.isStoreDown = true
    await world.run()
    expect(world.texts()).toEqual(['q1', 'x'])
    const pauses: number[] = []
    for (let i = 0; i < 6; i += 1) {
      await world.ring()
      pauses.push((world.platform.alarmAt ?? 0) - world.now)
    }
    expect(pauses).toEqual([15_000, 60_000, 300_000, 300_000, 300_000, 300_000])
    world.isStoreDown = false
    await world.ring()
    expect(await world.list()).toMatchObject([{ threadId: 'thread' }])
    expect(world.thread.parts.rows.hasOutbox()).toBe(false)
  })

  it('may say a thing twice, and a stale one late, without harm', async () => {
    const world = new ThreadWorld([says('x'), says('y')])
    await world.run()
    const [before] = (await world.documents.query('threads:-', { by: 'updatedAt', limit: 1 })).documents
    world.now += 10
    await world.thread.update({ title: 'New' })
    if (before) await world.documents.put('threads:-', before)
    expect(await world.list()).toMatchObject([{ title: 'New' }])
  })
})
