// oxlint-disable-next-line typescript/triple-slash-reference -- it declares files of a kind, and there is nothing in it to import
/// <reference path="./wasm.d.ts" />
import { DurableObject } from 'cloudflare:workers'
import { EdgewiseError } from '../lib/protocol/error.ts'
import type { JsonValue } from '../lib/protocol/json.ts'
import type { RuntimeEnv } from '../lib/runtime/create.ts'
import { runtimeOf } from '../lib/runtime/create.ts'
import type { Edgewise } from '../lib/runtime/edgewise.ts'
import { createObjectSql } from '../lib/storage/adapters/do-sql.ts'
import type { Settled } from '../lib/storage/adapters/settled.ts'
import { settle } from '../lib/storage/adapters/settled.ts'
import { createSpillVectors } from '../lib/storage/adapters/spill-vectors.ts'
import { createSqlDocuments } from '../lib/storage/adapters/sql-documents.ts'
import { createSqlKeyValue } from '../lib/storage/adapters/sql-key-value.ts'
import type { SqlVectorsOptions } from '../lib/storage/adapters/sql-vectors.ts'
import { createSqlVectors } from '../lib/storage/adapters/sql-vectors.ts'
import type { StoreStub } from '../lib/storage/adapters/store.ts'
import { FORGOTTEN, storeVectors } from '../lib/storage/adapters/store.ts'
import type { Document, DocumentPage, DocumentQuery, Documents } from '../lib/storage/documents.ts'
import type { KeyPage, KeyQuery, KeyValueEntry } from '../lib/storage/key-value.ts'
import { hasMoves } from '../lib/storage/vector-index/moves.ts'
import type { Spill } from '../lib/storage/vector-index/mover.ts'
import type { VectorMemory } from '../lib/storage/vector-index/vector-memory.ts'
import { createVectorMemory } from '../lib/storage/vector-index/vector-memory.ts'
import { createWasmKernel } from '../lib/storage/vector-index/wasm-kernel.ts'
import type * as vectors from '../lib/storage/vectors.ts'
import kernel from './kernel.wasm'

/** Bodies longer than this are compressed: few are, and those are what fills a shard. */
const COMPRESS_OVER = 100_000

type Answer<Result> = Promise<Settled<Result>>

export interface StoreHooks {
  /** For tests of what expires: the clock, in milliseconds since 1970. */
  now?: () => number
  /** For tests and benches. */
  vectors?: SqlVectorsOptions
}

/** A shard of the embedded storage: the three ports, spoken over the object's own calls. */
export function storeClass(hooks: StoreHooks = {}, app?: Edgewise) {
  const parts: StoreParts = { ...hooks, app, openMemory: sharedMemory() }
  return class StoreObject extends DurableObject<RuntimeEnv> implements StoreStub {
    readonly #ports = openPorts(this.ctx, this.env, parts)

    put(collection: string, ...documents: Document[]): Answer<void> {
      return settle(() => this.#ports.documents.put(collection, ...documents))
    }

    get(collection: string, id: string): Answer<Document | undefined> {
      return settle(() => this.#ports.documents.get(collection, id))
    }

    getMany(collection: string, ids: readonly string[]): Answer<(Document | undefined)[]> {
      return settle(() => this.#ports.documents.getMany(collection, ids))
    }

    delete(collection: string, id: string, version: number): Answer<void> {
      return settle(() => remove(this.#ports.documents, collection, id, version))
    }

    query(collection: string, query: DocumentQuery): Answer<DocumentPage> {
      return settle(() => this.#ports.documents.query(collection, query))
    }

    clear(collection: string): Answer<void> {
      return settle(() => this.#ports.documents.clear(collection))
    }

    getValues(keys: readonly string[]): Answer<(JsonValue | undefined)[]> {
      return settle(() => this.#ports.values.getMany(keys))
    }

    setValues(entries: readonly KeyValueEntry[]): Answer<void> {
      return settle(() => this.#ports.values.setMany(entries))
    }

    deleteValues(...keys: string[]): Answer<void> {
      return settle(() => this.#ports.values.delete(...keys))
    }

    listKeys(query: KeyQuery): Answer<KeyPage> {
      return settle(() => this.#ports.values.list(query))
    }

    createIndex(index: string, shape: vectors.VectorShape): Answer<void> {
      return settle(() => this.#ports.vectors.createIndex(index, shape))
    }

    describeIndex(index: string): Answer<vectors.VectorIndexInfo | undefined> {
      return settle(() => this.#ports.vectors.describeIndex(index))
    }

    listIndexes(): Answer<string[]> {
      return settle(() => this.#ports.vectors.listIndexes())
    }

    deleteIndex(index: string): Answer<void> {
      return settle(() => this.#ports.vectors.deleteIndex(index))
    }

    upsertVectors(index: string, records: readonly vectors.VectorRecord[]): Answer<void> {
      return settle(() => this.#ports.vectors.upsert(index, records))
    }

    queryVectors(index: string, query: vectors.VectorQuery): Answer<vectors.VectorMatch[]> {
      return settle(() => this.#ports.vectors.query(index, query))
    }

    fetchVectors(index: string, ids: readonly string[]): Answer<(vectors.VectorRecord | undefined)[]> {
      return settle(() => this.#ports.vectors.fetch(index, ids))
    }

    deleteVectors(index: string, selection: vectors.VectorSelection): Answer<void> {
      return settle(() => this.#ports.vectors.delete(index, selection))
    }
  }
}

async function remove(documents: Documents, collection: string, id: string, version: number): Promise<void> {
  if (version === FORGOTTEN) await documents.forget?.(collection, id)
  else await documents.delete(collection, id, version)
}

/** The memory that all objects of an isolate share, made by the first of them: most isolates have none. */
function sharedMemory(): () => VectorMemory {
  let memory: VectorMemory | undefined
  return () => (memory ??= createVectorMemory({ kernel: createWasmKernel(kernel) }))
}

interface StoreParts extends StoreHooks {
  app: Edgewise | undefined
  openMemory: () => VectorMemory
}

function openPorts(
  { storage, id }: DurableObjectState,
  env: RuntimeEnv,
  { app, openMemory, now = Date.now, vectors: options }: StoreParts,
) {
  const sql = createObjectSql(storage)
  const vectors = createSqlVectors(sql, { memory: openMemory(), ...options })
  // Most apps have no such option, and the runtime is not made for nothing.
  const spill = app?.options.vectors && runtimeOf(app, env).spill(id.toString())
  const where = spill ?? (hasMoves(sql) ? UNSET : undefined)
  return {
    documents: createSqlDocuments(sql, { compressOver: COMPRESS_OVER }),
    values: createSqlKeyValue(sql, now),
    vectors: where ? createSpillVectors(sql, vectors, { ...where, now }) : vectors,
  }
}

/** Where indexes have moved and the app no longer says so: what is there is not taken for nothing. */
const UNSET: Omit<Spill, 'now'> = {
  remote: storeVectors(() =>
    Promise.reject(
      new EdgewiseError(
        'storage_unavailable',
        'The index is in Upstash Vector: set vectors.embeddedUpTo again',
      ),
    ),
  ),
  embeddedUpTo: Infinity,
  wait: async () => undefined,
}
