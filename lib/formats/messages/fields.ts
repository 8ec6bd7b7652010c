import type { JsonObject, JsonValue } from '../../protocol/json.ts'
import { findNonJson, isRecord, toJson } from '../../protocol/json.ts'
import type { ProviderMetadata } from '../../protocol/message.ts'
import type { Place } from './loss.ts'
import { inside, invalidAt, lose } from './loss.ts'

/**
 * One object of a message from elsewhere, read field by field. `close` notes what nobody took as lost: so nothing is
 * dropped in silence, also not what a later version of the format brings.
 */
export class Fields {
  readonly place: Place
  readonly #value: Record<string, unknown>
  readonly #taken = new Set<string>()

  /** @throws EdgewiseError if it is no object. */
  constructor(value: unknown, place: Place, what = 'an object') {
    if (!isRecord(value)) throw invalidAt(place, `must be ${what}`)
    this.place = place
    this.#value = value
  }

  /** The value as it is, null as undefined. */
  take(key: string): unknown {
    this.#taken.add(key)
    return this.#value[key] ?? undefined
  }

  /** Looks without taking. */
  has(key: string): boolean {
    return !isNothing(this.#value[key])
  }

  at(key: string): Place {
    return inside(this.place, key)
  }

  text(key: string): string {
    const value = this.take(key)
    if (typeof value !== 'string') throw invalidAt(this.at(key), 'must be a text')
    return value
  }

  maybeText(key: string): string | undefined {
    const value = this.take(key)
    if (value === undefined || typeof value === 'string') return value
    throw invalidAt(this.at(key), 'must be a text')
  }

  maybeFlag(key: string): boolean | undefined {
    const value = this.take(key)
    if (value === undefined || typeof value === 'boolean') return value
    throw invalidAt(this.at(key), 'must be true or false')
  }

  maybeFields(key: string): Fields | undefined {
    const value = this.take(key)
    return value === undefined ? undefined : new Fields(value, this.at(key))
  }

  /** The items of a list with their places; no list is an empty one. */
  maybeList(key: string): [unknown, Place][] {
    const value = this.take(key)
    if (value === undefined) return []
    if (!Array.isArray(value)) throw invalidAt(this.at(key), 'must be a list')
    return value.map((item: unknown, i) => [item, inside(this.at(key), i)])
  }

  /** What the first of the keys that is there holds, as JSON. What is not JSON in it is noted as lost. */
  json(...keys: string[]): JsonValue | undefined {
    const key = keys.find((name) => this.#value[name] !== undefined)
    if (key === undefined) return undefined
    this.#taken.add(key)
    return jsonAt(this.#value[key], this.at(key))
  }

  /** The input of a call, under the first of the keys that is there; an empty object if none is. */
  input(...keys: string[]): JsonValue {
    const value = this.json(...keys)
    return value === undefined ? {} : value
  }

  maybeObject(key: string): JsonObject | undefined {
    const value = this.take(key)
    if (value === undefined) return undefined
    const json = jsonAt(value, this.at(key))
    if (isJsonObject(json)) return json
    lose(this.at(key), `"${key}"`, 'only an object can be kept')
    return undefined
  }

  /** What a provider wants back, under the first of the keys that is there. */
  provider(...keys: string[]): ProviderMetadata | undefined {
    const key = keys.find((name) => this.has(name))
    if (key === undefined) return undefined
    const kept: ProviderMetadata = {}
    for (const [name, value] of Object.entries(this.maybeObject(key) ?? {})) {
      if (isJsonObject(value)) kept[name] = value
      else lose(inside(this.at(key), name), `"${name}"`, 'only an object can be kept')
    }
    return Object.keys(kept).length > 0 ? kept : undefined
  }

  /** Fields that say nothing of their own, such as what follows from others. */
  skip(...keys: string[]): void {
    for (const key of keys) this.#taken.add(key)
  }

  close(why?: string): void {
    for (const [key, value] of Object.entries(this.#value)) {
      if (!this.#taken.has(key) && !isNothing(value)) lose(this.at(key), `"${key}"`, why)
    }
  }
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return isRecord(value)
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0)
}

function jsonAt(value: unknown, place: Place): JsonValue {
  try {
    const json = toJson(value)
    const odd = findNonJson(withoutUndefined(value))
    if (odd !== undefined) lose(place, `what is at "${odd}" as it was`, 'it is not JSON')
    return json
  } catch (error) {
    // A circle, or a number too big for JSON.
    if (error instanceof TypeError) throw invalidAt(place, 'must be JSON')
    throw error
  }
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (!isRecord(value) || Object.getPrototypeOf(value) !== Object.prototype) return value
  const kept = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutUndefined(item)]))
}
