import type { Directory } from './segments.ts'
import type { Space } from './space.ts'
import type { VectorMemory } from './vector-memory.ts'
import type { View } from './view.ts'
import { createView } from './view.ts'

/** The views of a database's indexes: those that were asked last. */
export interface Views {
  of(space: Space): View
  refresh(space: Space, directory: Directory): void
  close(space: Space): void
}

const MOST_VIEWS = 500

export function createViews(memory: VectorMemory): Views {
  const views = new Map<number, View>()
  const close = (space: number): void => {
    views.get(space)?.close()
    views.delete(space)
  }
  return {
    of: (space) => {
      const view = views.get(space.space) ?? createView(memory, space)
      views.delete(space.space)
      views.set(space.space, view)
      const [oldest] = views.keys()
      if (views.size > MOST_VIEWS && oldest !== undefined) close(oldest)
      return view
    },
    refresh: ({ space }, directory) => views.get(space)?.refresh(directory),
    close: ({ space }) => close(space),
  }
}
