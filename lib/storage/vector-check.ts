import { findNonJson } from '../protocol/json.ts'
import { checkCount, checkText } from './check.ts'
import type { VectorIndexInfo, VectorQuery, VectorRecord, VectorShape } from './vectors.ts'

type Shape = Required<VectorShape>

/** The shape with its default. @throws RangeError. */
export function checkShape(index: string, { dimension, metric = 'cosine' }: VectorShape): Shape {
  checkText(index, 'index name')
  if (index === '') throw new RangeError('Cannot create a vector index: its name is empty')
  checkCount(dimension, 'dimension', 1, 20_000)
  if (metric !== 'cosine' && metric !== 'euclidean' && metric !== 'dotproduct')
    throw new RangeError(`Cannot create vector index "${index}": there is no metric "${String(metric)}"`)
  return { dimension, metric }
}

/** @throws RangeError. */
export function requireSameShape(index: string, known: Shape, asked: Shape): void {
  if (known.dimension === asked.dimension && known.metric === asked.metric) return
  const [is, should] = [known, asked].map(({ dimension, metric }) => `${dimension} numbers, ${metric}`)
  throw new RangeError(`Cannot create vector index "${index}" with ${should}: it has ${is}`)
}

/** @throws TypeError or RangeError. */
export function checkRecords(
  index: string,
  shape: Pick<VectorIndexInfo, 'dimension'>,
  records: readonly VectorRecord[],
): void {
  for (const { id, vector, metadata } of records) {
    checkText(id, 'vector id')
    checkVector(index, shape, vector)
    const path = metadata && findNonJson(metadata)
    if (path !== undefined) throw new TypeError(`Cannot upsert vector "${id}": metadata.${path} is not JSON`)
  }
}

/** @throws TypeError or RangeError. */
export function checkQuery(
  index: string,
  shape: Pick<VectorIndexInfo, 'dimension'>,
  query: VectorQuery,
): void {
  checkVector(index, shape, query.vector)
  checkCount(query.topK, 'topK', 1, 1000)
  if (query.text !== undefined && typeof query.text !== 'string')
    throw new TypeError(`Cannot query index "${index}": text is no text`)
}

function checkVector(
  index: string,
  { dimension }: Pick<VectorIndexInfo, 'dimension'>,
  vector: readonly number[],
): void {
  if (vector.length !== dimension)
    throw new RangeError(
      `Cannot use a vector of ${vector.length} numbers with index "${index}": it has ${dimension}`,
    )
  if (!vector.every((number) => Number.isFinite(Math.fround(number))))
    throw new RangeError(`Cannot use this vector with index "${index}": not all of it are 32-bit numbers`)
}
