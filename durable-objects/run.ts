import { DurableObject } from 'cloudflare:workers'
import { callerIn } from '../lib/protocol/address.ts'
import { EdgewiseError } from '../lib/protocol/error.ts'
import type { Runtime, RuntimeEnv } from '../lib/runtime/create.ts'
import { runtimeOf } from '../lib/runtime/create.ts'
import type { Edgewise } from '../lib/runtime/edgewise.ts'
import type { Held } from '../lib/runtime/hold.ts'
import { hold } from '../lib/runtime/hold.ts'
import { errorField } from '../lib/telemetry/logger.ts'
import { errorResponse } from '../lib/formats/error-response.ts'
import type { Platform } from '../lib/storage/platform.ts'
import { ObjectName } from './object-name.ts'
import { objectPlatform } from './platform.ts'

export interface RunHooks {
  /** For tests of recovery: called after each commit of a run. It may abort the object. */
  afterCommit?: (state: DurableObjectState) => Promise<void>
  /** For tests that count: what the run is given in place of {@link objectPlatform}. */
  platform?: (state: DurableObjectState) => Platform
}

/** The object of a workflow's run, a schedule, a queue or an erasure: a coat over what its name says, which knows nothing of the platform. */
export function runClass(app: Edgewise, hooks: RunHooks) {
  // Not called Run as what it may hold is: an unminified bundle would take the one for the other.
  return class RunObject extends DurableObject<RuntimeEnv> {
    readonly #runtime: Runtime
    readonly #name: ObjectName
    #held: Held | undefined

    constructor(ctx: DurableObjectState, env: RuntimeEnv) {
      super(ctx, env)
      const { platform = objectPlatform } = hooks
      this.#runtime = runtimeOf(app, env)
      // An alarm has the name as well.
      this.#name = new ObjectName(ctx.id.name, platform(ctx))
      if (ctx.id.name !== undefined) this.#held = this.#hold()
    }

    #hold(): Held {
      const { afterCommit } = hooks
      const { ctx } = this
      const { value, platform } = this.#name
      const workflows = new Map(Object.values(app.options.workflows ?? {}).map((one) => [one.id, one]))
      const tests = afterCommit && { afterCommit: () => afterCommit(ctx) }
      return hold(value, platform, {
        ...this.#runtime,
        getWorkflow: (id) => workflows.get(id),
        getAgent: (id) => app.findAgent(id),
        runtime: this.#runtime.stepsOf(callerIn(value.split('/')[0] ?? '')),
        erasure: { ...this.#runtime, ...tests },
        ...tests,
      })
    }

    override async fetch(request: Request): Promise<Response> {
      try {
        // Only this app's own Worker can reach the object.
        const call: never = await request.json()
        this.#name.hear(request)
        this.#held ??= this.#hold()
        return await this.#held.answer(call)
      } catch (error) {
        if (error instanceof EdgewiseError) return errorResponse(error)
        this.#runtime.logger.error('run failed', errorField(error))
        return errorResponse(new EdgewiseError('internal', 'The run failed'))
      }
    }

    override async alarm(): Promise<void> {
      this.#held ??= this.#hold()
      await this.#held.alarm()
      await this.#name.forget()
    }
  }
}
