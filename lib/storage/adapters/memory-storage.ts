import type { JsonValue } from '../../protocol/json.ts'
import { BaseStorage } from '../base-storage.ts'
import type { KeyPage, KeyQuery, SetOptions } from '../key-value.ts'
import { compareText } from '../order.ts'

/** A storage that lives as long as the process: for tests, and the smallest example of one's own. */
export class MemoryStorage extends BaseStorage {
  /** As JSON, so that nobody holds a part of what is stored. */
  readonly #values = new Map<string, { json: string; due: number }>()
  readonly #now: () => number

  constructor({ now = Date.now }: { now?: () => number } = {}) {
    super()
    this.#now = now
  }

  override async get(key: string): Promise<JsonValue | undefined> {
    const found = this.#values.get(key)
    // It was written here.
    return found && found.due > this.#now() ? (JSON.parse(found.json) as JsonValue) : undefined
  }

  override async set(key: string, value: JsonValue, { ttlMs = Infinity }: SetOptions = {}): Promise<void> {
    this.#values.set(key, { json: JSON.stringify(value), due: this.#now() + ttlMs })
  }

  override async delete(key: string): Promise<void> {
    this.#values.delete(key)
  }

  override async list({ prefix = '', after, limit }: KeyQuery): Promise<KeyPage> {
    const now = this.#now()
    for (const [key, { due }] of this.#values) if (due <= now) this.#values.delete(key)
    const keys = [...this.#values.keys()]
      .filter((key) => key.startsWith(prefix) && (after === undefined || compareText(key, after) > 0))
      .toSorted(compareText)
    const page = keys.slice(0, limit)
    const last = page.at(-1)
    return keys.length > limit && last !== undefined ? { keys: page, next: last } : { keys: page }
  }
}
