import type { NewId } from '../protocol/id.ts'
import { mintMessageId } from '../protocol/message-id.ts'
import type { Message } from '../protocol/message.ts'
import { mintRunId } from '../protocol/run-id.ts'
import type { TurnRecord, TurnRequest } from './turn-request.ts'

/** A turn that was asked for and has not begun, as the thread keeps it. `secretKeys` are those that were given. */
export function toRecord(
  {
    agentId,
    resourceId,
    runtimeContext,
    maxSteps,
    structuredOutput,
    overrides,
    history,
    trace,
    requestId,
    trigger,
    boundTo,
  }: TurnRequest,
  {
    input,
    turn,
    now,
    address,
    newId,
  }: { input: Message; turn: number; now: number; address: string; newId: NewId },
  secretKeys: string[],
): TurnRecord {
  return {
    turn,
    runId: mintRunId(newId, { address, turn }),
    agentId,
    messageId: mintMessageId(newId, address),
    inputId: input.id,
    resourceId,
    runtimeContext,
    ...(secretKeys.length > 0 && { secretKeys }),
    ...(maxSteps !== undefined && { maxSteps }),
    ...(structuredOutput && { structuredOutput }),
    ...(overrides && { overrides }),
    ...(history && { history }),
    ...(trace && { trace }),
    ...(requestId !== undefined && { requestId }),
    ...(trigger && { trigger }),
    ...(boundTo !== undefined && { boundTo }),
    createdAt: now,
    input,
    generations: [],
  }
}
