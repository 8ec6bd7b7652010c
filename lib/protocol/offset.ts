/**
 * A place in a thread's log. `generation` counts the lives of turns (one more whenever an object takes a turn up),
 * `attempt` the tries of model steps within it, and `position` what was said within the attempt: a piece of text
 * moves it by its length in UTF-16 units, any other event by one. So a place is exact to the character, and the
 * log need not remember how the model cut its words.
 */
export interface Offset {
  generation: number
  attempt: number
  position: number
}

export const START: Offset = { generation: 0, attempt: 0, position: 0 }

/** Fixed width, so that offsets order as strings do. */
export function formatOffset({ generation, attempt, position }: Offset): string {
  return `${base36(generation, 6)}-${base36(attempt, 4)}-${base36(position, 6)}`
}

const PATTERN = /^([0-9a-z]{6})-([0-9a-z]{4})-([0-9a-z]{6})$/

/** Undefined if the text is no offset. `0` and the empty text are the start of the log. */
export function parseOffset(text: string): Offset | undefined {
  if (text === '' || text === '0') return START
  const match = PATTERN.exec(text)
  if (!match) return undefined
  const [generation = 0, attempt = 0, position = 0] = match.slice(1).map((part) => Number.parseInt(part, 36))
  return { generation, attempt, position }
}

export function compareOffsets(a: Offset, b: Offset): number {
  return a.generation - b.generation || a.attempt - b.attempt || a.position - b.position
}

function base36(value: number, width: number): string {
  return value.toString(36).padStart(width, '0')
}
