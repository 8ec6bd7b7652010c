import type { NewId } from './id.ts'
import { fromBase64Url, toBase64Url } from './run-id.ts'

/** Ids that callers send are no longer than this. */
export const MAX_MESSAGE_ID = 256

/**
 * A message's id: random, with the name of the object that holds it, so that whoever has the id alone can reach it.
 * Where the name is too long for that the id is random alone, and has to be looked up as one that a caller chose.
 */
export function mintMessageId(newId: NewId, address: string): string {
  const id = newId('msg')
  const placed = `${id}.${toBase64Url(address)}`
  return placed.length > MAX_MESSAGE_ID ? id : placed
}

/** Makes ids as {@link mintMessageId} does. */
export function placedIds(newId: NewId, address: string): NewId {
  return (prefix) => (prefix === 'msg' ? mintMessageId(newId, address) : newId(prefix))
}

/** The object that an id of {@link mintMessageId} names; undefined for any other id. */
export function placeOfMessage(messageId: string): string | undefined {
  const [, encoded] = /^msg_[0-9a-z]+\.([\w-]+)$/.exec(messageId) ?? []
  return encoded === undefined ? undefined : fromBase64Url(encoded)
}
