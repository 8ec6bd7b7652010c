import type { ReadServices } from '../../lib/formats/input.ts'
import { placedIds } from '../../lib/protocol/message-id.ts'
import type { Runtime } from '../../lib/runtime/create.ts'

/** What reading messages needs: a message that came without an id gets one that says where it is. */
export function placed({ newId, now }: Runtime, address: string): ReadServices {
  return { newId: placedIds(newId, address), now }
}
