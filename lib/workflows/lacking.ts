import { EdgewiseError } from '../protocol/error.ts'
import type { StepSuspend } from '../protocol/run-event.ts'
import type { RuntimeContext } from '../protocol/runtime-context.ts'
import { openNode } from './open-node.ts'
import type { RunState, Unit } from './run-state.ts'
import { DECISION, placeOf } from './run-state.ts'

/** The secrets that somebody's code has read and that are not known any more; undefined if that is not what went wrong. */
export function lackOf(error: unknown, context: RuntimeContext): string[] | undefined {
  if (!(error instanceof EdgewiseError) || error.code !== 'context_required') return undefined
  return context.required.filter((key) => !context.has(key))
}

/** What is shown of code that waits for them. */
export function lackPayload(contextKeys: string[]): { for: string; contextKeys: string[] } {
  return { for: 'context', contextKeys }
}

/** A condition, or the time of a sleep, waits in place of what it is to decide about. */
export function openDecision(run: RunState, { path, stepId, at }: StepSuspend): Unit | undefined {
  const flow = placeOf(run, path)?.flow
  const node = flow && openNode(flow)
  if (!node) return undefined
  const place = { path, stepId, sub: DECISION, flow, input: flow.value }
  const unit: Unit = { ...place, status: 'running', attempt: 1, retries: 0, startedAt: at }
  node.units.set(DECISION, unit)
  return unit
}
