import { isRecord, toJson } from '../protocol/json.ts'
import type { ToolAnswer } from '../protocol/message.ts'

/**
 * What a UI message's tool parts answer: approvals that were given or refused, and the outputs of tools that run at
 * the client. Outputs by the call's id, approvals by the question's; which of them are waited for, the thread knows.
 */
export function readToolAnswers(parts: unknown): Record<string, ToolAnswer> {
  const answers: Record<string, ToolAnswer> = {}
  for (const part of Array.isArray(parts) ? parts : []) {
    if (!isRecord(part) || typeof part['toolCallId'] !== 'string') continue
    const answer = readAnswer(part)
    if (answer) answers[questionOf(part, part['toolCallId'])] = answer
  }
  return answers
}

function questionOf({ state, approval }: Record<string, unknown>, toolCallId: string): string {
  return state === 'approval-responded' && isRecord(approval) && typeof approval['id'] === 'string'
    ? approval['id']
    : toolCallId
}

function readAnswer({ state, approval, output, errorText }: Record<string, unknown>): ToolAnswer | undefined {
  if (state === 'output-available') return { type: 'output', output: toJson(output) }
  if (state === 'output-error') return { type: 'error', message: String(errorText) }
  if (state !== 'approval-responded' || !isRecord(approval)) return undefined
  if (approval['approved'] === true) return { type: 'approve' }
  const { reason } = approval
  return typeof reason === 'string' ? { type: 'decline', reason } : { type: 'decline' }
}
