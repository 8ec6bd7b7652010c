/** What happened, in order, and a way to await what has yet to happen. */
export interface Journal<Item> {
  readonly items: readonly Item[]
  add(item: Item): void
  /** Nothing more will come, for this reason: those who wait are told it at once. */
  end(reason: string): void
  /** The `count`th item (1 is the first) that fits. Rejects, naming what it waited for, when it does not come. */
  reached(what: string, fits?: (item: Item) => boolean, count?: number): Promise<Item>
}

const DEADLINE_MS = 60_000

export function createJournal<Item>(): Journal<Item> {
  const items: Item[] = []
  const waiters = new Set<() => void>()
  const wakeAll = (): void => waiters.forEach((wake) => wake())
  let ended: string | undefined
  return {
    items,
    add: (item) => {
      items.push(item)
      wakeAll()
    },
    end: (reason) => {
      ended = reason
      wakeAll()
    },
    reached: (what, fits = () => true, count = 1) =>
      new Promise((resolve, reject) => {
        const leave = (): void => {
          clearTimeout(timer)
          waiters.delete(look)
        }
        const look = (): void => {
          const found = items.filter(fits)[count - 1]
          if (found === undefined && ended === undefined) return
          leave()
          if (found === undefined) reject(new Error(`Waited in vain for ${what}: ${ended}`))
          else resolve(found)
        }
        const timer = setTimeout(() => {
          leave()
          reject(new Error(`Waited ${DEADLINE_MS / 1000} s in vain for ${what}`))
        }, DEADLINE_MS)
        waiters.add(look)
        look()
      }),
  }
}

/** Asks until the answer is there. For what has no event of its own. */
export async function eventually<Result>(
  what: string,
  ask: () => Promise<Result | undefined> | Result | undefined,
): Promise<Result> {
  const deadline = Date.now() + DEADLINE_MS
  while (Date.now() < deadline) {
    const result = await ask()
    if (result !== undefined) return result
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`Waited ${DEADLINE_MS / 1000} s in vain for ${what}`)
}
