import type { StoredPlace } from './conversation.ts'
import { defined } from './defined.ts'
import type { Fields } from './fields.ts'

/** Where a message of Mastra's says that it belongs. */
export function readStored(fields: Fields): { stored?: StoredPlace } {
  const stored = defined({
    threadId: fields.maybeText('threadId'),
    resourceId: fields.maybeText('resourceId'),
  })
  return Object.keys(stored).length > 0 ? { stored } : {}
}
