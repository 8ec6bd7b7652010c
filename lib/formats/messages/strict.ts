import { EdgewiseError } from '../../protocol/error.ts'
import type { MessageFormat } from './formats.ts'
import type { Loss } from './loss.ts'

/** A loss, and on the way into or out of which format. */
export type ListLoss = Loss & { direction: 'read' | 'write'; format: MessageFormat }

/** @throws EdgewiseError `invalid_request` that names the first of the losses, if there is one. */
export function refuseLosses([first]: readonly ListLoss[]): void {
  if (!first) return
  const { index, path, what, why, direction, format } = first
  const field = path === '' ? `messages[${index}]` : `messages[${index}].${path}`
  const way = direction === 'read' ? 'read from' : 'written as'
  const message = `cannot be ${way} "${format}" whole: ${what} would be lost, since ${why}`
  throw new EdgewiseError('invalid_request', `Invalid request: ${field} ${message}`, {
    issues: [{ field, message }],
  })
}
