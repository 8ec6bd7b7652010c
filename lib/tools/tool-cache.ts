import { checkTtl } from '../cache/cache.ts'
import type { CacheScope } from '../cache/through.ts'
import type { JsonValue } from '../protocol/json.ts'

/** A tool whose results may be given again to who calls it with the same input. */
export interface ToolCacheOptions<Input = unknown> {
  /** How long a result is kept, in milliseconds. */
  ttlMs: number
  /** Who the same result may be given to: the `resource` it was made for, or `global`, everybody. Default: `resource`. */
  scope?: CacheScope
  /** Keys of the runtime context that the result depends on. */
  contextKeys?: readonly string[]
  /** What of the input the result depends on. Default: all of it. */
  key?: (input: Input) => JsonValue
  /** Results of another version are not given. */
  version?: string
}

interface Cached {
  id: string
  cache: ToolCacheOptions<never> | undefined
  effect: string
  execute: unknown
}

/** @throws TypeError or RangeError if results of such a tool cannot be given again. */
export function checkToolCache({ id, cache, effect, execute }: Cached): void {
  if (!cache) return
  checkTtl(cache.ttlMs)
  if (!execute) throw new TypeError(`Cannot create tool "${id}": it runs at the client, and has a cache`)
  if (effect === 'retry') return
  throw new TypeError(
    `Cannot create tool "${id}": a call that its cache answers is not made, and its effect is '${effect}', not 'retry' (readOnly: true)`,
  )
}
