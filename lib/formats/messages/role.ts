import type { Role } from '../../protocol/message.ts'
import type { Fields } from './fields.ts'
import { invalidAt } from './loss.ts'

export function readRole(fields: Fields): Role {
  const role = fields.take('role')
  if (role === 'user' || role === 'assistant' || role === 'system') return role
  throw invalidAt(fields.at('role'), 'must be "user", "assistant" or "system"')
}
