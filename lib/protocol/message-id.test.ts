import { expect, it } from 'vitest'
import { threadAddress } from './address.ts'
import { randomId } from './id.ts'
import { MAX_MESSAGE_ID, mintMessageId, placedIds, placeOfMessage } from './message-id.ts'

it.each([
  [undefined, 't'],
  ['ann', 'a/b 😀'],
  ['run', '-'],
])('leads to its object: %s, %s', (resource, thread) => {
  const address = threadAddress(resource, thread)
  expect(placeOfMessage(mintMessageId(randomId, address))).toBe(address)
  expect(placeOfMessage(placedIds(randomId, address)('msg'))).toBe(address)
})

it('is random alone where the name is too long for an id', () => {
  const id = mintMessageId(randomId, threadAddress('ann', '😀'.repeat(100)))
  expect(id.length).toBeLessThanOrEqual(MAX_MESSAGE_ID)
  expect(placeOfMessage(id)).toBeUndefined()
})

it.each(['', 'msg_1', 'msg_1.', 'm.LS90', 'msg_1.L', 'msg_1.LS90=', 'msg_1.LS90.x', 'Msg_1.LS90'])(
  'is not made by others: %s names no object',
  (id) => expect(placeOfMessage(id)).toBeUndefined(),
)
