import { expect, it } from 'vitest'
import { MemoryStorage } from '../storage/adapters/memory-storage.ts'
import type { Documents } from '../storage/documents.ts'
import { changeWorking, readWorking } from './working-store.ts'

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
