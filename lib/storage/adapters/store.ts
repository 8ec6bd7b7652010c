import { batches } from '../batches.ts'
import type { Documents } from '../documents.ts'
import type { KeyValue } from '../key-value.ts'
import type { Vectors } from '../vectors.ts'
import type { Settled } from './settled.ts'

/** A port whose calls tell of the caller's mistakes instead of throwing them. */
type Told<Port> = {
  [Name in keyof Port]: Port[Name] extends (...args: infer Args) => Promise<infer Result>
    ? (...args: Args) => Promise<Settled<Result>>
    : never
}

type ToldKeyValue = Told<KeyValue>
type ToldVectors = Told<Vectors>

/** A Store object as its callers see it: the three ports on one object, so that each call has a name of its own. */
export interface StoreStub extends Told<Omit<Documents, 'forget'>> {
  getValues: ToldKeyValue['getMany']
  setValues: ToldKeyValue['setMany']
  deleteValues: ToldKeyValue['delete']
  listKeys: ToldKeyValue['list']
  createIndex: ToldVectors['createIndex']
  describeIndex: ToldVectors['describeIndex']
  listIndexes: ToldVectors['listIndexes']
  deleteIndex: ToldVectors['deleteIndex']
  upsertVectors: ToldVectors['upsert']
  queryVectors: ToldVectors['query']
  fetchVectors: ToldVectors['fetch']
  deleteVectors: ToldVectors['delete']
}

/** Puts a question to a Store object. All of them may be put twice. */
export type AskStore = <Result>(question: (store: StoreStub) => Promise<Settled<Result>>) => Promise<Result>

/** A document that is deleted with this version is not even remembered as deleted. */
export const FORGOTTEN = Infinity

/** Documents in a Store object. */
export function storeDocuments(ask: AskStore): Documents {
  return {
    put: (collection, ...documents) => ask((store) => store.put(collection, ...documents)),
    get: (collection, id) => ask((store) => store.get(collection, id)),
    getMany: (collection, ids) => ask((store) => store.getMany(collection, ids)),
    delete: (collection, id, version) => ask((store) => store.delete(collection, id, version)),
    query: (collection, query) => ask((store) => store.query(collection, query)),
    clear: (collection) => ask((store) => store.clear(collection)),
    forget: (collection, id) => ask((store) => store.delete(collection, id, FORGOTTEN)),
  }
}

/** Values by key in a Store object. */
export function storeKeyValue(ask: AskStore): KeyValue {
  return {
    get: async (key) => (await ask((store) => store.getValues([key])))[0],
    getMany: (keys) => ask((store) => store.getValues(keys)),
    set: (key, value, options) => ask((store) => store.setValues([{ key, value, ...options }])),
    setMany: (entries) => ask((store) => store.setValues(entries)),
    delete: (...keys) => ask((store) => store.deleteValues(...keys)),
    list: (query) => ask((store) => store.listKeys(query)),
  }
}

/** A call to an object may hold 32 MiB, and a number is eight bytes of it. */
const BATCH = { count: 1000, weight: 1_000_000 }

/** Vectors in a Store object. */
export function storeVectors(ask: AskStore): Vectors {
  return {
    createIndex: (index, shape) => ask((store) => store.createIndex(index, shape)),
    describeIndex: (index) => ask((store) => store.describeIndex(index)),
    listIndexes: () => ask((store) => store.listIndexes()),
    deleteIndex: (index) => ask((store) => store.deleteIndex(index)),
    upsert: async (index, records) => {
      for (const batch of batches(records, BATCH, ({ vector }) => vector.length))
        await ask((store) => store.upsertVectors(index, batch))
    },
    query: (index, query) => ask((store) => store.queryVectors(index, query)),
    fetch: (index, ids) => ask((store) => store.fetchVectors(index, ids)),
    delete: (index, selection) => ask((store) => store.deleteVectors(index, selection)),
  }
}
