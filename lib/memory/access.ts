import type { Embedder, EmbedderSpec, ResolveEmbedder } from '../models/embedder.ts'
import { resourceShard } from '../protocol/address.ts'
import type { Documents } from '../storage/documents.ts'
import { shardVectors } from '../storage/shard-vectors.ts'
import type { Storage } from '../storage/storage.ts'
import type { Vectors } from '../storage/vectors.ts'

/** What a memory is made with beside its options. */
export interface MemoryParts {
  /** Default: the app's. */
  storage?: Storage
  /** Where vectors are kept. One port holds all resources, each in indexes of its own. Default: the app's. */
  vector?: Vectors
  /** Default: by the environment, as models are; without a key the offline embedder. */
  embedder?: EmbedderSpec
}

/** How many texts were to be embedded, and of how many the vectors were known. */
export interface VectorsAsked {
  texts: number
  hits: number
}

/** What the runtime gives to memories. */
export interface MemoryServices {
  documents(shard: string): Documents
  vectors(shard: string): Vectors
  resolveEmbedder: ResolveEmbedder
  /** The embedder with a cache of the shard's own before it. Default: without. */
  cacheVectors?(embedder: Embedder, shard: string, onAsked?: (told: VectorsAsked) => void): Embedder
  /** Told what the cache of vectors knew. */
  onVectorsAsked?: (told: VectorsAsked) => void
  now: () => number
}

/** What one resource's memory stands on. */
export interface MemoryAccess {
  documents: Documents
  vectors(): Vectors
  /** @throws EdgewiseError `model_not_configured`. */
  embedder(): Embedder
  now: () => number
}

/** A memory's own parts where it has them, else the runtime's. */
export function openAccess(parts: MemoryParts, services: MemoryServices, resourceId: string): MemoryAccess {
  const shard = resourceShard(resourceId)
  return {
    documents: (parts.storage ?? services).documents(shard),
    vectors: () => (parts.vector ? shardVectors(parts.vector, shard) : services.vectors(shard)),
    embedder: () => {
      const embedder = services.resolveEmbedder(parts.embedder)
      return services.cacheVectors?.(embedder, shard, services.onVectorsAsked) ?? embedder
    },
    now: services.now,
  }
}
