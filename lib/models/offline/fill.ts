import type { Evidence, Finder, Found, Source } from './evidence.ts'
import { findNumberByWord, findNumberInOrder, findNumbers } from './find-number.ts'
import {
  findCarried,
  findChoice,
  findEchoed,
  findFormatted,
  findNamed,
  findPattern,
  findSwitch,
} from './find-stated.ts'
import { findList } from './find-list.ts'
import { findCalled, findId, findLeftover, findName, findPlaced } from './find-name.ts'
import { findFact, findPointed, findProse } from './find-prose.ts'
import { fit, fitAny } from './fit.ts'
import { branchOf, leavesOf } from './leaves.ts'
import type { Leaf } from './leaves.ts'
import { overlaps } from './mentions.ts'
import type { Mention } from './mentions.ts'
import { neutral } from './neutral.ts'
import { isProse } from './roles.ts'
import { isRecord, itemsOf, propertiesOf, shapesOf } from './schema.ts'
import type { Schema, Shape } from './schema.ts'
import { namesOf } from './words.ts'

/** Arguments for a tool, valid against its schema, and how they came about. */
export interface Filled {
  readonly value: unknown
  /** Where each found leaf came from, by path. */
  readonly sources: ReadonlyMap<string, Source>
  /** Required leaves that nothing was found for; their values are neutral. */
  readonly missing: readonly Leaf[]
  /** The same arguments for each sibling of a listed value ("in Rome **and Paris**"). */
  readonly siblings: readonly unknown[]
}

const ROUNDS: readonly (readonly Finder[])[] = [
  [findNamed, findFact],
  [findFormatted, findPattern],
  [findChoice, findSwitch],
  [findPointed],
  [findCarried],
  [findNumberByWord, findId, findCalled],
  [findList, findNumbers, findPlaced],
  [findEchoed],
  [findNumberInOrder],
  [findProse],
  [findItem],
  [findName],
  [findPrevious],
  [findLeftover],
  [findEarlier],
]

/** Characters of a text that are searched for values: patterns are not linear, texts can be books. */
const READ = 4000

/** Fills a schema from the evidence, the surest finder first; no place of the text is used twice. */
export function fill(schema: unknown, evidence: Evidence): Filled {
  const root = isRecord(schema) ? schema : {}
  const leaves = leavesOf(schema, root, evidence.text)
  const found = findAll(promote(leaves), evidence)
  const values = new Map([...found].map(([path, one]) => [path, one.value]))
  const value = assemble(shapesOf(schema, root), '', values, evidence)
  const isForEach = /\b(?:each|every|all|both)\b/i.test(evidence.text)
  const [listed] = [...found].filter(
    ([, { more, source }]) => more?.length && (source !== 'result' || isForEach),
  )
  const taken = [...values.values()]
  const siblings = (listed?.[1].more ?? [])
    .filter((more) => !taken.includes(more))
    .map((more) =>
      assemble(shapesOf(schema, root), '', new Map([...values, [listed?.[0] ?? '', more]]), evidence),
    )
  return {
    value,
    sources: new Map([...found].map(([path, one]) => [path, one.source])),
    missing: leaves.filter(
      ({ path, required, shapes }) => required && !found.has(path) && !hasDefault(shapes),
    ),
    siblings,
  }
}

/** The one number of a tool takes a lone number even if it is optional. */
function promote(leaves: readonly Leaf[]): Leaf[] {
  const numeric = leaves.filter(({ shapes }) =>
    shapes.some(({ type }) => type === 'number' || type === 'integer'),
  )
  const [only] = numeric
  const lone = numeric.length === 1 && only && !only.required ? only : undefined
  return leaves.map((leaf) => (leaf === lone ? { ...leaf, required: true } : leaf))
}

function findAll(leaves: readonly Leaf[], evidence: Evidence): Map<string, Found> {
  const found = new Map<string, Found>()
  const taken: Mention<unknown>[] = []
  const isFree = (mention: Mention<unknown>) => !taken.some((other) => overlaps(other, mention))
  const head = { ...evidence, text: evidence.text.slice(0, READ) }
  for (const finder of ROUNDS.flat()) {
    for (const leaf of leaves.filter(({ path }) => !found.has(path))) {
      const one = findIn(finder, leaf, finder === findProse ? evidence : head, isFree)
      const isEcho = finder === findEarlier && [...found.values()].some(({ value }) => value === one?.value)
      if (!one || isEcho || isOwnName(leaf, one)) continue
      found.set(leaf.path, one)
      taken.push(...(one.spans ?? []))
    }
  }
  return found
}

/** A property's own name is no value for it: "**design** a shop". */
const isOwnName = ({ stems }: Leaf, { value, source }: Found): boolean =>
  typeof value === 'string' && source !== 'result' && namesOf(value).join() === stems.join()

function findIn(
  finder: Finder,
  leaf: Leaf,
  evidence: Evidence,
  isFree: (mention: Mention<unknown>) => boolean,
) {
  for (const shape of leaf.shapes) {
    const one = finder(leaf, shape, evidence, isFree)
    if (one && one.value !== undefined) return { ...one, value: fit(shape, one.value) ?? one.value }
  }
  return undefined
}

/** One item of a list of objects, if the text or a result says anything of it. */
function findItem(leaf: Leaf, shape: Shape, evidence: Evidence): Found | undefined {
  const item = shape.type === 'array' ? itemsOf(shape).find(({ type }) => type === 'object') : undefined
  if (!item || !leaf.required) return undefined
  const { value, sources } = fill({ ...shape.root, ...item.schema }, evidence)
  const list = sources.size > 0 ? fit(shape, [value]) : undefined
  return list === undefined ? undefined : { value: list, source: 'text' }
}

/** The argument of the turn that this one follows up. */
function findPrevious(leaf: Leaf, shape: Shape, { previous }: Evidence): Found | undefined {
  let value: unknown = previous
  for (const step of leaf.path.split('/').slice(1)) value = isRecord(value) ? value[step] : undefined
  const fitted = value === undefined ? undefined : fit(shape, value)
  return fitted === undefined ? undefined : { value: fitted, source: 'earlier' }
}

/** A required value from an earlier text, by the finders that do not guess. */
function findEarlier(leaf: Leaf, shape: Shape, evidence: Evidence): Found | undefined {
  if (!leaf.required || isProse(leaf)) return undefined
  for (const text of evidence.earlier) {
    for (const finder of [
      findNamed,
      findFormatted,
      findChoice,
      findNumberByWord,
      findId,
      findList,
      findPlaced,
    ]) {
      const one = finder(leaf, shape, { ...evidence, text }, () => true)
      if (one && one.value !== undefined && one.source !== 'guess')
        return { value: one.value, source: 'earlier' }
    }
  }
  return undefined
}

const hasDefault = (shapes: readonly Shape[]): boolean => shapes.some(({ schema }) => 'default' in schema)

/** Puts found values in their places; what is required and was not found becomes neutral. */
function assemble(
  shapes: readonly Shape[],
  path: string,
  values: ReadonlyMap<string, unknown>,
  evidence: Evidence,
): unknown {
  if (values.has(path)) return values.get(path)
  const objects = shapes.filter(({ type }) => type === 'object')
  const shape = branchOf(objects, evidence.text)
  const list = shapes.find(({ type }) => type === 'array')
  if (!shape) return list && !path ? listFrom(list, evidence) : neutral(shapes)
  const isInside = [...values.keys()].some((key) => key.startsWith(`${path}/`))
  if (!isInside && path) return neutral(shapes)
  const result: Record<string, unknown> = {}
  for (const { name, schema, required } of propertiesOf(shape)) {
    const inner = `${path}/${name}`
    const isFound = [...values.keys()].some((key) => key === inner || key.startsWith(`${inner}/`))
    if (isFound || required) result[name] = assemble(shapesOf(schema, shape.root), inner, values, evidence)
  }
  return result
}

/** A list at the root: its one item filled the same way. */
function listFrom(list: Shape, evidence: Evidence): unknown {
  const [item] = itemsOf(list)
  const one: Schema = { ...list.root, ...item?.schema }
  return fitAny([list], [fill(one, evidence).value]) ?? neutral([list])
}
