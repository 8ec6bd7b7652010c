import type { ToolCallPart } from '../../protocol/message.ts'
import { defined } from './defined.ts'
import type { Fields } from './fields.ts'

/** Kept is only what the state does not say: there a question that has no name of its own is called as its call. */
export function withApproval(
  call: ToolCallPart,
  approval: ToolCallPart['approval'],
  state: string,
): ToolCallPart {
  if (!approval) return call
  const isFinished = state.startsWith('output-') && state !== 'output-denied'
  const isSaid = approval.approved === true && approval.reason !== undefined
  return isFinished || isSaid || approval.id !== call.toolCallId ? { ...call, approval } : call
}

export function readApproval(fields: Fields): ToolCallPart['approval'] {
  const inner = fields.maybeFields('approval')
  if (!inner) return undefined
  const id = inner.text('id')
  const [approved, reason] = [inner.maybeFlag('approved'), inner.maybeText('reason')]
  inner.close()
  return { id, ...defined({ approved, reason }) }
}
