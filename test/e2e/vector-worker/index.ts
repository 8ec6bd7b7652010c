import { storeClass } from '../../../durable-objects/store.ts'
import { createObjectSql } from '../../../lib/storage/adapters/do-sql.ts'
import { unsettle } from '../../../lib/storage/adapters/settled.ts'
import type { VectorQuery, VectorRecord } from '../../../lib/storage/vectors.ts'
import { findDamage } from '../../fixtures/vector-store.ts'

export class Store extends storeClass() {
  damage(): string[] {
    return findDamage(createObjectSql(this.ctx.storage), 'a')
  }
}

/** What the test asks. */
export type Asked =
  | { do: 'create'; dimension: number }
  | { do: 'upsert'; records: VectorRecord[] }
  | { do: 'delete'; ids: string[] }
  | { do: 'query'; query: VectorQuery }
  | { do: 'fetch'; ids: string[] }
  | { do: 'damage' }

interface Env {
  STORE: { getByName(name: string): Store }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    // Only the test that started it asks.
    const asked: Asked = await request.json()
    const store = env.STORE.getByName('resource/ann')
    switch (asked.do) {
      case 'create':
        return answer(unsettle(await store.createIndex('a', { dimension: asked.dimension })))
      case 'upsert':
        return answer(unsettle(await store.upsertVectors('a', asked.records)))
      case 'delete':
        return answer(unsettle(await store.deleteVectors('a', { ids: asked.ids })))
      case 'query':
        return answer(unsettle(await store.queryVectors('a', asked.query)))
      case 'fetch':
        return answer(unsettle(await store.fetchVectors('a', asked.ids)))
      case 'damage':
        return answer(await store.damage())
    }
  },
}

function answer(value: unknown): Response {
  return Response.json(value ?? null)
}
