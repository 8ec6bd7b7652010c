import { expect, it } from 'vitest'
import { MemoryStorage } from '../storage/adapters/memory-storage.ts'
import type { Documents } from '../storage/documents.ts'
import { changeWorking, readWorking, WORKING_COLLECTION } from './working-store.ts'

const merge = (id: string, key: string) => ({ id, type: 'merge' as const, patch: { [key]: id } })

/** Its writes reach the storage when they are let: they were long on their way. */
function slowed(documents: Documents) {
  const gate = Promise.withResolvers<void>()
  const written = Promise.withResolvers<void>()
  const slow: Documents = {
    ...documents,
    put: async (...args) => {
      written.resolve()
      await gate.promise
      await documents.put(...args)
    },
  }
  return { slow, written: written.promise, letGo: gate.resolve }
}

it.each([
  ['that begin it', []],
  ['that go on with it', [merge('first', 'first')]],
])('two writers %s at once lose nothing, however late the write of the one arrives', async (_, before) => {
  const documents = new MemoryStorage().documents('resource/ann')
  if (before.length > 0) await changeWorking(documents, before, 1_000_000)
  const { slow, written, letGo } = slowed(documents)
  const late = changeWorking(slow, [merge('late', 'a')], 1_000_009)
  await written
  await changeWorking(documents, [merge('soon', 'b')], 1_000_005)
  letGo()
  await late
  const kept = Object.fromEntries(before.map(({ patch }) => Object.entries(patch)).flat())
  expect((await readWorking(documents))?.content).toEqual({ ...kept, a: 'late', b: 'soon' })
})

it('two that begin it lose nothing whatever their clocks say, as on both sides of a minute', async () => {
  for (const [first, second] of [
    [59_999, 60_001],
    [60_001, 59_999],
  ] as const) {
    const documents = new MemoryStorage().documents('resource/ann')
    const { slow, written, letGo } = slowed(documents)
    const late = changeWorking(slow, [merge('late', 'a')], second)
    await written
    await changeWorking(documents, [merge('soon', 'b')], first)
    letGo()
    await late
    expect((await readWorking(documents))?.content).toEqual({ a: 'late', b: 'soon' })
  }
})

it('two that have both found nothing lose nothing, whichever writes first', async () => {
  const documents = new MemoryStorage().documents('resource/ann')
  const gate = Promise.withResolvers<void>()
  const found = Promise.withResolvers<void>()
  // Its memory is written late, when all before it was done at once.
  const slow: Documents = {
    ...documents,
    put: async (collection, ...list) => {
      if (list.some(({ id }) => id === 'resource')) {
        found.resolve()
        await gate.promise
      }
      await documents.put(collection, ...list)
    },
  }
  const late = changeWorking(slow, [merge('late', 'a')], 60_001)
  await found.promise
  await changeWorking(documents, [merge('soon', 'b')], 59_999)
  gate.resolve()
  await late
  expect((await readWorking(documents))?.content).toEqual({ a: 'late', b: 'soon' })
})

it('begins anew after an erasure with a version that nothing of before can pass', async () => {
  const documents = new MemoryStorage().documents('resource/ann')
  await changeWorking(documents, [merge('old', 'a')], 1_000)
  await changeWorking(documents, [merge('older', 'a')], 1_001)
  const old = await documents.get(WORKING_COLLECTION, 'resource')
  await documents.clear(WORKING_COLLECTION)
  await changeWorking(documents, [merge('new', 'b')], 5_000)
  if (old) await documents.put(WORKING_COLLECTION, old)
  expect((await readWorking(documents))?.content).toEqual({ b: 'new' })
})

it('makes no change twice, however many came in between', async () => {
  const documents = new MemoryStorage().documents('resource/ann')
  const write = (id: string, value: string) =>
    changeWorking(documents, [{ id, type: 'merge', patch: { key: value } }], 1_000)
  await write('first', 'first')
  for (let i = 0; i < 100; i += 1) await write(`c${i}`, `value ${i}`)
  const before = await readWorking(documents)
  for (const id of ['first', 'c0', 'c50', 'c99']) await write(id, 'again')
  expect(await readWorking(documents)).toEqual(before)
  expect(before?.content).toEqual({ key: 'value 99' })
  expect(before?.applied.length).toBeLessThanOrEqual(40)
})
