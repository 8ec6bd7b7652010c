import { createEmbedderRegistry } from '../models/embedders.ts'
import type { JsonValue } from '../protocol/json.ts'
import type { MemoryAccess, MemoryParts, MemoryServices } from './access.ts'
import { openAccess } from './access.ts'
import type { Fact, FoundFact, NewFact } from './facts.ts'
import { cleanupFacts, findFact, forgetFact, listFacts, searchFacts, storeFacts } from './facts.ts'
import type { MemoryOptions, MemoryOverrides, MemorySettings } from './memory-options.ts'
import { mergeOptions, readOptions } from './memory-options.ts'

export interface MemoryConfig extends MemoryParts {
  options?: MemoryOptions
}

/** Whose facts they are. */
export interface FactOwner {
  /** Default: `default`. */
  resourceId?: string
}

const DEFAULT_RESOURCE = 'default'

/**
 * What an agent remembers. A definition, plain data: a thread's messages are the thread's own, and all else is kept
 * where the runtime says. `app.getAgent(id).memory` is bound to the runtime; only that, or a memory with a `storage`
 * of its own, can be asked for facts.
 */
export class Memory {
  readonly settings: Readonly<MemorySettings>
  readonly #config: MemoryConfig
  readonly #services: MemoryServices | undefined

  /** @throws TypeError or RangeError if an option cannot be right. */
  constructor(config: MemoryConfig = {}, services?: MemoryServices) {
    this.settings = readOptions(config.options ?? {})
    this.#config = config
    this.#services = services
  }

  /** The same memory, on what the runtime gives. */
  bind(services: MemoryServices): Memory {
    return new Memory(this.#config, services)
  }

  /** The same memory with what a request asks for instead. @throws as the constructor does. */
  with(asked: MemoryOverrides | undefined): Memory {
    if (!asked) return this
    return new Memory(
      { ...this.#config, options: mergeOptions(this.#config.options ?? {}, asked) },
      this.#services,
    )
  }

  /** It brings a storage or vectors along, beside those of the runtime. */
  get hasOwnParts(): boolean {
    return this.#config.storage !== undefined || this.#config.vector !== undefined
  }

  /** Both keep what was said in one index. */
  sharesIndexWith(other: Memory): boolean {
    const [a, b] = [this.#config, other.#config]
    return a.vector === b.vector && a.embedder === b.embedder
  }

  /** What it stands on for one resource. */
  open(services: MemoryServices, resourceId: string): MemoryAccess {
    return openAccess(this.#config, services, resourceId)
  }

  /** Keeps a fact; one under the same category and key is replaced. */
  async store(category: string, key: string, value: JsonValue, owner?: FactOwner): Promise<void> {
    await storeFacts(this.#access(owner), [{ category, key, value }])
  }

  async batchStore(facts: readonly NewFact[], owner?: FactOwner): Promise<void> {
    await storeFacts(this.#access(owner), facts)
  }

  /** The value that was stored; undefined if there is none. */
  async retrieve(category: string, key: string, owner?: FactOwner): Promise<JsonValue | undefined> {
    return (await findFact(this.#access(owner), category, key))?.value
  }

  /** Facts that have to do with the query, best first. */
  async search(
    query: string,
    { category, limit, ...owner }: FactOwner & { category?: string; limit?: number } = {},
  ): Promise<FoundFact[]> {
    const access = this.#access(owner)
    return searchFacts(access, {
      query,
      embedder: access.embedder(),
      signal: AbortSignal.timeout(this.settings.timeoutMs),
      ...(category !== undefined && { category }),
      ...(limit !== undefined && { limit }),
    })
  }

  /** All facts, or those of a category. */
  async list({ category, ...owner }: FactOwner & { category?: string } = {}): Promise<Fact[]> {
    return Array.fromAsync(listFacts(this.#access(owner), category))
  }

  async forget(category: string, key: string, owner?: FactOwner): Promise<void> {
    await forgetFact(this.#access(owner), category, key)
  }

  /** Deletes facts that were last stored before a time. Gives how many it were. */
  async cleanup({ olderThan, ...owner }: FactOwner & { olderThan: number | Date }): Promise<number> {
    const time = Number(olderThan)
    if (!Number.isFinite(time))
      throw new TypeError('Cannot clean up: olderThan must be a date, or milliseconds since 1970')
    return cleanupFacts(this.#access(owner), time)
  }

  #access({ resourceId = DEFAULT_RESOURCE }: FactOwner = {}): MemoryAccess {
    const { storage } = this.#config
    const services = this.#services ?? (storage && ownServices(storage))
    if (services) return this.open(services, resourceId)
    throw new TypeError(
      'Cannot use this memory: it is not bound to a runtime, take it from app.getAgent(id).memory, or give it a storage',
    )
  }
}

/** For a memory that stands on its own: facts alone, and no vectors. */
function ownServices(storage: NonNullable<MemoryConfig['storage']>): MemoryServices {
  return {
    documents: (shard) => storage.documents(shard),
    vectors: () => {
      throw new TypeError('Cannot use vectors: this memory is not bound to a runtime')
    },
    resolveEmbedder: createEmbedderRegistry({}),
    now: Date.now,
  }
}
