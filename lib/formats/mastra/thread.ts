import type { ErrorBody, Issue } from '../../protocol/error.ts'
import type { JsonObject, JsonValue } from '../../protocol/json.ts'
import type { ToolWait } from '../../protocol/message.ts'
import type { MastraMessage } from './message.ts'

/** A thread as ours lists it. Times are in milliseconds since 1970. */
export interface ThreadSource {
  threadId: string
  resourceId: string
  title: string
  metadata: JsonObject
  createdAt: number
  updatedAt: number
}

/** A thread as Mastra shows it. Times are ISO 8601. */
export interface MastraThread {
  id: string
  resourceId: string
  title: string
  metadata: JsonObject
  createdAt: string
  updatedAt: string
}

export function toMastraThread(thread: ThreadSource): MastraThread {
  const { threadId, resourceId, title, metadata, createdAt, updatedAt } = thread
  return {
    id: threadId,
    resourceId,
    title,
    metadata,
    createdAt: toIso(createdAt),
    updatedAt: toIso(updatedAt),
  }
}

/** Where a list was cut. `page` counts from 0; `total` is that of all pages. */
export interface Page {
  total: number
  page: number
  perPage: number
}

/** The body of `GET /api/memory/threads`. */
export function toThreadList(threads: readonly ThreadSource[], page: Page): Record<string, unknown> {
  return { threads: threads.map(toMastraThread), ...pageOf(page) }
}

/** The body of `GET /api/memory/threads/:id/messages`. */
export function toMessageList(messages: readonly MastraMessage[], page: Page): Record<string, unknown> {
  return { messages, ...pageOf(page), uiMessages: null }
}

/** A run that waits for somebody. */
export interface SuspendedRun {
  runId: string
  threadId?: string
  resourceId?: string
  /** In milliseconds since 1970. */
  suspendedAt: number
  calls: readonly { toolCallId: string; toolName: string; input: JsonValue; wait: ToolWait }[]
}

/** The body of `GET /api/agents/:id/suspended-runs`. */
export function toSuspendedRuns(runs: readonly SuspendedRun[], total: number): Record<string, unknown> {
  return { runs: runs.map(toSuspendedRun), total }
}

function toSuspendedRun({
  runId,
  threadId,
  resourceId,
  suspendedAt,
  calls,
}: SuspendedRun): Record<string, unknown> {
  return {
    runId,
    status: 'suspended',
    ...(threadId !== undefined && { threadId }),
    ...(resourceId !== undefined && { resourceId }),
    suspendedAt: toIso(suspendedAt),
    toolCalls: calls.map(({ toolCallId, toolName, input: args, wait }) => ({
      toolCallId,
      toolName,
      args,
      requiresApproval: wait.for === 'approval',
      ...(wait.contextKeys && { suspendPayload: { contextRequired: wait.contextKeys } }),
      ...(wait.payload !== undefined && { suspendPayload: wait.payload }),
    })),
  }
}

/**
 * An error as Mastra answers it. `id` is that of the agent that was asked for: there an agent that is missing has
 * one sentence, whoever asks.
 */
export function toMastraError(
  { code, message, issues }: ErrorBody,
  id?: string,
): { error: string; issues?: Issue[] } {
  if (code === 'invalid_request' && issues) return { error: 'Invalid request body', issues }
  if (code === 'agent_not_found' && id !== undefined) return { error: `Agent with id ${id} not found` }
  return { error: message, ...(issues && { issues }) }
}

function pageOf({ total, page, perPage }: Page): Page & { hasMore: boolean } {
  return { total, page, perPage, hasMore: (page + 1) * perPage < total }
}

function toIso(time: number): string {
  return new Date(time).toISOString()
}
