import type { Fields } from './fields.ts'
import { invalidAt } from './loss.ts'

/** When a message was written: a Date, milliseconds, or a text that is a date. */
export function readTime(fields: Fields): number | undefined {
  const value = fields.take('createdAt')
  if (value === undefined) return undefined
  const time = value instanceof Date ? value.getTime() : typeof value === 'string' ? Date.parse(value) : value
  if (typeof time === 'number' && Number.isFinite(time)) return time
  throw invalidAt(fields.at('createdAt'), 'must be a date')
}
