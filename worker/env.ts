import type { ObjectNamespace, ThreadStub } from '../lib/runtime/calls.ts'
import type { RuntimeEnv } from '../lib/runtime/create.ts'
import type { SuspendedRunInfo } from '../lib/threads/suspended-runs.ts'
import type { ThreadInfo } from '../lib/threads/thread-state.ts'

/** A thread's object with all that the Worker asks of it. Same names and shapes as `durable-objects/thread.ts`. */
export interface ThreadObject extends ThreadStub {
  info(): Promise<ThreadInfo | undefined>
  stop(runId?: string): Promise<string | undefined>
  suspendedRuns(): Promise<SuspendedRunInfo[]>
}

/** Bindings, variables and secrets of the Worker. The one list of them. */
export interface Env extends RuntimeEnv {
  THREAD: ObjectNamespace<ThreadObject>
  /** The files of `assets/`. */
  ASSETS?: { fetch(url: string): Promise<Response> }
  /** The key that callers must send. Without it only local requests are answered. */
  EDGEWISE_API_KEY?: string
  /** Origins of web pages that may call, separated by commas; `*` for any. Pages from this machine always may. */
  EDGEWISE_CORS_ORIGINS?: string
}
