import type { Documents } from './documents.ts'
import type { KeyValue } from './key-value.ts'

/**
 * Where an app keeps what is not a thread's or a run's own. A shard is a space of its own, named by what owns it
 * (`resource/ann`): what is put in one is not seen in another.
 */
export interface Storage {
  documents(shard: string): Documents
  keyValue(shard: string): KeyValue
}
