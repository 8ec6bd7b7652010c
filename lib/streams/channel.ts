/**
 * Turns pushes into a pull: many producers push, one consumer iterates. The one place where that happens.
 *
 * **Contract:** `push` never waits and never throws; what is pushed after `close` is dropped. The iterator gives
 * what was pushed before the end, then ends, or throws the error that `close` was called with. `send` is a push that
 * resolves once the consumer has done with the item, which is when it asks for the next, or when it has left.
 */
export interface Channel<Item> extends AsyncIterable<Item> {
  push(item: Item): void
  send(item: Item): Promise<void>
  close(error?: unknown): void
}

export function createChannel<Item>(): Channel<Item> {
  const items: { item: Item; taken?: () => void }[] = []
  let end: { error?: unknown } | undefined
  let wake: (() => void) | undefined
  const notify = (): void => {
    wake?.()
    wake = undefined
  }
  const add = (item: Item, taken?: () => void): void => {
    items.push(taken ? { item, taken } : { item })
    notify()
  }
  return {
    push: (item) => {
      if (!end) add(item)
    },
    send: (item) => (end ? Promise.resolve() : new Promise((resolve) => add(item, resolve))),
    close: (...args) => {
      end ??= args.length === 0 || args[0] === undefined ? {} : { error: args[0] }
      notify()
    },
    async *[Symbol.asyncIterator]() {
      let current: (typeof items)[number] | undefined
      try {
        for (;;) {
          for (current = items.shift(); current; current = items.shift()) {
            yield current.item
            current.taken?.()
          }
          if (end) break
          await new Promise<void>((resolve) => (wake = resolve))
        }
        if ('error' in end) throw end.error
      } finally {
        // The consumer has left: nobody is to wait for it.
        end ??= {}
        current?.taken?.()
        for (const { taken } of items.splice(0)) taken?.()
      }
    },
  }
}
