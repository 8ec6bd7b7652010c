import type { JsonObject, JsonValue } from './json.ts'
import { findNonJson } from './json.ts'
import { EdgewiseError } from './error.ts'

type Entries<Values> = Partial<Values> | Iterable<readonly [string, unknown]>

/**
 * What a request brings along for instructions, models and tools that are functions of it: who asks, from where,
 * under which plan. On a thread it is committed with the turn, so that a turn taken up after a crash sees the same.
 *
 * @example new RuntimeContext({ userId: 'user-123', environment: 'production' })
 */
export class RuntimeContext<Values extends object = Record<string, unknown>> {
  readonly #values: Map<string, unknown>
  readonly #withheld: ReadonlySet<string>
  readonly #required = new Set<string>()

  /**
   * `withheld` are keys that were given and could not be kept, because they are secret: to read one is an error that
   * asks for it again.
   */
  constructor(entries: Entries<Values> = {}, withheld: Iterable<string> = []) {
    this.#values = new Map(isIterable(entries) ? entries : Object.entries(entries))
    this.#withheld = new Set(withheld)
  }

  /** The withheld keys that somebody tried to read. */
  get required(): string[] {
    return [...this.#required]
  }

  /** @throws EdgewiseError `context_required` if the value was secret and is no longer known. */
  get<Key extends keyof Values & string>(key: Key): Values[Key] | undefined {
    if (this.#withheld.has(key) && !this.#values.has(key)) {
      this.#required.add(key)
      const issues = [{ field: `runtimeContext.${key}`, message: 'is required again' }]
      throw new EdgewiseError(
        'context_required',
        `The secret "${key}" of the runtime context is not known any more`,
        { issues },
      )
    }
    // The map was filled from Values: by the constructor and set().
    return this.#values.get(key) as Values[Key] | undefined
  }

  set<Key extends keyof Values & string>(key: Key, value: Values[Key]): void {
    this.#values.set(key, value)
  }

  has(key: keyof Values & string): boolean {
    return this.#values.has(key)
  }

  delete(key: keyof Values & string): boolean {
    return this.#values.delete(key)
  }

  keys(): IterableIterator<string> {
    return this.#values.keys()
  }

  entries(): IterableIterator<[string, unknown]> {
    return this.#values.entries()
  }

  /**
   * The values as they are committed.
   *
   * @throws EdgewiseError `runtime_context_invalid` with the path of the first value that is not JSON.
   */
  toJSON(): JsonObject {
    const values: [string, JsonValue][] = []
    for (const [key, value] of this.#values) {
      if (value === undefined) continue
      const path = findNonJson(value, key)
      if (path !== undefined) {
        const field = `runtimeContext.${path}`
        throw new EdgewiseError(
          'runtime_context_invalid',
          `Cannot store the runtime context: ${field} is not JSON`,
          {
            issues: [{ field, message: 'is not JSON' }],
          },
        )
      }
      values.push([key, value as JsonValue]) // findNonJson found nothing
    }
    // Not by assignment: a key "__proto__" would be taken for the prototype.
    return Object.fromEntries(values)
  }
}

function isIterable(value: object): value is Iterable<readonly [string, unknown]> {
  return Symbol.iterator in value
}
