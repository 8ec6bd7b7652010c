import type { Edgewise } from '../lib/runtime/edgewise.ts'
import type { StoreHooks } from './store.ts'
import type { RunHooks } from './run.ts'
import { runClass } from './run.ts'
import { storeClass } from './store.ts'
import type { ThreadHooks } from './thread.ts'
import { threadClass } from './thread.ts'

/**
 * The Durable Object classes of an app, for the Worker's entry to export. Their names are storage identity: what is
 * exported as `Thread` must stay `Thread`.
 */
export function objects(app: Edgewise, hooks: ThreadHooks & RunHooks & StoreHooks = {}) {
  return { Thread: threadClass(app, hooks), Run: runClass(app, hooks), Store: storeClass(hooks, app) }
}
