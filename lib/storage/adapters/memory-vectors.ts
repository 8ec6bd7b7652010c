import type { WordedText } from '../bm25.ts'
import { rankByWords } from '../bm25.ts'
import { parseFilter, passesFilter } from '../filter.ts'
import { depthOf } from '../fuse.ts'
import { fuseHybrid, toMatches } from '../hybrid.ts'
import { nearest, scorer } from '../nearest.ts'
import { compareText } from '../order.ts'
import { checkQuery, checkRecords, checkShape, requireSameShape } from '../vector-check.ts'
import type {
  VectorMatch,
  VectorMetric,
  VectorQuery,
  VectorRecord,
  Vectors,
  VectorSelection,
  VectorShape,
} from '../vectors.ts'

interface MemoryIndex {
  shape: Required<VectorShape>
  /** As JSON, so that nobody holds a part of what is stored. */
  records: Map<string, string>
}

/** Vectors that live as long as the process. Proof of the cast: what is parsed here was written here. */
export function createMemoryVectors(): Vectors {
  const indexes = new Map<string, MemoryIndex>()
  const open = (name: string): MemoryIndex => {
    const index = indexes.get(name)
    if (index) return index
    throw new ReferenceError(`Cannot use vector index "${name}": it was not created`)
  }
  const read = (name: string, id: string): VectorRecord | undefined => {
    const json = indexes.get(name)?.records.get(id)
    return json === undefined ? undefined : (JSON.parse(json) as VectorRecord)
  }
  return {
    createIndex: async (name, asked) => {
      const shape = checkShape(name, asked)
      const known = indexes.get(name)
      if (known) requireSameShape(name, known.shape, shape)
      else indexes.set(name, { shape, records: new Map() })
    },
    describeIndex: async (name) => {
      const index = indexes.get(name)
      return index && { ...index.shape, count: index.records.size, pendingCount: 0 }
    },
    listIndexes: async () => [...indexes.keys()].toSorted(compareText),
    deleteIndex: async (name) => void indexes.delete(name),
    upsert: async (name, records) => {
      const index = open(name)
      checkRecords(name, index.shape, records)
      for (const { id, vector, metadata } of records) {
        const kept = { id, vector: Array.from(Float32Array.from(vector)), ...(metadata && { metadata }) }
        index.records.set(id, JSON.stringify(kept))
      }
    },
    query: async (name, query) => {
      const { shape, records } = open(name)
      checkQuery(name, shape, query)
      const all = Array.from(records.keys(), (id) => read(name, id)).filter((record) => record !== undefined)
      return search(all, shape.metric, query)
    },
    fetch: async (name, ids) => ids.map((id) => read(name, id)),
    delete: async (name, selection) => {
      const records = indexes.get(name)?.records ?? new Map<string, string>()
      for (const id of records.keys()) if (isSelected(selection, id, read(name, id))) records.delete(id)
    },
  }
}

function search(records: readonly VectorRecord[], metric: VectorMetric, query: VectorQuery): VectorMatch[] {
  const { text, topK, filter } = query
  const node = filter && parseFilter(filter)
  const fitting = records.filter(({ metadata }) => !node || passesFilter(node, metadata))
  if (text === undefined) return nearestOf(fitting, metric, query)
  const byId = new Map(fitting.map((record) => [record.id, record]))
  const depth = depthOf(topK)
  const byText = rankByWords(records.map(toWorded), text).filter(({ id }) => byId.has(id))
  const near = nearestOf(fitting, metric, { ...query, topK: depth })
  const hybrid = fuseHybrid(near, byText.slice(0, depth), topK)
  const others = hybrid.missing.map((id) => byId.get(id))
  return toMatches(hybrid, others, metric, query)
}

function nearestOf(
  records: readonly VectorRecord[],
  metric: VectorMetric,
  { vector: wanted, topK, includeVectors }: VectorQuery,
): VectorMatch[] {
  const score = scorer(metric, Float32Array.from(wanted))
  const best = nearest(topK)
  for (const { id, vector } of records) best.offer(id, score(Float32Array.from(vector)))
  const byId = new Map(records.map((record) => [record.id, record]))
  return best.take().map(({ id, score }) => {
    const { vector, metadata } = byId.get(id) ?? { vector: [] }
    return { id, score, ...(metadata && { metadata }), ...(includeVectors && { vector }) }
  })
}

function toWorded({ id, metadata }: VectorRecord): WordedText {
  const text = metadata?.['text']
  return { id, text: typeof text === 'string' ? text : '' }
}

function isSelected(selection: VectorSelection, id: string, record: VectorRecord | undefined): boolean {
  if ('ids' in selection) return selection.ids.includes(id)
  if ('prefix' in selection) return id.startsWith(selection.prefix)
  return passesFilter(parseFilter(selection.filter), record?.metadata)
}
