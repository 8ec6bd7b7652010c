import { DurableObject } from 'cloudflare:workers'
import { EdgewiseError } from '../lib/protocol/error.ts'
import { askThread } from '../lib/runtime/ask-thread.ts'
import type { Runtime, RuntimeEnv } from '../lib/runtime/create.ts'
import { runtimeOf } from '../lib/runtime/create.ts'
import type { Edgewise } from '../lib/runtime/edgewise.ts'
import { wait } from '../lib/streams/wait.ts'
import { errorField, withFields } from '../lib/telemetry/logger.ts'
import type { ThreadCall } from '../lib/threads/answer.ts'
import { errorResponse } from '../lib/formats/error-response.ts'
import { answerThreadCall } from '../lib/threads/answer.ts'
import type { MemoryCall } from '../lib/threads/memory-call.ts'
import { answerMemoryCall, MEMORY_URL } from '../lib/threads/memory-call.ts'
import type { Platform } from '../lib/storage/platform.ts'
import type { SuspendedRunInfo } from '../lib/threads/suspended-runs.ts'
import { suspendedRuns } from '../lib/threads/suspended-runs.ts'
import type { ThreadInfo } from '../lib/threads/thread-state.ts'
import { Thread as ThreadCore } from '../lib/threads/thread.ts'
import { objectPlatform } from './platform.ts'

export interface ThreadHooks {
  /** For tests of recovery: called after each commit of a turn. It may abort the object. */
  afterCommit?: (state: DurableObjectState) => Promise<void>
  /** For tests that count: what the thread is given in place of {@link objectPlatform}. */
  platform?: (state: DurableObjectState) => Platform
}

/** An alarm handler may run for 15 minutes; after this it returns and is set again. */
const ALARM_LIMIT_MS = 14 * 60_000

/** The object of a thread: a coat over {@link ThreadCore}, which knows nothing of the platform. */
export function threadClass(app: Edgewise, hooks: ThreadHooks) {
  // Not called Thread as what it wraps is: an unminified bundle would take the one for the other.
  return class ThreadObject extends DurableObject<RuntimeEnv> {
    readonly #thread: ThreadCore
    readonly #runtime: Runtime

    constructor(ctx: DurableObjectState, env: RuntimeEnv) {
      super(ctx, env)
      const { afterCommit, platform = objectPlatform } = hooks
      this.#runtime = runtimeOf(app, env)
      const own = platform(ctx)
      // What a turn logged is sent when it is done, and not later: nobody else may come by.
      const waitUntil: Platform['waitUntil'] = (work) =>
        own.waitUntil(work.finally(() => this.#runtime.flushLogs()))
      this.#thread = new ThreadCore(
        { ...own, waitUntil },
        {
          ...this.#runtime,
          logger: withFields(this.#runtime.logger, { object: ctx.id.name ?? ctx.id.toString() }),
          getAgent: (id) => app.findAgent(id),
          agents: () => app.agents,
          embedThread: (address, resourceId, before) =>
            askThread(this.#runtime, address, 'embed', { before }, resourceId),
          ...(afterCommit && { afterCommit: () => afterCommit(ctx) }),
        },
      )
    }

    override async fetch(request: Request): Promise<Response> {
      try {
        // Only this app's own Worker can reach the object.
        if (request.url === MEMORY_URL) {
          const call: MemoryCall = await request.json()
          return Response.json(await answerMemoryCall(this.#thread, call))
        }
        const call: ThreadCall = await request.json()
        return await answerThreadCall(this.#thread, call)
      } catch (error) {
        if (error instanceof EdgewiseError) return errorResponse(error)
        this.#runtime.logger.error('thread failed', errorField(error))
        return errorResponse(new EdgewiseError('internal', 'The thread failed'))
      }
    }

    override async alarm(): Promise<void> {
      const late = new AbortController()
      const limit = wait(ALARM_LIMIT_MS, late.signal).catch(() => undefined)
      await this.#thread.alarm(limit)
      late.abort()
    }

    /** Undefined if there is no such thread. */
    async info(): Promise<ThreadInfo | undefined> {
      await this.#thread.takeUp()
      return this.#thread.meta?.info
    }

    /** The runs that wait for a person; none if there is no such thread. */
    async suspendedRuns(): Promise<SuspendedRunInfo[]> {
      await this.#thread.takeUp()
      return suspendedRuns(this.#thread.parts)
    }

    /** The run that was stopped; undefined if none was to be. */
    async stop(runId?: string): Promise<string | undefined> {
      return this.#thread.stop(runId)
    }
  }
}
