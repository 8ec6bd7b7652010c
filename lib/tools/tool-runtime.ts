import type { Schedules } from '../cron/schedules.ts'
import type { Storage } from '../storage/storage.ts'
import type { Vectors } from '../storage/vectors.ts'

/**
 * What a tool reaches of the app that its agent is part of: what starts runs, and a shard of the app's storage behind
 * each port. A shard is anybody's who names it, whoever called.
 */
export interface ToolRuntime extends Storage {
  vectors(shard: string): Vectors
  /** What starts runs at set times: of a caller who is bound to a resource, that one's own. */
  schedules: Schedules
}

/** Of a bare definition, which is part of none. */
export const UNBOUND: ToolRuntime = {
  documents: () => missing('documents'),
  keyValue: () => missing('keyValue'),
  vectors: () => missing('vectors'),
  get schedules() {
    return missing('schedules')
  },
}

function missing(what: string): never {
  throw new ReferenceError(
    `Cannot reach ${what}: what runs is not bound, take it from the runtime with app.getAgent() or app.getWorkflow()`,
  )
}
