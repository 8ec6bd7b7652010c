import { storeClass } from '../../durable-objects/store.ts'
import kernel from '../../durable-objects/kernel.wasm'
import { unsettle } from '../../lib/storage/adapters/settled.ts'
import type { StoreStub } from '../../lib/storage/adapters/store.ts'
import { createVectorMemory } from '../../lib/storage/vector-index/vector-memory.ts'
import { createWasmKernel } from '../../lib/storage/vector-index/wasm-kernel.ts'
import type { SetName } from './sets.ts'
import { readMemory } from './reader.ts'
import { DIMENSION, vectorOf } from './sets.ts'

/** More than an isolate may have: what is measured is the search, not what fits. */
const memory = createVectorMemory({ budget: 512 << 20, kernel: createWasmKernel(kernel) })

/** As an app has it. */
export const Store = storeClass()
/** All of it in the tail: as floats. */
export const Floats = storeClass({
  vectors: { memory, limits: () => ({ tail: Number.POSITIVE_INFINITY, segment: 1000 }) },
})
/** All of it in segments, and all of them in memory. */
export const Bytes = storeClass({ vectors: { memory } })
/** In plain JavaScript. */
export const Plain = storeClass({ vectors: { memory: createVectorMemory({ budget: 512 << 20 }) } })

type Binding = 'STORE' | 'FLOATS' | 'BYTES' | 'PLAIN'
type Env = Record<Binding, { getByName(name: string): StoreStub }>

/** What the bench asks of an object: a set is an index, `one` an index with one vector, for the way there and back. */
export interface Asked {
  /** To read: `count` times what `from` vectors take as floats. */
  do: 'fill' | 'query' | 'read'
  binding: Binding
  set: SetName
  /** To fill: the vectors from `from` on. To query: those with the numbers `-from`, `-from - 1` and so on. */
  from: number
  count: number
  topK?: number
  isEmpty?: boolean
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const asked: Asked = await request.json()
    const { set, from, count, topK = 10, isEmpty = false } = asked
    if (asked.do === 'read') {
      readMemory(4 * DIMENSION * from, count)
      return Response.json([])
    }
    const store = env[asked.binding].getByName(asked.set)
    const index = isEmpty ? 'one' : 'all'
    if (asked.do === 'fill') {
      unsettle(await store.createIndex(index, { dimension: DIMENSION }))
      const records = Array.from({ length: count }, (_, at) => ({
        id: `${from + at}`,
        vector: vectorOf(set, from + at),
      }))
      unsettle(await store.upsertVectors(index, records))
      return Response.json(count)
    }
    const found: string[][] = []
    for (let at = 0; at < count; at += 1) {
      const query = { vector: vectorOf(set, -from - at), topK }
      const matches = unsettle(await store.queryVectors(index, query))
      found.push(matches.map(({ id }) => id))
    }
    return Response.json(found)
  },
}
