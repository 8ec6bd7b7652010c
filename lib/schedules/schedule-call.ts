import type { ScheduleChange, DeclaredSpec, ScheduleSpec, ScheduleStatus } from './schedule-info.ts'

/** What is asked of a schedule's object, in the body of an internal request. Each may come twice. */
export type ScheduleCall =
  /** `nonce` is of one caller's wish: the same wish that comes again finds what it has made. */
  | { type: 'schedule-create'; nonce: string; spec: ScheduleSpec; status?: ScheduleStatus }
  /** The code says that there is this schedule, or with no `spec` that there no longer is. */
  | { type: 'schedule-declare'; spec?: DeclaredSpec }
  | { type: 'schedule-get' }
  | { type: 'schedule-change'; change: ScheduleChange }
  | { type: 'schedule-remove' }
  /** All that its owner has is erased: it goes, if it was made no later than that. Says whether nothing is left of it. */
  | { type: 'schedule-erase'; resourceId: string; before: number }
  /** Starts a run now. Of one `nonce` one. */
  | { type: 'schedule-run'; nonce: string }
  | { type: 'schedule-triggers'; limit: number; from?: number; to?: number }
  /** Whatever is due is done, should the alarm have been lost. */
  | { type: 'schedule-nudge' }
