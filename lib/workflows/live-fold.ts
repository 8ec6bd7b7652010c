import type { RunEvent, StepPath } from '../protocol/run-event.ts'
import type { LiveCompensation, LiveStatus } from '../protocol/workflow-graph.ts'

/** One execution, of a step at a place. */
export interface Execution {
  status: LiveStatus
  attempt: number
  startedAt: number
  endedAt?: number
  due?: number
  label?: string
  childRunId?: string
  childStatus?: 'running' | 'suspended' | 'waiting'
  error?: { name: string; message: string; code?: string }
  compensation?: LiveCompensation
}

/** What a run has done at each of its places: a fold of its events that forgets nothing of what has settled. */
export class LiveFold {
  readonly executions = new Map<StepPath, Execution>()
  readonly chosen = new Map<StepPath, readonly number[]>()
  /** Nothing new begins. */
  isOver = false
  /** A run that is canceled, or was: what is stopped has not failed. */
  #isCanceled = false
  /** What the run's end has left: a restart goes on with it. */
  readonly #left = new Map<StepPath, Execution>()

  take(event: RunEvent): void {
    switch (event.type) {
      case 'run-compensate':
      case 'run-end':
      case 'run-restart':
        return this.#takeRun(event)
      case 'compensate-start':
      case 'compensate-result':
      case 'compensate-retry':
      case 'compensate-suspend':
      case 'compensate-fail':
        return this.#compensate(event)
      case 'branch-decision':
        this.chosen.set(event.path, event.chosen)
        return
      case 'step-start':
        // What its node decides is seen by what begins there.
        if (event.isDecision) return void this.executions.delete(event.path)
        return this.#begin(event)
      case 'child-start':
        return this.#begin(event, { childRunId: event.runId, childStatus: 'running' })
      case 'sleep-start':
        return this.#begin({ ...event, attempt: 1 }, { status: 'waiting', due: event.due })
      case 'event-wait': {
        const { due } = event
        return this.#begin(event, { status: 'waiting', ...(due !== undefined && { due }) })
      }
      case 'child-status': {
        const status = event.status === 'running' ? 'running' : 'waiting'
        this.#end(event.path, undefined, status).childStatus = event.status
        return
      }
      case 'step-result':
        this.#end(event.path, event.at, 'success')
        // What ran beside a step that ends its workflow, or within it, is no longer waited for.
        if (event.isBail) this.#leave(flowOf(event.path), event.at)
        return
      case 'step-fail': {
        const status = this.#isCanceled ? 'canceled' : 'failed'
        this.#end(event.path, event.at, status).error = event.error
        for (const around of aroundOf(event.path))
          if (this.executions.has(around)) this.#end(around, event.at, status).error = event.error
        return
      }
      case 'step-retry':
        Object.assign(this.#end(event.path, undefined, 'waiting'), { error: event.error, due: event.due })
        return
      case 'step-suspend': {
        const execution = this.#end(event.path, undefined, 'suspended')
        if (event.label !== undefined) execution.label = event.label
        return
      }
      default:
    }
  }

  #takeRun(event: RunEvent & { type: 'run-compensate' | 'run-end' | 'run-restart' }): void {
    if (event.type === 'run-compensate') {
      this.isOver = true
      this.#isCanceled = event.status === 'canceled'
    } else if (event.type === 'run-end') {
      this.isOver = true
      this.#left.clear()
      for (const [path, execution] of this.#leave('', event.at)) this.#left.set(path, execution)
    } else this.#restart()
  }

  /** What failed is begun again, and what it is in goes on, as does what was left beside it. */
  #restart(): void {
    this.isOver = false
    for (const [path, execution] of this.#left) this.executions.set(path, execution)
    for (const [path, { status }] of this.executions)
      if (status === 'failed') this.#end(path, undefined, 'running')
  }

  #compensate(event: RunEvent & { type: `compensate-${string}` }): void {
    const { at, path } = event
    // Nothing else is waited for by now.
    if (event.type === 'compensate-start') this.#leave('', at)
    const execution = this.executions.get(path)
    if (!execution) return
    const { attempt = 1, startedAt = at } = execution.compensation ?? {}
    const base = { attempt, startedAt }
    if (event.type === 'compensate-start')
      execution.compensation = { status: 'running', attempt: event.attempt, startedAt }
    else if (event.type === 'compensate-result')
      execution.compensation = { status: 'success', ...base, endedAt: at }
    else if (event.type === 'compensate-fail')
      execution.compensation = { status: 'failed', ...base, endedAt: at, error: event.error }
    else if (event.type === 'compensate-suspend') execution.compensation = { status: 'suspended', ...base }
    else execution.compensation = { status: 'waiting', ...base, due: event.due, error: event.error }
  }

  #begin(
    { path, attempt, at }: { path: StepPath; attempt: number; at: number },
    more: Partial<Execution> = {},
  ): void {
    const startedAt = this.executions.get(path)?.startedAt ?? at
    this.executions.set(path, { status: 'running', attempt, startedAt, ...more })
  }

  #end(path: StepPath, endedAt: number | undefined, status: LiveStatus): Execution {
    const { attempt = 1, startedAt = endedAt ?? 0, childRunId } = this.executions.get(path) ?? {}
    const execution: Execution = {
      status,
      attempt,
      startedAt,
      ...(endedAt !== undefined && { endedAt }),
      ...(childRunId !== undefined && { childRunId }),
    }
    this.executions.set(path, execution)
    return execution
  }

  /** What had not settled in a workflow never will. Gives it as it was. */
  #leave(prefix: string, at: number): [StepPath, Execution][] {
    const open = [...this.executions].filter(
      ([path, { status }]) => path.startsWith(prefix) && UNSETTLED.has(status),
    )
    for (const [path] of open) this.#end(path, at, 'canceled')
    return open
  }
}

const UNSETTLED = new Set<LiveStatus>(['running', 'waiting', 'suspended'])

/** What the paths begin with of all that is executed in the workflow that a path is in. */
function flowOf(path: StepPath): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

/** The paths of the workflows that a step is in, from the inside out. */
function* aroundOf(path: StepPath): Generator<StepPath> {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) yield path.slice(0, at)
}
