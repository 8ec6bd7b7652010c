import { EdgewiseError } from '../../protocol/error.ts'

/** What did not come along when a message was read from another format, or written in one. */
export interface Loss {
  /** The message's id, if it had one. */
  messageId?: string
  /** Which message of the list that was handed in. */
  index: number
  /** Where in it, such as `parts[2].title`; empty for the whole message. */
  path: string
  what: string
  why: string
}

/** A place in a list of messages, and where losses from there on are noted. */
export interface Place {
  /** The list's own name in an error, such as `messages`. */
  list: string
  about: { index: number; messageId?: string }
  path: string
  losses: Loss[]
}

export const NO_PLACE = 'a message of ours has no place for it'

export function placeOf(losses: Loss[], index: number, list = 'messages'): Place {
  return { list, about: { index }, path: '', losses }
}

/** A place further inside, by a field's name or an index. */
export function inside(place: Place, key: string | number): Place {
  const { path } = place
  const deeper = typeof key === 'number' ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`
  return { ...place, path: deeper }
}

export function lose({ about, path, losses }: Place, what: string, why: string = NO_PLACE): void {
  losses.push({ ...about, path, what, why })
}

/** The error for a message that is none of its format. */
export function invalidAt({ list, about, path }: Place, message: string): EdgewiseError {
  const whole = `${list}[${about.index}]`
  const field = path === '' ? whole : path.startsWith('[') ? `${whole}${path}` : `${whole}.${path}`
  const issues = [{ field, message }]
  return new EdgewiseError('invalid_request', `Invalid request: ${field} ${message}`, { issues })
}
