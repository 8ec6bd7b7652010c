import type { RunServices } from '../runs/parts.ts'
import type { Platform } from '../storage/platform.ts'
import type { ScheduleRows } from './schedule-rows.ts'

/** What schedules need beside their object. */
export type ScheduleServices = Pick<
  RunServices,
  'now' | 'logger' | 'documents' | 'secretKeys' | 'getWorkflow' | 'callRun' | 'afterCommit'
>

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
