import { checkTtl } from '../cache/cache.ts'
import type { JsonValue } from '../protocol/json.ts'

/** A tool whose results may be given again to who calls it with the same input. */
export interface ToolCacheOptions<Input = unknown> {
  /** How long a result is kept, in milliseconds. */
  ttlMs: number
  /** Who the same result may be given to: the `resource` it was made for, or `global`, everybody. Default: `resource`. */
  scope?: 'resource' | 'global'
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
  const what = `Cannot create tool "${id}"`
  checkTtl(what, cache.ttlMs)
  if (!execute) throw new TypeError(`${what}: it runs at the client, so no result of it can be cached`)
  if (effect !== 'retry') {
    const mend =
      "a call that the cache answers is not made: if that is right, say readOnly: true or effect: 'retry'"
    throw new TypeError(`${what}: its effect is '${effect}' and it has a cache; ${mend}`)
  }
  const { scope = 'resource' } = cache
  if (scope !== 'resource' && scope !== 'global')
    throw new TypeError(`${what}: cache.scope is "${String(scope)}", not resource or global`)
}
