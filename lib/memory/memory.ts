export interface MemoryOptions {
  /** How many of a thread's last messages the model is shown, a user's and an answer counting as two. Default: 10. */
  lastMessages?: number
}

/** What an agent remembers of a thread. A definition: the messages themselves are the thread's. */
export class Memory {
  readonly lastMessages: number

  /** @throws RangeError if `lastMessages` is not a whole number of at least 0. */
  constructor({ options = {} }: { options?: MemoryOptions } = {}) {
    const { lastMessages = 10 } = options
    if (!Number.isInteger(lastMessages) || lastMessages < 0) {
      throw new RangeError(
        `Cannot create memory: lastMessages is ${lastMessages}, it must be a whole number from 0`,
      )
    }
    this.lastMessages = lastMessages
  }
}
