import type { DeclaredAgentSchedule } from '../agents/schedule-options.ts'
import type { RunServices } from '../runs/parts.ts'
import type { Platform } from '../storage/platform.ts'
import type { ThreadCall } from '../threads/answer.ts'
import type { ScheduleRows } from './schedule-rows.ts'

/** What schedules need beside their object. */
export type ScheduleServices = Pick<
  RunServices,
  'now' | 'logger' | 'documents' | 'secretKeys' | 'getWorkflow' | 'callRun' | 'erasedAt' | 'afterCommit'
> & {
  getAgent(id: string): { schedules: readonly DeclaredAgentSchedule[] } | undefined
  /** Sends a call to a thread's object; the answer is what a client would get, errors included. */
  callThread(address: string, call: ThreadCall): Promise<Response>
}

/** What a schedule is made of; shared by what works on it. */
export interface ScheduleParts {
  /** The object's own name. */
  address: string
  /** Who may reach it: the resource, or anybody who is bound to none. */
  boundTo: string | undefined
  scheduleId: string
  platform: Platform
  services: ScheduleServices
  rows: ScheduleRows
}

/** One transaction; the next thing may follow from it, or the object may die. */
export async function commit({ platform, services }: ScheduleParts, body: () => void): Promise<void> {
  platform.sql.transaction(body)
  if (!services.afterCommit) return
  await platform.sync()
  await services.afterCommit()
}
