/** What an isolate keeps at most. */
export interface LruLimits {
  entries: number
  bytes: number
}

interface Entry {
  text: string
  /** When it is too old, in milliseconds since 1970. */
  due: number
}

/** Texts by key, of which those that were used least lately make room for new ones. */
export class Lru {
  /** In the order in which they were used, the latest last. */
  readonly #entries = new Map<string, Entry>()
  readonly #limits: LruLimits
  #bytes = 0

  constructor(limits: LruLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#entries.size
  }

  /** An upper bound: two bytes a character, in keys and in texts. */
  get bytes(): number {
    return this.#bytes
  }

  get(key: string, now: number): string | undefined {
    const found = this.#entries.get(key)
    if (!found) return undefined
    this.#entries.delete(key)
    if (found.due > now) this.#entries.set(key, found)
    else this.#bytes -= weigh(key, found.text)
    return found.due > now ? found.text : undefined
  }

  /** One that is larger than all there is room for is not kept. */
  set(key: string, text: string, due: number): void {
    this.delete(key)
    const bytes = weigh(key, text)
    if (bytes > this.#limits.bytes || this.#limits.entries < 1) return
    this.#entries.set(key, { text, due })
    this.#bytes += bytes
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#limits.bytes && this.#entries.size <= this.#limits.entries) return
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const found = this.#entries.get(key)
    if (!found) return
    this.#entries.delete(key)
    this.#bytes -= weigh(key, found.text)
  }
}

function weigh(key: string, text: string): number {
  return 2 * (key.length + text.length)
}
