import { describe, expect, it } from 'vitest'
import { calls, says } from '../../test/fixtures/scripted-model.ts'
import { ADDRESS, ThreadWorld, ask } from '../../test/fixtures/thread-world.ts'
import { toolOf } from '../../test/fixtures/turns.ts'
import { Follower } from '../log/follower.ts'
import type { Message } from '../protocol/message.ts'
import { START } from '../protocol/offset.ts'
import type { MemoryCalls } from './memory-call.ts'
import { pageOfMessages } from './messages.ts'

const place = { address: ADDRESS, threadId: 'thread' }
const said = (id: string, createdAt = 1, text = id): Message => ({
  id,
  role: 'assistant',
  parts: [{ type: 'text', text }],
  createdAt,
})
const save = (world: ThreadWorld, ...messages: Message[]): Promise<MemoryCalls['save']['answer']> =>
  world.memory('save', { ...place, fallback: 'ann', messages })
const textsOf = (messages: { message: Message }[]): string[] =>
  messages.map(({ message }) => message.parts.map((part) => ('text' in part ? part.text : '')).join(''))
/** All rows as they stand. */
const bodies = (world: ThreadWorld): string =>
  ['log', 'turns', 'state']
    .flatMap((table) => world.platform.sql.run(`SELECT * FROM ${table}`))
    .flatMap((row) => Object.values(row))
    .join(' ')
const heardFrom = (world: ThreadWorld): string[] => {
  const follower = new Follower(world.thread.parts.log, START)
  return follower.pull().map(({ event }) => (event.type === 'message' ? event.message.id : event.type))
}

describe('a thread that is created', () => {
  it('is on the list at once, holds nothing, and can be spoken on', async () => {
    const world = new ThreadWorld([says('hi')])
    const request = { ...place, resourceId: 'ann', title: 'New', metadata: { a: 1 } }
    const info = await world.memory('create', request)
    expect(info).toMatchObject({ threadId: 'thread', title: 'New', metadata: { a: 1 }, createdAt: world.now })
    expect(await world.list()).toEqual([info])
    expect(world.texts()).toEqual([])
    await world.run({ input: ask('q') })
    expect([world.texts(), world.thread.meta?.info.title]).toEqual([['q', 'hi'], 'New'])
    expect(world.problems).toEqual([])
  })

  it('again keeps its messages and takes what was sent', async () => {
    const world = new ThreadWorld([says('hi')])
    await world.run({ input: ask('q') })
    await world.memory('create', { ...place, resourceId: 'ann', title: 'Named' })
    expect([world.texts(), world.thread.meta?.info.title]).toEqual([['q', 'hi'], 'Named'])
    await expect(world.memory('create', { ...place, resourceId: 'bob' })).rejects.toMatchObject({
      code: 'resource_mismatch',
    })
    expect(await world.list()).toMatchObject([{ title: 'Named', resourceId: 'ann' }])
  })

  it('is told of by the alarm when the list could not be reached', async () => {
    const world = new ThreadWorld([])
    world.isStoreDown = true
    await world.memory('create', { ...place, resourceId: 'ann' })
    world.isStoreDown = false
    expect(await world.list()).toEqual([])
    await world.ring()
    expect(await world.list()).toHaveLength(1)
  })
})

describe('messages that are saved', () => {
  it('are history: listed, shown to the model, and heard by followers in their place', async () => {
    const world = new ThreadWorld([says('one'), says('two')])
    await world.run({ input: ask('a') })
    await save(world, { ...ask('b'), createdAt: 5 }, said('c', 6))
    await world.run({ input: ask('d') })
    expect(world.texts()).toEqual(['a', 'one', 'b', 'c', 'd', 'two'])
    expect(world.model.asked[1]?.prompt.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
    ])
    const heard = heardFrom(world)
    expect(heard.filter((type) => ['turn-start', 'b', 'c', 'turn-end'].includes(type))).toEqual([
      'turn-start',
      'turn-end',
      'b',
      'c',
      'turn-start',
      'turn-end',
    ])
    expect(world.problems).toEqual([])
  })

  it('begin a thread, titled by the first words of the user', async () => {
    const world = new ThreadWorld([])
    await save(world, said('a', 1), { ...ask('b', 'Hello there'), createdAt: 2 })
    expect(await world.list()).toMatchObject([{ title: 'Hello there', resourceId: 'ann' }])
  })

  it('twice are there once, and other words take the place of the first', async () => {
    const world = new ThreadWorld([says('x')])
    await save(world, ask('a'), said('b'))
    await save(world, ask('a'), said('b'))
    await save(world, said('a', 1, 'changed'))
    expect(world.texts()).toEqual(['changed', 'b'])
    expect(bodies(world)).not.toContain('"text":"a"')
    expect(world.problems).toEqual([])
  })

  it('of a turn stay as the log has them', async () => {
    const world = new ThreadWorld([says('said')])
    await world.run({ input: ask('q') })
    const [, answer] = world.messages()
    const { messages } = await save(world, said(answer?.id ?? '', 1, 'never said'))
    expect(messages).toEqual([answer])
    expect(world.texts()).toEqual(['q', 'said'])
  })

  it('while a turn speaks come after it, for lists and for followers', async () => {
    const world = new ThreadWorld([calls(['t', {}]), says('done')], { tools: { t: toolOf(() => running()) } })
    const reached = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    const running = async (): Promise<number> => {
      reached.resolve()
      await go.promise
      return 1
    }
    await world.start({ input: ask('q') })
    await reached.promise
    const follower = new Follower(world.thread.parts.log, START)
    const heard = follower.pull().map(({ event }) => event.type)
    await save(world, said('late'))
    heard.push(...follower.pull().map(({ event }) => event.type))
    expect(heard).not.toContain('message')
    go.resolve()
    await world.platform.idle()
    for (let pulled = follower.pull(); pulled.length > 0; pulled = follower.pull())
      heard.push(...pulled.map(({ event }) => event.type))
    expect(heard.slice(-2)).toEqual(['turn-end', 'message'])
    expect(world.texts()).toEqual(['q', 'done', 'late'])
    await save(world, said('later'))
    expect(follower.pull().map(({ event }) => event.type)).toEqual(['message'])
    expect(world.problems).toEqual([])
  })

  it('can be answered afterwards', async () => {
    const world = new ThreadWorld([says('one'), says('two')])
    await save(world, ask('a'), said('b', 2))
    await world.run({ regenerate: {} })
    expect(world.texts()).toEqual(['a', 'one'])
    await save(world, ask('c'))
    await world.run({ input: ask('c') })
    expect(world.texts()).toEqual(['a', 'one', 'c', 'two'])
    expect(world.problems).toEqual([])
  })
})

describe('messages that are deleted', () => {
  it.each([
    ['the question', ['q'], ['hi', 'r', 'ho']],
    ['the answer', ['hi'], ['q', 'r', 'ho']],
    ['both', ['q', 'hi'], ['r', 'ho']],
    ['the last answer', ['ho'], ['q', 'hi', 'r']],
    ['all', ['q', 'hi', 'r', 'ho'], []],
  ])('are gone from lists, the prompt, the log and the rows: %s', async (_name, texts, left) => {
    const world = new ThreadWorld([says('hi'), says('ho'), says('next')])
    await world.memory('create', { ...place, resourceId: 'ann', title: 'Named' })
    await world.run({ input: ask('q-id', 'q') })
    await world.run({ input: ask('r-id', 'r') })
    for (const text of texts) expect(bodies(world)).toContain(`"${text}"`)
    const ids = world.messages().flatMap(({ id }, i) => (texts.includes(world.texts()[i] ?? '') ? [id] : []))
    expect(await world.memory('delete', { messageIds: ids })).toEqual({ deleted: texts.length })
    expect(world.texts()).toEqual(left)
    for (const text of texts) expect(bodies(world)).not.toContain(`"${text}"`)
    for (const id of ids) expect(bodies(world)).not.toContain(id)
    const follower = new Follower(world.thread.parts.log, START)
    const heard = JSON.stringify(follower.pull())
    for (const text of texts) expect(heard).not.toContain(`"${text}"`)
    await world.run({ input: ask('n') })
    const asked = JSON.stringify(world.model.asked.at(-1)?.prompt)
    for (const text of texts) expect(asked).not.toContain(`"${text}"`)
    expect(world.texts()).toEqual([...left, 'n', 'next'])
    world.restart()
    expect(world.texts()).toEqual([...left, 'n', 'next'])
    expect(world.problems).toEqual([])
  })

  it('take the results of tools and structured answers with them', async () => {
    const world = new ThreadWorld([calls(['t', { key: 'input-secret' }]), says('done')], {
      tools: { t: toolOf(() => 'output-secret') },
    })
    await world.run({ input: ask('q') })
    expect(bodies(world)).toContain('output-secret')
    await world.memory('delete', { messageIds: [world.messages()[1]?.id ?? ''] })
    expect(bodies(world)).not.toMatch(/(in|out)put-secret/)
    expect(world.texts()).toEqual(['q'])
  })

  it('are all of them there, or none is deleted', async () => {
    const world = new ThreadWorld([says('hi')])
    await world.run({ input: ask('q') })
    await expect(world.memory('delete', { messageIds: ['q', 'nope'] })).rejects.toMatchObject({
      code: 'message_not_found',
      message: 'There is no message "nope"',
    })
    expect(world.texts()).toEqual(['q', 'hi'])
  })

  it('are not those of a turn that runs, waits or is suspended', async () => {
    const world = new ThreadWorld([calls(['t', {}]), says('ok')], {
      tools: { t: { ...toolOf(() => 1), requireApproval: true } },
    })
    await world.run({ input: ask('q') })
    await expect(world.memory('delete', { messageIds: ['q'] })).rejects.toMatchObject({ code: 'thread_busy' })
    expect(world.messages()).toHaveLength(2)
  })

  it('are deleted once, when the object dies with the answer', async () => {
    const world = new ThreadWorld([says('hi')])
    await world.run({ input: ask('q') })
    const twice = { changeId: 'same' }
    expect(await world.memory('delete', { messageIds: ['q'] }, twice)).toEqual({ deleted: 1 })
    world.restart()
    expect(await world.memory('delete', { messageIds: ['q'] }, twice)).toEqual({ deleted: 1 })
    expect(world.texts()).toEqual(['hi'])
  })

  it('start no second turn under their Idempotency-Key', async () => {
    const world = new ThreadWorld([says('hi')])
    const idempotency = { scope: 's', hash: 'h' }
    const turn = await world.run({ input: ask('q'), idempotency })
    await world.memory('delete', { messageIds: world.messages().map(({ id }) => id) })
    expect(await world.run({ input: ask('q'), idempotency })).toBe(turn)
    expect([world.texts(), world.model.asked.length]).toEqual([[], 1])
  })
})

describe('a page of messages', () => {
  it('is what a list of all would be cut to, from either end', async () => {
    const world = new ThreadWorld([says('1'), says('2'), says('3'), says('4')])
    for (const id of ['a', 'b', 'c', 'd']) await world.run({ input: ask(id) })
    await save(world, said('e'), said('f'))
    await world.memory('delete', { messageIds: ['b'] })
    const all = world.texts()
    expect(all).toHaveLength(9)
    const { rows, events } = world.thread.parts
    for (const order of ['oldest', 'newest'] as const) {
      const ordered = order === 'oldest' ? all : all.toReversed()
      for (let skip = 0; skip <= 10; skip += 1) {
        for (const take of [1, 2, 3, 20]) {
          const page = pageOfMessages(rows, events, { skip, take, order })
          expect([textsOf(page.messages), page.total]).toEqual([ordered.slice(skip, skip + take), 9])
        }
      }
    }
  })

  it('counts a running turn as far as it has come, and one that failed before a word', async () => {
    const world = new ThreadWorld([says('1')])
    await world.run({ input: ask('a') })
    await world.run({ input: ask('b') })
    const { rows, events } = world.thread.parts
    const page = pageOfMessages(rows, events, { skip: 0, take: 2, order: 'newest' })
    expect([textsOf(page.messages), page.total]).toEqual([['b', '1'], 3])
    expect(world.problems).toEqual([])
  })

  it('holds what fits a filter, and what is wanted beside it with its neighbours', async () => {
    const world = new ThreadWorld([])
    const messages = ['a', 'b', 'c', 'd', 'e', 'f'].map((id, i) => said(id, i * 10))
    await save(world, ...messages, { ...ask('u'), createdAt: 60, metadata: { kind: 'x' } })
    const page = async (request: Partial<MemoryCalls['page']['request']>): Promise<unknown> => {
      const found = await world.memory('page', { skip: 0, take: 10, order: 'oldest', ...request })
      return [textsOf(found.messages).join(''), found.total]
    }
    expect(await page({ filter: { from: 10, to: 30 } })).toEqual(['bcd', 3])
    expect(await page({ filter: { from: 10, isFromExcluded: true, to: 30, isToExcluded: true } })).toEqual([
      'c',
      1,
    ])
    expect(await page({ filter: { from: 10, to: 50 }, skip: 1, take: 2 })).toEqual(['cd', 5])
    expect(await page({ filter: { roles: ['user'] } })).toEqual(['u', 1])
    expect(await page({ filter: { metadata: { kind: 'x' } } })).toEqual(['u', 1])
    expect(await page({ take: 0, include: [{ id: 'c', before: 1, after: 2 }] })).toEqual(['bcde', 0])
    expect(await page({ take: 1, include: [{ id: 'f', before: 0, after: 9 }] })).toEqual(['afu', 7])
    expect(await page({ take: 1, include: [{ id: 'nope', before: 1, after: 1 }] })).toEqual(['a', 7])
  })
})

const idless = (message: Message): Message => ({ ...message, id: '' })
const paste = (
  copy: MemoryCalls['copy']['answer'],
  into: ThreadWorld,
): Promise<MemoryCalls['paste']['answer']> =>
  into.memory('paste', {
    address: '-/copy',
    threadId: 'copy',
    resourceId: 'bob',
    title: 'Copy',
    metadata: {},
    turns: copy.turns,
  })

describe('a thread that is cloned', () => {
  it('has the same messages under ids of its own, and is gone on with', async () => {
    const world = new ThreadWorld([calls(['t', {}]), says('one'), says('two')], {
      tools: { t: toolOf(() => 1) },
    })
    await world.run({ input: ask('a') })
    await save(world, said('b'))
    await world.run({ input: ask('c') })
    const into = new ThreadWorld([says('more')])
    const { info, messages } = await paste(await world.memory('copy', {}), into)
    expect(info).toMatchObject({ threadId: 'copy', resourceId: 'bob', title: 'Copy' })
    expect(messages.map(({ message }) => idless(message))).toEqual(world.messages().map(idless))
    const ids = new Set([...world.messages(), ...into.messages()].map(({ id }) => id))
    expect(ids.size).toBe(10)
    expect(bodies(into)).not.toContain('"thread"')
    await into.run({ input: ask('d'), resourceId: 'bob', threadId: 'copy' })
    expect(into.texts()).toEqual([...world.texts(), 'd', 'more'])
    expect(into.problems).toEqual([])
  })

  it('leaves out what has not ended', async () => {
    const world = new ThreadWorld([says('one'), calls(['t', {}])], {
      tools: { t: { ...toolOf(() => 1), requireApproval: true } },
    })
    await world.run({ input: ask('a') })
    await world.run({ input: ask('b') })
    const into = new ThreadWorld([])
    await paste(await world.memory('copy', {}), into)
    expect(into.texts()).toEqual(['a', 'one'])
  })

  it.each([
    [{ limit: 3 }, ['one', 'b', 'two']],
    [{ limit: 0 }, []],
    [{ ids: ['a', 'b'] }, ['a', 'b']],
    [{ ids: [] }, []],
    [{ roles: ['assistant'] }, ['one', 'two']],
  ])('takes what fits %j, and no word of the rest', async (filter, left) => {
    const world = new ThreadWorld([says('one'), says('two')])
    await world.run({ input: ask('a') })
    await world.run({ input: ask('b') })
    const into = new ThreadWorld([])
    await paste(await world.memory('copy', filter), into)
    expect(into.texts()).toEqual(left)
    for (const text of ['a', 'one', 'b', 'two'])
      if (!left.includes(text)) expect(bodies(into)).not.toContain(`"${text}"`)
    expect(into.problems).toEqual([])
  })

  it('is not put over one that is there', async () => {
    const world = new ThreadWorld([says('one')])
    await world.run()
    const copy = await world.memory('copy', {})
    await expect(paste(copy, world)).rejects.toMatchObject({ code: 'thread_exists' })
  })
})

it('a thread of another resource does not exist', async () => {
  const world = new ThreadWorld([says('one')])
  await world.run()
  const asked: [keyof MemoryCalls, object][] = [
    ['info', {}],
    ['update', { title: 'x' }],
    ['remove', {}],
    ['page', { skip: 0, take: 1, order: 'oldest' }],
    ['delete', { messageIds: ['q1'] }],
    ['copy', {}],
  ]
  for (const [type, request] of asked) {
    // Each request is that of its type.
    const memory = world.memory(type, request as MemoryCalls['info']['request'] & never, {
      resourceId: 'bob',
    })
    await expect(memory).rejects.toMatchObject({ code: 'thread_not_found' })
  }
  expect(world.texts()).toEqual(['q1', 'one'])
})

it('leaves nothing behind when it refuses to begin a thread', async () => {
  const world = new ThreadWorld([])
  await expect(world.memory('delete', { messageIds: ['a'] })).rejects.toMatchObject({
    code: 'message_not_found',
  })
  await expect(world.memory('page', { skip: 0, take: 1, order: 'oldest' })).rejects.toMatchObject({
    code: 'thread_not_found',
  })
  expect(world.platform.sql.run('SELECT name FROM sqlite_master')).toEqual([])
})
