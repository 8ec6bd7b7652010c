import type { Edgewise } from '../lib/runtime/edgewise.ts'
import type { StoreHooks } from './store.ts'
import { storeClass } from './store.ts'
import type { ThreadHooks } from './thread.ts'
import { threadClass } from './thread.ts'

/**
 * The Durable Object classes of an app, for the Worker's entry to export. Their names are storage identity: what is
 * exported as `Thread` must stay `Thread`.
 */
export function objects(app: Edgewise, hooks: ThreadHooks & StoreHooks = {}) {
  return { Thread: threadClass(app, hooks), Store: storeClass(hooks) }
}
