import { EdgewiseError } from '../protocol/error.ts'
import type { ThreadState } from './thread-state.ts'

/** A message that is shown in every turn, however long ago it was said: with it, what it answers or was answered. */
export interface Pin {
  turn: number
  messageId: string
}

const MAX_PINS = 50

/** Proof of the cast: {@link pinMessage} wrote it. */
export function readPins(rows: ThreadState): Pin[] {
  const note = rows.readNote('pins')
  return note === undefined ? [] : (JSON.parse(note) as Pin[])
}

/**
 * In the caller's transaction: pins a message, or takes its pin off.
 *
 * @throws EdgewiseError `message_not_found`; `invalid_request` if too many are pinned.
 */
export function pinMessage(rows: ThreadState, messageId: string, isPinned: boolean): Pin[] {
  const others = readPins(rows).filter((pin) => pin.messageId !== messageId)
  const [record] = rows.turnsWith([messageId])
  if (isPinned && !record) throw new EdgewiseError('message_not_found', `There is no message "${messageId}"`)
  const pins = isPinned && record ? [...others, { turn: record.turn, messageId }] : others
  if (pins.length > MAX_PINS)
    throw new EdgewiseError('invalid_request', `At most ${MAX_PINS} messages of a thread can be pinned`)
  rows.writeNote('pins', JSON.stringify(pins))
  return pins
}
