import { unsettle } from '../storage/adapters/settled.ts'
import type { AskStore, StoreStub } from '../storage/adapters/store.ts'
import { storeDocuments, storeKeyValue, storeVectors } from '../storage/adapters/store.ts'
import type { Storage } from '../storage/storage.ts'
import type { Vectors } from '../storage/vectors.ts'
import { callObject } from './call-object.ts'

/** Where everything is kept that is not a thread's or a run's own, by shard. */
export interface RuntimeStorage extends Storage {
  vectors(shard: string): Vectors
}

export interface StorageEnv {
  STORE: { getByName(name: string): StoreStub }
}

type Wait = (ms: number) => Promise<void>

export function createStorage(env: StorageEnv, wait: Wait): RuntimeStorage {
  const store = (shard: string): AskStore => {
    return async (question) => unsettle(await callObject(() => question(env.STORE.getByName(shard)), wait))
  }
  return {
    documents: (shard) => storeDocuments(store(shard)),
    keyValue: (shard) => storeKeyValue(store(shard)),
    vectors: (shard) => storeVectors(store(shard)),
  }
}
