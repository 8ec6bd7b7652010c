/**
 * So many other objects are called before a fresh invocation is waited for: the platform counts each one's calls, fifty
 * of them at the least, and an object that died is called up to three times.
 */
export const CALLS_AN_INVOCATION = 15

/** What is left of the calls of this invocation. Whoever is refused one asks for the alarm, which brings the next. */
export class CallBudget {
  readonly #size: number
  #left: number

  constructor(size: number = CALLS_AN_INVOCATION) {
    this.#size = size
    this.#left = size
  }

  get left(): number {
    return this.#left
  }

  take(calls = 1): void {
    this.#left -= calls
  }

  /** A fresh invocation has come. */
  renew(): void {
    this.#left = this.#size
  }
}
