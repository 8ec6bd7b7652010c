import type { JsonObject } from '../protocol/json.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import { splitContext } from '../protocol/split-context.ts'

/**
 * The runtime context of a run. Its secrets live as long as the object does and are in no row: a step that reads one
 * after that is suspended until the run is resumed with it.
 */
export class RunContext {
  readonly #secretKeys: readonly string[]
  #secrets: JsonObject = {}
  #open: RuntimeContext | undefined

  constructor(secretKeys: readonly string[]) {
    this.#secretKeys = secretKeys
  }

  /** Those that are in memory. */
  get secrets(): JsonObject {
    return this.#secrets
  }

  /** Takes the secrets of what a caller gave into memory; gives what may be written down. */
  take(given: JsonObject): JsonObject {
    const { kept, secrets } = splitContext(given, this.#secretKeys)
    Object.assign(this.#secrets, secrets)
    for (const [key, value] of Object.entries(secrets)) this.#open?.set(key, value)
    return kept
  }

  /** Those of the secret keys that a caller gave, which are known by their names when they are lost. */
  keysIn(given: JsonObject): string[] {
    return Object.keys(splitContext(given, this.#secretKeys).secrets)
  }

  /** What the steps are given, of what was written down: to read one of `withheld` that is lost is an error. */
  open(kept: JsonObject, withheld: readonly string[]): RuntimeContext {
    this.#open = new RuntimeContext({ ...kept, ...this.#secrets }, withheld)
    return this.#open
  }
}
