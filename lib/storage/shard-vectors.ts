import type { Vectors } from './vectors.ts'

/** The part of a storage of vectors that belongs to one shard: its indexes bear the shard's name before their own. */
export function shardVectors(vectors: Vectors, shard: string): Vectors {
  const prefix = `${shard.replaceAll('%', '%25').replaceAll('|', '%7C')}|`
  const named = (index: string): string => `${prefix}${index}`
  return {
    createIndex: (index, shape) => vectors.createIndex(named(index), shape),
    describeIndex: (index) => vectors.describeIndex(named(index)),
    listIndexes: async () => {
      const all = await vectors.listIndexes()
      return all.filter((index) => index.startsWith(prefix)).map((index) => index.slice(prefix.length))
    },
    deleteIndex: (index) => vectors.deleteIndex(named(index)),
    upsert: (index, records) => vectors.upsert(named(index), records),
    query: (index, query) => vectors.query(named(index), query),
    fetch: (index, ids) => vectors.fetch(named(index), ids),
    delete: (index, selection) => vectors.delete(named(index), selection),
  }
}
