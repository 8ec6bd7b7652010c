import type { JsonValue } from '../protocol/json.ts'
import type { OpenPath } from '../schema/check-json.ts'

/** JSON as far as it has come. */
export interface PartialJson {
  /** Finished values are shared between partials and never change; what is still open is copied. */
  value: JsonValue
  /**
   * The keys that lead to the innermost value that is still open, all values on the way being open too; undefined when
   * the whole is finished. Unfinished strings are shown as they are; an unfinished number, literal or key is not shown
   * at all, since what comes next may make it another.
   */
  openPath: OpenPath | undefined
}

export interface PartialJsonReader {
  push(text: string): void
  /** What was read so far; undefined before the first value. */
  read(): PartialJson | undefined
  /** The text can no longer become JSON, or the value is whole: nothing more is read. */
  readonly isOver: boolean
}

/**
 * Reads JSON that comes in pieces, each letter once. What stands before the first `{` (or `[`, if the value
 * may be a list) is passed over (a sentence,
 * a markdown fence), and so is what follows the value.
 *
 * Raw line breaks in strings, which models write and JSON forbids, are taken as they are.
 *
 * Each `read` continues the one before: values are only added, strings only grow. A key that is named twice replaces
 * its value, as JSON.parse does.
 */
export function createPartialJson({ mayBeList = true } = {}): PartialJsonReader {
  const reading: Reading = {
    stack: [],
    root: undefined,
    token: '',
    expects: 'start',
    text: '',
    mode: 'between',
    mayBeList,
  }
  return {
    push: (text) => {
      for (let i = 0; i < text.length && reading.expects !== 'nothing';) i = step(reading, text, i)
    },
    read: () => snapshot(reading),
    get isOver() {
      return reading.expects === 'nothing'
    },
  }
}

/** No answer is meant to be nested deeper. */
const MAX_DEPTH = 200

type Container = { values: JsonValue[] } | { entries: Map<string, JsonValue>; key: string }

interface Reading {
  /** Containers that are open, outermost first. */
  stack: Container[]
  /** The whole value, once it is whole. */
  root: JsonValue | undefined
  mayBeList: boolean
  mode: 'between' | 'string' | 'escape' | 'word'
  expects: 'start' | 'first-key' | 'key' | 'colon' | 'first-item' | 'value' | 'comma' | 'nothing'
  /** A string's text so far, escapes resolved. */
  text: string
  /** A number, a literal or an escape so far. */
  token: string
}

function step(reading: Reading, text: string, at: number): number {
  switch (reading.mode) {
    case 'between':
      return readBetween(reading, text, at)
    case 'string':
      return readString(reading, text, at)
    case 'escape':
      return readEscape(reading, text, at)
    case 'word':
      return readWord(reading, text, at)
    default:
      return reading.mode satisfies never
  }
}

function readBetween(reading: Reading, text: string, at: number): number {
  const letter = text[at] ?? ''
  if (letter === ' ' || letter === '\n' || letter === '\r' || letter === '\t') return at + 1
  const { expects } = reading
  const wantsValue = expects === 'value' || expects === 'first-item'
  const isStart = expects === 'start' && (letter === '{' || reading.mayBeList)
  if ((letter === '{' || letter === '[') && (wantsValue || isStart)) open(reading, letter)
  else if (expects === 'start') return at + 1
  else if (letter === '}' && (expects === 'first-key' || expects === 'comma')) close(reading, letter)
  else if (letter === ']' && (expects === 'first-item' || expects === 'comma')) close(reading, letter)
  else if (letter === ',' && expects === 'comma') reading.expects = isArray(reading) ? 'value' : 'key'
  else if (letter === ':' && expects === 'colon') reading.expects = 'value'
  else if (letter === '"' && (wantsValue || expects === 'key' || expects === 'first-key'))
    reading.mode = 'string'
  else if (wantsValue && /[-0-9tfn]/.test(letter)) {
    reading.mode = 'word'
    return at
  } else reading.expects = 'nothing'
  return at + 1
}

function readString(reading: Reading, text: string, at: number): number {
  PLAIN.lastIndex = at
  const plain = PLAIN.exec(text)?.[0] ?? ''
  reading.text += plain
  const end = at + plain.length
  if (end >= text.length) return end
  if (text[end] === '\\') reading.mode = 'escape'
  else endString(reading)
  return end + 1
}

const PLAIN = /[^"\\]*/y

function readEscape(reading: Reading, text: string, at: number): number {
  reading.token += text[at] ?? ''
  const { token } = reading
  const isCode = token.startsWith('u')
  if (isCode && token.length < 5) return at + 1
  const letter = isCode && /^u[\dA-Fa-f]{4}$/.test(token) ? fromCode(token) : ESCAPES.get(token)
  if (letter === undefined) reading.expects = 'nothing'
  reading.text += letter ?? ''
  reading.token = ''
  reading.mode = 'string'
  return at + 1
}

const ESCAPES = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
])

function fromCode(token: string): string {
  return String.fromCharCode(Number.parseInt(token.slice(1), 16))
}

function endString(reading: Reading): void {
  const { text, expects } = reading
  reading.mode = 'between'
  reading.text = ''
  const top = reading.stack.at(-1)
  if ((expects === 'key' || expects === 'first-key') && top && 'key' in top) {
    top.key = text
    reading.expects = 'colon'
  } else add(reading, text)
}

function readWord(reading: Reading, text: string, at: number): number {
  WORD.lastIndex = at
  const word = WORD.exec(text)?.[0] ?? ''
  reading.token += word
  const end = at + word.length
  // Only what follows says that a number is at its end.
  if (end >= text.length) return end
  const value = toValue(reading.token)
  reading.token = ''
  reading.mode = 'between'
  if (value === undefined) reading.expects = 'nothing'
  else add(reading, value)
  return end
}

const WORD = /[-+.\dA-Za-z]*/y

function toValue(word: string): JsonValue | undefined {
  try {
    return JSON.parse(word)
  } catch {
    return undefined
  }
}

function open(reading: Reading, letter: '{' | '['): void {
  if (reading.stack.length === MAX_DEPTH) {
    reading.expects = 'nothing'
    return
  }
  reading.stack.push(letter === '{' ? { entries: new Map(), key: '' } : { values: [] })
  reading.expects = letter === '{' ? 'first-key' : 'first-item'
}

function close(reading: Reading, letter: '}' | ']'): void {
  const top = reading.stack.at(-1)
  if (!top || 'values' in top !== (letter === ']')) {
    reading.expects = 'nothing'
    return
  }
  reading.stack.pop()
  add(reading, toContainer(top))
}

function add(reading: Reading, value: JsonValue): void {
  const top = reading.stack.at(-1)
  reading.expects = 'comma'
  if (!top) {
    reading.root = value
    reading.expects = 'nothing'
  } else if ('values' in top) top.values.push(value)
  else top.entries.set(top.key, value)
}

function isArray({ stack }: Reading): boolean {
  const top = stack.at(-1)
  return top !== undefined && 'values' in top
}

function snapshot({ stack, root, mode, expects, text }: Reading): PartialJson | undefined {
  if (root !== undefined) return { value: root, openPath: undefined }
  const isKey = expects === 'key' || expects === 'first-key'
  const isInString = (mode === 'string' || mode === 'escape') && !isKey
  let value: JsonValue | undefined = isInString ? text : undefined
  const openPath: (string | number)[] = []
  for (const container of stack.toReversed()) {
    if (value !== undefined) openPath.unshift('values' in container ? container.values.length : container.key)
    value = toContainer(container, value)
  }
  return value === undefined ? undefined : { value, openPath }
}

/** A container's value, with the child that is still open. */
function toContainer(container: Container, last?: JsonValue): JsonValue {
  if ('values' in container)
    return last === undefined ? container.values.slice() : [...container.values, last]
  const { entries, key } = container
  // Not by assignment: a key "__proto__" would be taken for the prototype.
  return Object.fromEntries(last === undefined ? entries : [...entries, [key, last]])
}
