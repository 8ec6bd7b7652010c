import { DurableObject } from 'cloudflare:workers'
import { EdgewiseError } from '../lib/protocol/error.ts'
import { answerRunCall } from '../lib/runs/answer.ts'
import type { RunCall } from '../lib/runs/run-call.ts'
import { Run as RunCore } from '../lib/runs/run.ts'
import type { Runtime, RuntimeEnv } from '../lib/runtime/create.ts'
import { runtimeOf } from '../lib/runtime/create.ts'
import type { Edgewise } from '../lib/runtime/edgewise.ts'
import { errorField } from '../lib/telemetry/logger.ts'
import { errorResponse } from '../lib/formats/error-response.ts'
import type { Platform } from '../lib/storage/platform.ts'
import { objectPlatform } from './platform.ts'

export interface RunHooks {
  /** For tests of recovery: called after each commit of a run. It may abort the object. */
  afterCommit?: (state: DurableObjectState) => Promise<void>
  /** For tests that count: what the run is given in place of {@link objectPlatform}. */
  platform?: (state: DurableObjectState) => Platform
}

/** The object of a workflow's run: a coat over {@link RunCore}, which knows nothing of the platform. */
export function runClass(app: Edgewise, hooks: RunHooks) {
  // Not called Run as what it wraps is: an unminified bundle would take the one for the other.
  return class RunObject extends DurableObject<RuntimeEnv> {
    readonly #run: RunCore
    readonly #runtime: Runtime

    constructor(ctx: DurableObjectState, env: RuntimeEnv) {
      super(ctx, env)
      const { afterCommit, platform = objectPlatform } = hooks
      const workflows = new Map(Object.values(app.options.workflows ?? {}).map((one) => [one.id, one]))
      this.#runtime = runtimeOf(app, env)
      this.#run = new RunCore(platform(ctx), {
        ...this.#runtime,
        getWorkflow: (id) => workflows.get(id),
        runtime: this.#runtime.steps,
        ...(afterCommit && { afterCommit: () => afterCommit(ctx) }),
      })
    }

    override async fetch(request: Request): Promise<Response> {
      try {
        // Only this app's own Worker can reach the object.
        const call: RunCall = await request.json()
        return await answerRunCall(this.#run, call)
      } catch (error) {
        if (error instanceof EdgewiseError) return errorResponse(error)
        this.#runtime.logger.error('run failed', errorField(error))
        return errorResponse(new EdgewiseError('internal', 'The run failed'))
      }
    }

    override async alarm(): Promise<void> {
      await this.#run.alarm()
    }
  }
}
