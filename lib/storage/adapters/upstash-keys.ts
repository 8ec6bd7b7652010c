import type { IndexValue } from '../documents.ts'

/**
 * Names and index entries as Redis orders them: byte by byte. The characters up to U+0003 are escaped, so that
 * U+0001 can end a part and U+0003 can join parts, and what is escaped keeps its order.
 */
const END = '\u0001'
const ESCAPE = '\u0002'
/** Joins entries: stands in none. */
export const JOINT = '\u0003'

export function escapeText(text: string): string {
  // eslint-disable-next-line no-control-regex -- those are what is escaped
  return text.replaceAll(/[\u0000-\u0003]/g, (letter) => `${ESCAPE}${letter.charCodeAt(0)}`)
}

export function unescapeText(text: string): string {
  // eslint-disable-next-line no-control-regex -- those are what was escaped
  return text.replaceAll(/\u0002(\d)/g, (_all, code: string) => String.fromCharCode(Number(code)))
}

/** What begins every key of a shard. A shard's name may hold anything. */
export function shardPrefix(shard: string): string {
  return `edgewise:${escapeText(shard.replaceAll('%', '%25').replaceAll(':', '%3A'))}:`
}

/** A document's entry in its collection's index: ordered by field, value, id. */
export function entryOf(field: string, value: IndexValue, id: string): string {
  return `${valuePrefix(field, value)}${escapeText(id)}`
}

/** What all entries of a field begin with. */
export function fieldPrefix(field: string): string {
  return `${escapeText(field)}${END}`
}

/** What all entries of a field's value begin with. */
export function valuePrefix(field: string, value: IndexValue): string {
  const text = typeof value === 'number' ? `n${orderedHex(value)}` : `t${escapeText(value)}${END}`
  return `${fieldPrefix(field)}${text}`
}

/** The value and the escaped id of an entry. */
export function readEntry(field: string, entry: string): { value: IndexValue; id: string } {
  const rest = entry.slice(fieldPrefix(field).length)
  if (rest.startsWith('n')) return { value: fromOrderedHex(rest.slice(1, 17)), id: rest.slice(17) }
  const end = rest.indexOf(END)
  return { value: unescapeText(rest.slice(1, end)), id: rest.slice(end + 1) }
}

const SIGN = 1n << 63n
const ALL = (1n << 64n) - 1n

/** 16 hexadecimal digits that order as the numbers do: https://en.wikipedia.org/wiki/Double-precision_floating-point_format */
function orderedHex(value: number): string {
  const view = new DataView(new ArrayBuffer(8))
  // Adding 0 makes a negative zero positive.
  view.setFloat64(0, value + 0)
  const bits = view.getBigUint64(0)
  return (bits & SIGN ? bits ^ ALL : bits | SIGN).toString(16).padStart(16, '0')
}

function fromOrderedHex(hex: string): number {
  const bits = BigInt(`0x${hex}`)
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, bits & SIGN ? bits ^ SIGN : bits ^ ALL)
  return view.getFloat64(0)
}
