import { describe, expect, it } from 'vitest'
import type { ScriptStep } from '../../test/fixtures/scripted-model.ts'
import { calls, says } from '../../test/fixtures/scripted-model.ts'
import { ask, ThreadWorld } from '../../test/fixtures/thread-world.ts'
import { Memory } from '../memory/memory.ts'
import { readWorking, WORKING_COLLECTION } from '../memory/working-store.ts'
import { createSqlDocuments } from '../storage/adapters/sql-documents.ts'
import type { Documents } from '../storage/documents.ts'
import { createNodeSql } from '../../test/fixtures/node-sql.ts'

const OWNER = 'user'

/** A thread whose agent notes something of its owner, over a storage that is down for some writes. */
function open() {
  const stored = createSqlDocuments(createNodeSql())
  const state: { isDown: (collection: string) => boolean; erasedAt: number | undefined } = {
    isDown: () => false,
    erasedAt: undefined,
  }
  const documents: Documents = {
    ...stored,
    put: async (collection, ...all) => {
      if (state.isDown(collection)) throw new Error('the storage is down')
      await stored.put(collection, ...all)
    },
  }
  const memory = new Memory({ options: { workingMemory: { enabled: true, template: '# Name:' } } })
  const script = (): ScriptStep =>
    asked++ === 0 ? calls(['updateWorkingMemory', { memory: '# Name: Ada' }]) : says('done')
  let asked = 0
  const world = new ThreadWorld(
    script,
    { memory },
    { documents: () => documents, erasedAt: async () => state.erasedAt },
  )
  const threads = async (): Promise<string[]> =>
    (await stored.query('threads:-', { by: 'createdAt', limit: 10 })).documents.map(({ id }) => id)
  return { world, state, stored, threads }
}

describe('a thread whose owner is erased', () => {
  it('takes along what it was still to write to the working memory, which a deletion of the thread does not', async () => {
    for (const isErasure of [false, true]) {
      const { world, state, stored } = open()
      state.isDown = (collection) => collection === WORKING_COLLECTION
      await world.run({ input: ask('q1') })
      await world.platform.idle()
      const { resourceId } = world.thread.meta?.info ?? { resourceId: '' }
      if (isErasure) await world.memory('erase', { resourceId, before: world.now })
      else await world.memory('remove', {})
      state.isDown = () => false
      await world.ring()
      await world.platform.idle()
      expect(Boolean(await readWorking(stored))).toBe(!isErasure)
    }
  })

  it('writes nothing to it late, though it was deleted before and nobody knew of it any more', async () => {
    const { world, state, stored } = open()
    state.isDown = (collection) => collection === WORKING_COLLECTION
    await world.run({ input: ask('q1') })
    await world.platform.idle()
    await world.memory('remove', {})
    state.erasedAt = world.now
    world.restart()
    state.isDown = () => false
    await world.ring()
    await world.platform.idle()
    expect(await readWorking(stored)).toBeUndefined()
    expect(world.platform.sql.run(`SELECT name FROM sqlite_master WHERE type = 'table'`)).toEqual([])
  })

  it('takes what it has said out of the index, unless the index goes as well', async () => {
    for (const withIndexes of [undefined, true] as const) {
      const memory = new Memory({ options: { semanticRecall: true } })
      const world = new ThreadWorld(() => says('done'), { memory })
      await world.run({ input: ask('q1') })
      await world.platform.idle()
      const [index = ''] = await world.vectors.listIndexes()
      expect((await world.vectors.describeIndex(index))?.count).toBe(2)
      const { resourceId } = world.thread.meta?.info ?? { resourceId: '' }
      const erasing = { resourceId, before: world.now, ...(withIndexes && { withIndexes }) }
      expect(await world.memory('erase', erasing)).toEqual({ isGone: true })
      expect((await world.vectors.describeIndex(index))?.count).toBe(withIndexes ? 2 : 0)
    }
  })

  it('goes as well where no list had heard of it, before it is told to one', async () => {
    const { world, state, stored, threads } = open()
    state.isDown = () => true
    await world.run({ input: ask('q1') })
    await world.platform.idle()
    state.erasedAt = world.now
    state.isDown = () => false
    await world.ring()
    await world.platform.idle()
    await world.ring()
    expect([await threads(), await readWorking(stored), world.thread.meta]).toEqual([
      [],
      undefined,
      undefined,
    ])
    expect(world.platform.sql.run(`SELECT name FROM sqlite_master WHERE type = 'table'`)).toEqual([])
  })

  it('stays if it was begun later, and tells what it has to tell', async () => {
    const { world, state, stored, threads } = open()
    state.erasedAt = world.now - 1
    state.isDown = () => true
    await world.run({ input: ask('q1') })
    await world.platform.idle()
    state.isDown = () => false
    await world.ring()
    await world.platform.idle()
    expect(await threads()).toEqual([world.thread.meta?.info.threadId])
    expect(await readWorking(stored)).toMatchObject({ content: '# Name: Ada' })
  })

  it('stays if it was given to that resource afterwards', async () => {
    const { world, state } = open()
    await world.run({ input: ask('q1') })
    await world.platform.idle()
    world.now += 1000
    const before = world.now
    world.now += 1000
    await world.memory('transfer', { resourceId: OWNER })
    expect(await world.memory('erase', { resourceId: OWNER, before })).toEqual({ isGone: true })
    expect(world.thread.meta?.info.resourceId).toBe(OWNER)
    state.erasedAt = before
    await world.memory('erase', { resourceId: OWNER, before: world.now })
    expect(world.thread.meta).toBeUndefined()
  })
})
