import { EdgewiseError } from '../protocol/error.ts'
import { unsettle } from '../storage/adapters/settled.ts'
import type { AskStore, StoreStub } from '../storage/adapters/store.ts'
import { storeDocuments, storeKeyValue, storeVectors } from '../storage/adapters/store.ts'
import { createUpstashDocuments } from '../storage/adapters/upstash-documents.ts'
import { createUpstashKeyValue } from '../storage/adapters/upstash-key-value.ts'
import { connectRedis } from '../storage/adapters/upstash-redis.ts'
import type { UpstashServices } from '../storage/adapters/upstash-retry.ts'
import { createUpstashVectors } from '../storage/adapters/upstash-vectors.ts'
import { shardVectors } from '../storage/shard-vectors.ts'
import type { Storage } from '../storage/storage.ts'
import type { Spill } from '../storage/vector-index/mover.ts'
import type { Vectors } from '../storage/vectors.ts'
import { callObject } from './call-object.ts'
import type { UpstashEnv } from './upstash-env.ts'
import { readUpstash } from './upstash-env.ts'

/** Where everything is kept that is not a thread's or a run's own, by shard. */
export interface RuntimeStorage extends Storage {
  vectors(shard: string): Vectors
  /** For a Store object, by its id: where its indexes go when they have outgrown it. Undefined: they stay. */
  spill(objectId: string): Spill | undefined
  storageInfo: StorageInfo
  /** Other services can read it, so messages and runs are told to it as well. Nobody else sees the Store objects. */
  isShared: boolean
}

/** Which storage answers. `app` is what `new Edgewise({ storage, vectors })` brought. */
export interface StorageInfo {
  documents: 'store' | 'upstash-redis' | 'app'
  vectors: 'store' | 'upstash-vector' | 'app'
  /** What is set and cannot be used. What it was to keep is refused with the same words. */
  problems: string[]
}

export interface StorageEnv extends UpstashEnv {
  STORE: { getByName(name: string): StoreStub }
}

export interface StorageOptions {
  /** Where documents and values are kept. Default: Upstash Redis if it is configured, else the Store objects. */
  storage?: Storage
  /**
   * Where vectors are kept. Default: Upstash Vector if it is configured, else the Store objects. With `embeddedUpTo` an
   * index is kept in its Store object until it has more vectors than that, and moves to Upstash Vector then.
   */
  vectors?: Vectors | EmbeddedVectors
}

export interface EmbeddedVectors {
  embeddedUpTo: number
}

export interface StorageServices extends UpstashServices {
  now: () => number
}

/** The app's own, else Upstash by its names in the environment, else the Store objects. */
export function createStorage(
  env: StorageEnv,
  options: StorageOptions,
  services: StorageServices,
): RuntimeStorage {
  const store: StoreAsker = (shard) => {
    const ask = (): StoreStub => env.STORE.getByName(shard)
    return async (question) => unsettle(await callObject(() => question(ask()), services.wait))
  }
  const [data, vectors] = [
    chooseStorage(env, options, services, store),
    chooseVectors(env, options, services, store),
  ]
  return {
    documents: (shard) => data.storage.documents(shard),
    keyValue: (shard) => data.storage.keyValue(shard),
    vectors: vectors.open,
    spill: (objectId) => vectors.spill?.(objectId),
    isShared: data.name !== 'store',
    storageInfo: {
      documents: data.name,
      vectors: vectors.name,
      problems: [data.problem, vectors.problem].filter((problem) => problem !== undefined),
    },
  }
}

interface Chosen<Name> {
  name: Name
  problem?: string
}

type StoreAsker = (shard: string) => AskStore

function chooseStorage(
  env: StorageEnv,
  { storage }: StorageOptions,
  services: StorageServices,
  store: StoreAsker,
): Chosen<StorageInfo['documents']> & { storage: Storage } {
  if (storage) return { name: 'app', storage }
  const setting = readUpstash(env, 'REDIS')
  switch (setting.type) {
    case 'none':
      return { name: 'store', storage: storageOfStore(store) }
    case 'broken': {
      const { problem } = setting
      return { name: 'upstash-redis', storage: storageOfStore(() => refuse(problem)), problem }
    }
    case 'account': {
      const redis = connectRedis(setting.account, services)
      const ofRedis: Storage = {
        documents: (shard) => createUpstashDocuments(redis, shard),
        keyValue: (shard) => createUpstashKeyValue(redis, shard, services.now),
      }
      return { name: 'upstash-redis', storage: ofRedis }
    }
  }
}

interface ChosenVectors extends Chosen<StorageInfo['vectors']> {
  open: (shard: string) => Vectors
  spill?: (objectId: string) => Spill
}

function chooseVectors(
  env: StorageEnv,
  { vectors }: StorageOptions,
  services: StorageServices,
  store: StoreAsker,
): ChosenVectors {
  const limit = vectors && 'embeddedUpTo' in vectors ? vectors : undefined
  if (vectors && !('embeddedUpTo' in vectors))
    return { name: 'app', open: (shard) => shardVectors(vectors, shard) }
  const setting = readUpstash(env, 'VECTOR')
  const embedded: ChosenVectors = { name: 'store', open: (shard) => storeVectors(store(shard)) }
  switch (setting.type) {
    case 'none':
      return limit ? refuseVectors('store', UNSET) : embedded
    case 'broken':
      return refuseVectors(limit ? 'store' : 'upstash-vector', setting.problem)
    case 'account': {
      const ofUpstash = createUpstashVectors(setting.account, services)
      if (limit) return { ...embedded, spill: spillTo(ofUpstash, limit, services) }
      return { name: 'upstash-vector', open: (shard) => shardVectors(ofUpstash, shard) }
    }
  }
}

const UNSET = 'vectors.embeddedUpTo is set and UPSTASH_VECTOR_REST_URL and UPSTASH_VECTOR_REST_TOKEN are not'

function refuseVectors(name: StorageInfo['vectors'], problem: string): ChosenVectors {
  return { name, open: () => storeVectors(refuse(problem)), problem }
}

/** In a part of its own: what stands there under a shard's name was not moved there, and another app has other ids. */
function spillTo(
  vectors: Vectors,
  { embeddedUpTo }: EmbeddedVectors,
  { now, wait, warn }: StorageServices,
): (objectId: string) => Spill {
  return (objectId) => ({
    remote: shardVectors(vectors, `moved/${objectId}`),
    embeddedUpTo,
    now,
    wait,
    ...(warn && { warn }),
  })
}

function storageOfStore(store: StoreAsker): Storage {
  return {
    documents: (shard) => storeDocuments(store(shard)),
    keyValue: (shard) => storeKeyValue(store(shard)),
  }
}

/** Answers whatever is asked with what is wrong with the settings. */
function refuse(problem: string): AskStore {
  return () =>
    Promise.reject(new EdgewiseError('storage_unavailable', `The storage is not configured: ${problem}`))
}
