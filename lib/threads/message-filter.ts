import type { JsonValue } from '../protocol/json.ts'
import type { Message } from '../protocol/message.ts'

/** Which messages are meant; what is absent, means all. Times are in milliseconds since 1970. */
export interface MessageFilter {
  from?: number
  isFromExcluded?: boolean
  to?: number
  isToExcluded?: boolean
  roles?: readonly string[]
  ids?: readonly string[]
  /** Plain values that the message's metadata must have. */
  metadata?: Record<string, JsonValue>
}

export function fitsFilter(message: Message, filter: MessageFilter): boolean {
  const { from = -Infinity, to = Infinity, roles, ids, metadata = {} } = filter
  const { id, role, createdAt } = message
  if (filter.isFromExcluded ? createdAt <= from : createdAt < from) return false
  if (filter.isToExcluded ? createdAt >= to : createdAt > to) return false
  if (roles && !roles.includes(role)) return false
  if (ids && !ids.includes(id)) return false
  return Object.entries(metadata).every(([key, value]) => message.metadata?.[key] === value)
}
