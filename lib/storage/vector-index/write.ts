import { parseFilter } from '../filter.ts'
import type { Sql } from '../sql.ts'
import type { VectorRecord, VectorSelection } from '../vectors.ts'
import type { Limits } from './fold.ts'
import { bury, foldTail } from './fold.ts'
import {
  deleteAllPoints,
  deletePoints,
  findPoint,
  fittingKeys,
  insertPoint,
  keysByIds,
  keysByPrefix,
  lastKey,
} from './points.ts'
import type { Directory } from './segments.ts'
import { dropAllSegments, readDirectory, watermark } from './segments.ts'
import type { Space } from './space.ts'
import { deleteSpace } from './space.ts'
import type { Worded } from './texts.ts'
import { addWords, dropWords, removeWords } from './texts.ts'

// What changes an index. All of it is called within one transaction.

/** The directory as it is now; undefined if points came and nothing else changed. */
export function upsertPoints(
  sql: Sql,
  space: Space,
  records: readonly VectorRecord[],
  limits: Limits,
): Directory | undefined {
  const directory = readDirectory(sql, space)
  const packed = watermark(directory, space)
  let key = Math.max(packed, lastKey(sql, space))
  const replaced: number[] = []
  const added: Worded[] = []
  for (const record of records) {
    const known = findPoint(sql, space, record)
    if (known?.isSame) continue
    if (known) {
      deletePoints(sql, [known.key])
      replaced.push(known.key)
    }
    key += 1
    insertPoint(sql, space, key, record)
    added.push({ key, metadata: record.metadata })
  }
  addWords(sql, space, added)
  removeWords(sql, space, replaced)
  bury(sql, space, directory, replaced, limits)
  const isFull = key - watermark(directory, space) >= limits.tail
  if (isFull) foldTail(sql, space, directory, limits)
  return replaced.length > 0 || isFull ? directory : undefined
}

/** The directory as it is now; undefined if there was nothing to remove. */
export function removePoints(
  sql: Sql,
  space: Space,
  selection: VectorSelection,
  limits: Limits,
): Directory | undefined {
  const keys = selectKeys(sql, space, selection)
  if (keys.length === 0) return undefined
  const directory = readDirectory(sql, space)
  deletePoints(sql, keys)
  removeWords(sql, space, keys)
  bury(sql, space, directory, keys, limits)
  return directory
}

export function emptySpace(sql: Sql, space: Space): void {
  deleteAllPoints(sql, space)
  dropAllSegments(sql, space)
  dropWords(sql, space)
}

export function eraseSpace(sql: Sql, space: Space): void {
  emptySpace(sql, space)
  deleteSpace(sql, space)
}

function selectKeys(sql: Sql, space: Space, selection: VectorSelection): number[] {
  if ('ids' in selection) return keysByIds(sql, space, selection.ids)
  if ('prefix' in selection) return keysByPrefix(sql, space, selection.prefix)
  return fittingKeys(sql, parseFilter(selection.filter), space.base, space.end - 1)
}
