import type { Known } from './known.ts'
import type { Leaf } from './leaves.ts'
import type { Mention } from './mentions.ts'
import type { Schema, Shape } from './schema.ts'

/** All that arguments may be drawn from. */
export interface Evidence {
  /** The request, or the clause of it that fits the tool. */
  readonly text: string
  /** What tools have returned in this turn, newest first. */
  readonly known: readonly Known[]
  /** Texts of lower rank: the whole request, what the user said before. */
  readonly earlier: readonly string[]
  /** Arguments of the same tool in the turn that this one follows up. */
  readonly previous?: Schema
  /** The system message; it may say what day it is. */
  readonly system: string
  /** Stems of the tool's name. */
  readonly tool: readonly string[]
  /** Stems of the names of all other tools: what they return need not be guessed. */
  readonly others: ReadonlySet<string>
  /** The newest result as a text that can be passed on. */
  readonly prose?: string
}

/** Where a value came from: the text, an earlier result, an earlier turn, or a guess at a leftover word. */
export type Source = 'text' | 'result' | 'earlier' | 'guess'

/** A value for a leaf. `spans` are the places of the text that it uses up; `more` are its listed siblings. */
export interface Found {
  readonly value: unknown
  readonly source: Source
  readonly spans?: readonly Mention<unknown>[]
  readonly more?: readonly unknown[]
}

/**
 * Looks for the value of one leaf.
 *
 * **Contract:** pure; called once per leaf and branch; `isFree` says whether no other leaf has used a place.
 */
export type Finder = (
  leaf: Leaf,
  shape: Shape,
  evidence: Evidence,
  isFree: (mention: Mention<unknown>) => boolean,
) => Found | undefined
