import type { JsonObject } from '../../protocol/json.ts'
import type { FilterNode } from '../filter.ts'
import type { Sql } from '../sql.ts'
import { numberOf, textOf } from '../sql.ts'
import { beginningsOf, wordsOf } from '../words.ts'
import { fittingOf, lastKey, readMetadata } from './points.ts'
import type { Space } from './space.ts'

// The words of an index: a full-text table (FTS5) under the keys of its points. It is made when the index is first asked
// for words, so an index that never is has none. What changes something is called within a transaction.

/** One row for an index that has words: all points from `upto` on are taken up. */
const LISTS_TABLE = 'CREATE TABLE IF NOT EXISTS word_lists (space INTEGER PRIMARY KEY, upto INTEGER)'

/** Points that are taken up at once: some tens of milliseconds. */
const BATCH = 1000
/** A word that more texts hold says little, and costs the more: it counts only where no other does. */
const COMMON = 1000
/** Words that are looked for in the place of one that no text holds. */
const ALIKE = 20
/** Hits whose metadata a filter is asked of at once, the best first, until there are enough. */
const JUDGED = 200

/** A point, as far as its words go. */
export interface Worded {
  key: number
  metadata?: JsonObject | undefined
}

/** What holds words, best first. */
export interface TextHit {
  key: number
  score: number
}

/** Makes the index find words, if it does not yet, and takes up the next older points. May be called at any time. */
export function takeUpWords(sql: Sql, space: Space): void {
  const upTo = findUpTo(sql, space) ?? createList(sql, space)
  sql.run(`CREATE VIRTUAL TABLE IF NOT EXISTS ${termsOf(space)} USING fts5vocab(${tableOf(space)}, row)`)
  if (upTo <= space.base) return
  const points = readMetadata(sql, space, upTo, BATCH)
  for (const point of points) insert(sql, space, point)
  const next = points.length < BATCH ? space.base : (points.at(-1)?.key ?? space.base)
  sql.run('UPDATE word_lists SET upto = ? WHERE space = ?', next, space.space)
}

/**
 * Points that are new: their keys are above all others, in their order. Where the newest points are gone their keys are
 * given again: what is new now must not be taken up once more among what is old.
 */
export function addWords(sql: Sql, space: Space, points: readonly Worded[]): void {
  const upTo = findUpTo(sql, space)
  if (upTo === undefined) return
  const first = points[0]?.key ?? upTo
  if (first < upTo) sql.run('UPDATE word_lists SET upto = ? WHERE space = ?', first, space.space)
  for (const point of points) insert(sql, space, point)
}

export function removeWords(sql: Sql, space: Space, keys: readonly number[]): void {
  if (keys.length === 0 || findUpTo(sql, space) === undefined) return
  sql.run(
    `DELETE FROM ${tableOf(space)} WHERE rowid IN (SELECT value FROM json_each(?))`,
    JSON.stringify(keys),
  )
}

export function dropWords(sql: Sql, space: Space): void {
  if (findUpTo(sql, space) === undefined) return
  sql.run(`DROP TABLE IF EXISTS ${termsOf(space)}`)
  sql.run(`DROP TABLE ${tableOf(space)}`)
  sql.run('DELETE FROM word_lists WHERE space = ?', space.space)
}

/** Those of the points that were taken up that hold some of the words; equal ones by key. */
export function searchWords(
  sql: Sql,
  space: Space,
  words: readonly string[],
  limit: number,
  filter: FilterNode | undefined,
): TextHit[] {
  const table = tableOf(space)
  const hits = sql
    .run(
      `SELECT rowid AS key, -bm25(${table}) AS score FROM ${table} WHERE ${table} MATCH ?
       ORDER BY score DESC, rowid ${filter ? '' : `LIMIT ${limit}`}`,
      rareOf(sql, space, words).map(quote).join(' OR '),
    )
    .map((row): TextHit => ({ key: numberOf(row, 'key'), score: numberOf(row, 'score') }))
  if (!filter) return hits
  const fitting: TextHit[] = []
  for (let at = 0; at < hits.length && fitting.length < limit; at += JUDGED) {
    const some = hits.slice(at, at + JUDGED)
    const keys = fittingOf(
      sql,
      filter,
      some.map(({ key }) => key),
    )
    fitting.push(...some.filter(({ key }) => keys.has(key)))
  }
  return fitting.slice(0, limit)
}

function tableOf({ space }: Space): string {
  return `words_${space}`
}

/** A view of its words in their order, which holds nothing itself. */
function termsOf({ space }: Space): string {
  return `terms_${space}`
}

function findUpTo(sql: Sql, { space }: Space): number | undefined {
  const [table] = sql.run("SELECT 1 FROM sqlite_master WHERE name = 'word_lists'")
  const [row] = table ? sql.run('SELECT upto FROM word_lists WHERE space = ?', space) : []
  return row && numberOf(row, 'upto')
}

function createList(sql: Sql, space: Space): number {
  const upTo = lastKey(sql, space) + 1
  const table = tableOf(space)
  sql.run(LISTS_TABLE)
  sql.run('INSERT INTO word_lists (space, upto) VALUES (?, ?)', space.space, upTo)
  // The words come folded, and parted by blanks: all that is left to the tokenizer.
  sql.run(`CREATE VIRTUAL TABLE ${table} USING fts5(words, tokenize = 'ascii')`)
  // What is deleted leaves the file at once, not when parts of the index are next merged.
  sql.run(`INSERT INTO ${table} (${table}, rank) VALUES ('secure-delete', 1)`)
  return upTo
}

function insert(sql: Sql, space: Space, { key, metadata }: Worded): void {
  const text = metadata?.['text']
  const words = typeof text === 'string' ? wordsOf(text) : []
  if (words.length > 0)
    sql.run(`INSERT INTO ${tableOf(space)} (rowid, words) VALUES (?, ?)`, key, words.join(' '))
}

/** The words to look for: those that are not too common, or all where each is. For one that no text holds others that begin alike. */
function rareOf(sql: Sql, space: Space, words: readonly string[]): readonly string[] {
  const held = words.flatMap((word) => (countTexts(sql, space, word) > 0 ? [word] : alike(sql, space, word)))
  const counted = [...new Set(held)].map((word) => ({ word, count: countTexts(sql, space, word) }))
  const rare = counted.filter(({ count }) => count <= COMMON).map(({ word }) => word)
  if (rare.length > 0) return rare
  return held.length > 0 ? held : words
}

/** How many texts hold the word, as far as that matters. */
function countTexts(sql: Sql, space: Space, word: string): number {
  const table = tableOf(space)
  const [row] = sql.run(
    `SELECT count(*) AS count FROM (SELECT 1 FROM ${table} WHERE ${table} MATCH ? LIMIT ${COMMON + 1})`,
    quote(word),
  )
  return row ? numberOf(row, 'count') : 0
}

/** Words of the index that have as much of the beginning in common with the word as any has. */
function alike(sql: Sql, space: Space, word: string): string[] {
  for (const beginning of beginningsOf(word)) {
    const rows = sql.run(
      `SELECT term FROM ${termsOf(space)} WHERE term >= ? AND term < ? LIMIT ${ALIKE}`,
      beginning,
      `${beginning}\u{10ffff}`,
    )
    if (rows.length > 0) return rows.map((row) => textOf(row, 'term'))
  }
  return []
}

/** In quotes it is a word and no part of a query's grammar. No word holds a quote itself. */
function quote(word: string): string {
  return `"${word}"`
}
