import type { Vectors } from '../storage/vectors.ts'
import type { Embedder } from './embedder.ts'
import { embedderLabel } from './embedder.ts'

/**
 * The index of an embedder's vectors: its name remembers whose they are, since those of two embedders must never be
 * compared, and the storage remembers how long they are.
 */
export function indexOf(name: string, embedder: Embedder): string {
  return `${name}/${embedderLabel(embedder)}`
}

/** Makes the index if it is not there. @throws RangeError if it holds vectors of another length. */
export async function openIndex(
  vectors: Vectors,
  name: string,
  embedder: Embedder,
  dimension: number,
): Promise<string> {
  const index = indexOf(name, embedder)
  try {
    await vectors.createIndex(index, { dimension })
    return index
  } catch (error) {
    throw (await refusalOf(error, vectors, { name, embedder, dimension })) ?? error
  }
}

interface Asked {
  name: string
  embedder: Embedder
  /** How long the embedder's vectors are. */
  dimension: number
}

/**
 * Why an index takes no vector of this embedder, with what to do about it; undefined if it is only not there, and
 * nobody else's is in its place.
 */
export async function refusalOf(
  error: unknown,
  vectors: Vectors,
  { name, embedder, dimension }: Asked,
): Promise<RangeError | undefined> {
  const index = indexOf(name, embedder)
  if (error instanceof ReferenceError) {
    const others = (await vectors.listIndexes()).filter((other) => other.startsWith(`${name}/`))
    if (others.length === 0 || others.includes(index)) return undefined
    const labels = others.map((other) => `"${other.slice(name.length + 1)}"`).join(', ')
    return new RangeError(
      `"${name}" was embedded by ${labels}, whose vectors "${embedderLabel(embedder)}" cannot be compared with: name that embedder, or embed the texts again with this one`,
    )
  }
  const known = error instanceof RangeError ? await vectors.describeIndex(index) : undefined
  if (!known || known.dimension === dimension) return undefined
  return new RangeError(
    `"${embedderLabel(embedder)}" gave vectors of ${dimension} numbers, and the index "${index}" has ${known.dimension}: set the embedder back, or delete the index and embed its texts again`,
  )
}
