import type { JsonValue } from '../protocol/json.ts'

export interface SetOptions {
  /** After so many milliseconds the value is gone. Default: it stays. */
  ttlMs?: number
}

export interface KeyValueEntry extends SetOptions {
  key: string
  value: JsonValue
}

export interface KeyQuery {
  /** Only keys that begin so. Default: all. */
  prefix?: string
  /** Goes on behind a page: its `next`. */
  after?: string
  /** At most 1000. */
  limit: number
}

export interface KeyPage {
  /** In order of their code points. A page may hold fewer than `limit` though another follows. */
  keys: string[]
  /** The cursor of the page that follows. Absent on the last page. */
  next?: string
}

/**
 * Values by key: caches, and small things that need no order among writers.
 *
 * **Contract:** every call may be made twice without harm. What `set` has resolved for, the next `get` sees. Of two
 * `set`s of one key that are under way at once either may win: what must not be overwritten by an older state
 * belongs in documents, which have versions. A value that has expired is neither got nor listed.
 */
export interface KeyValue {
  get(key: string): Promise<JsonValue | undefined>
  /** In the order of the keys, undefined where there is none. */
  getMany(keys: readonly string[]): Promise<(JsonValue | undefined)[]>
  set(key: string, value: JsonValue, options?: SetOptions): Promise<void>
  setMany(entries: readonly KeyValueEntry[]): Promise<void>
  delete(...keys: string[]): Promise<void>
  list(query: KeyQuery): Promise<KeyPage>
}
