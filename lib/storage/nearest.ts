import { compareText } from './order.ts'
import type { VectorMetric } from './vectors.ts'

/**
 * Scores against one vector, by the formulas of {@link VectorMatch}. A vector without a direction is at a right angle
 * to all others.
 */
export function scorer(metric: VectorMetric, query: Float32Array): (vector: Float32Array) => number {
  switch (metric) {
    case 'euclidean':
      return (vector) => 1 / (1 + squaredDistance(query, vector))
    case 'dotproduct':
      return (vector) => (1 + dot(query, vector)) / 2
    case 'cosine': {
      const length = Math.sqrt(dot(query, query))
      return (vector) => (1 + cosine(dot(query, vector), length * Math.sqrt(dot(vector, vector)))) / 2
    }
  }
}

/** The best of what it is offered: highest score first, equal ones by id. */
export interface Nearest {
  offer(id: string, score: number): void
  take(): { id: string; score: number }[]
}

export function nearest(topK: number): Nearest {
  let found: { id: string; score: number }[] = []
  let least = -Infinity
  const cut = (): void => {
    found.sort((a, b) => b.score - a.score || compareText(a.id, b.id))
    found = found.slice(0, topK)
    if (found.length === topK) least = found.at(-1)?.score ?? least
  }
  return {
    offer: (id, score) => {
      if (score < least) return
      found.push({ id, score })
      // Sorted now and then: cheaper than keeping the order with every offer.
      if (found.length >= 2 * topK + 16) cut()
    },
    take: () => {
      cut()
      return found
    },
  }
}

function cosine(dot: number, lengths: number): number {
  return lengths === 0 ? 0 : Math.max(-1, Math.min(1, dot / lengths))
}

function dot(a: Float32Array, b: Float32Array): number {
  // Four sums, so that none waits for the one before it.
  let [p, q, r, s] = [0, 0, 0, 0]
  const even = a.length - (a.length % 4)
  for (let at = 0; at < even; at += 4) {
    p += (a[at] ?? 0) * (b[at] ?? 0)
    q += (a[at + 1] ?? 0) * (b[at + 1] ?? 0)
    r += (a[at + 2] ?? 0) * (b[at + 2] ?? 0)
    s += (a[at + 3] ?? 0) * (b[at + 3] ?? 0)
  }
  for (let at = even; at < a.length; at += 1) p += (a[at] ?? 0) * (b[at] ?? 0)
  return p + q + (r + s)
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at += 1) sum += ((a[at] ?? 0) - (b[at] ?? 0)) ** 2
  return sum
}
