/**
 * Turns pushes into a pull: many producers push, one consumer iterates. The one place where that happens.
 *
 * **Contract:** `push` never waits and never throws; what is pushed after `close` is dropped. The iterator gives
 * what was pushed before the end, then ends, or throws the error that `close` was called with.
 */
export interface Channel<Item> extends AsyncIterable<Item> {
  push(item: Item): void
  close(error?: unknown): void
}

export function createChannel<Item>(): Channel<Item> {
  const items: Item[] = []
  let end: { error?: unknown } | undefined
  let wake: (() => void) | undefined
  const notify = (): void => {
    wake?.()
    wake = undefined
  }
  return {
    push: (item) => {
      if (end) return
      items.push(item)
      notify()
    },
    close: (...args) => {
      end ??= args.length === 0 || args[0] === undefined ? {} : { error: args[0] }
      notify()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (items.length > 0) yield items.shift() as Item // the length was just checked
        if (end) break
        await new Promise<void>((resolve) => (wake = resolve))
      }
      if ('error' in end) throw end.error
    },
  }
}
