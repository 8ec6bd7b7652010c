import type { QueueCall } from './queue-call.ts'
import type { RunCall } from './run-call.ts'

/**
 * What a run tells another object, once it is committed. It arrives at least once, and after what was said to that
 * object before it: whoever gets it must know by its words that it has come twice.
 */
export interface Letter {
  /** The name of the object that it goes to. */
  address: string
  call: RunCall | QueueCall
}
