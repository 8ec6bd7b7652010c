import type { Schedules } from '../cron/schedules.ts'

/** What a tool reaches of the app that its agent is part of. */
export interface ToolRuntime {
  /** What starts runs at set times: of a caller who is bound to a resource, that one's own. */
  schedules: Schedules
}

/** Of a bare definition, which is part of none. */
export const UNBOUND: ToolRuntime = {
  get schedules(): never {
    throw new ReferenceError(
      'Cannot reach schedules: what runs is not bound, take it from the runtime with app.getAgent() or app.getWorkflow()',
    )
  },
}
