import { errorResponse } from '../formats/error-response.ts'
import { runAddress, threadAddress } from '../protocol/address.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { Message } from '../protocol/message.ts'
import { mintMessageId } from '../protocol/message-id.ts'
import { addressOfWorkflowRun, mintWorkflowRunId, placeOfRun } from '../protocol/run-id.ts'
import type { RunRequest } from '../runs/run-request.ts'
import { digest } from '../security/api-key.ts'
import type { TurnRequest } from '../threads/turn-request.ts'
import type { ScheduleParts } from './parts.ts'
import type { AgentSpec, ScheduleInfo, Trigger, WorkflowSpec } from './schedule-info.ts'

/** What a schedule starts: a run of a workflow, or a turn of an agent. Both are known by their trigger's key. */

/** Whom the turns are of that belong to nobody. */
const NOBODY = 'default'

/** A run without a thread is kept so long: past the next time of a weekly schedule, which then looks at it. */
const RETENTION_MS = 8 * 24 * 3600_000

/** The id of a workflow's run, whoever makes it up and however often. An agent's has its id once it has started. */
export function runIdOf(
  { boundTo, scheduleId }: ScheduleParts,
  { workflowId }: ScheduleInfo,
  key: string,
): string | undefined {
  if (workflowId === undefined) return undefined
  // Ids of schedules have no "~", and names of runs may have no ".".
  const name = `sched_${scheduleId}_${key}`.replaceAll('.', '~')
  return mintWorkflowRunId(() => name, boundTo, workflowId)
}

/** Starts it, or joins what it has started before. An answer that is `ok` is JSON, of an agent's with its `runId`. */
export async function startTarget(
  parts: ScheduleParts,
  info: ScheduleInfo,
  trigger: Trigger,
): Promise<Response> {
  const { services } = parts
  if (info.workflowId !== undefined) {
    const address = addressOf(parts, info, trigger)
    return services.callRun(address, {
      type: 'start',
      request: runRequest(parts, info, trigger),
      address,
      format: 'ack',
    })
  }
  if (!services.getAgent(info.agentId))
    return errorResponse(new EdgewiseError('agent_not_found', `There is no agent "${info.agentId}"`))
  const scope = `${parts.address}_${trigger.key}`
  const id = await digest(scope)
  const { threadId } = info
  const address = threadId === undefined ? runAddress(id) : threadAddress(parts.boundTo, threadId)
  const request = { ...turnRequest(parts, info, trigger, address, id), idempotency: { scope, hash: id } }
  return services.callThread(address, { type: 'start', request, address, format: 'receipt' })
}

/** Asks how it stands. */
export function askTarget(parts: ScheduleParts, info: ScheduleInfo, trigger: Trigger): Promise<Response> {
  const { services } = parts
  const address = addressOf(parts, info, trigger)
  const { runId = '' } = trigger
  return info.workflowId === undefined
    ? services.callThread(address, { type: 'standing', runId })
    : services.callRun(address, { type: 'record' })
}

function runRequest(parts: ScheduleParts, info: WorkflowSpec, trigger: Trigger): RunRequest {
  const { workflowId, inputData, initialState, runtimeContext, resourceId } = info
  return {
    runId: trigger.runId ?? '',
    workflowId,
    inputData,
    runtimeContext,
    trigger: triggerOf(parts, trigger),
    ...(initialState && { initialState }),
    ...(resourceId !== undefined && { resourceId }),
  }
}

function turnRequest(
  parts: ScheduleParts,
  { agentId, prompt, threadId, resourceId = NOBODY, runtimeContext, ifActive }: AgentSpec,
  trigger: Trigger,
  address: string,
  id: string,
): TurnRequest {
  const input: Message = {
    id: mintMessageId(() => `msg_${id}`, address),
    role: 'user',
    parts: [{ type: 'text', text: prompt }],
    createdAt: trigger.at,
  }
  const alone = { threadId: id, history: [], retentionMs: RETENTION_MS }
  return {
    agentId,
    resourceId,
    input,
    runtimeContext,
    trigger: triggerOf(parts, trigger),
    ...(threadId === undefined ? alone : { threadId }),
    ...(ifActive?.behavior === 'discard' && { isOnlyIfIdle: true }),
    ...(parts.boundTo !== undefined && { boundTo: parts.boundTo }),
  }
}

function triggerOf({ scheduleId }: ScheduleParts, { due }: Trigger) {
  return { scheduleId, scheduledFireAt: due }
}

function addressOf(
  { boundTo }: ScheduleParts,
  { workflowId }: ScheduleInfo,
  { runId = '' }: Trigger,
): string {
  const address =
    workflowId === undefined ? placeOfRun(runId)?.address : addressOfWorkflowRun(boundTo, workflowId, runId)
  if (address === undefined) throw new Error(`Cannot reach run "${runId}": it is another's`)
  return address
}
