import { EdgewiseError } from '../protocol/error.ts'
import type { IndexValue } from './documents.ts'

/** Where a page of documents ended: behind this value of the field and this id. */
export interface Cursor {
  value: IndexValue
  id: string
}

export function writeCursor({ value, id }: Cursor): string {
  return encodeURIComponent(JSON.stringify([value, id]))
}

/** @throws EdgewiseError `invalid_request` if the text is no cursor. */
export function readCursor(text: string): Cursor {
  const parsed = parse(text)
  if (Array.isArray(parsed) && parsed.length === 2) {
    const [value, id]: unknown[] = parsed
    const isValue = typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))
    if (isValue && typeof id === 'string' && `${value}${id}`.isWellFormed()) return { value, id }
  }
  throw new EdgewiseError('invalid_request', 'Invalid query: the cursor is not one of this list', {
    issues: [{ field: 'after', message: 'must be the `next` of a page' }],
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(decodeURIComponent(text))
  } catch {
    return undefined
  }
}
