/** What one batch may hold. */
export interface BatchLimit {
  count: number
  /** In what `weigh` gives. An item that alone is heavier is a batch of its own. */
  weight: number
}

/** Cuts a list into batches, in its order. */
export function batches<Item>(
  items: readonly Item[],
  { count, weight: most }: BatchLimit,
  weigh: (item: Item) => number,
): Item[][] {
  const all: Item[][] = []
  let [batch, weight]: [Item[], number] = [[], 0]
  for (const item of items) {
    const added = weigh(item)
    if (batch.length > 0 && (batch.length === count || weight + added > most)) {
      all.push(batch)
      ;[batch, weight] = [[], 0]
    }
    batch.push(item)
    weight += added
  }
  return batch.length > 0 ? [...all, batch] : all
}
