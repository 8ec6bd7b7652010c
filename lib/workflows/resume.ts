import { EdgewiseError } from '../protocol/error.ts'
import type { JsonValue } from '../protocol/json.ts'
import type { RunEvent, StepStart } from '../protocol/run-event.ts'
import type { Schema } from '../schema/schema.ts'
import { executableAt } from './graph.ts'
import type { Flow, RunState, Unit } from './run-state.ts'
import { DECISION } from './run-state.ts'
import type { ResumeTarget } from './runner.ts'

/**
 * The suspended unit that is meant.
 *
 * @throws EdgewiseError `run_not_suspended` if it is not suspended; `invalid_request` if it is not clear which is meant.
 */
export function findSuspended(run: RunState, { step, label, forEachIndex }: ResumeTarget): Unit {
  // One that is about to end asks nobody any more, one that waits for its turn not yet.
  if (run.suspended.size === 0 || run.unwinding || run.status === 'pending')
    throw new EdgewiseError('run_not_suspended', 'This workflow run was not suspended')
  if (run.failure && !run.outcome)
    throw new EdgewiseError(
      'run_not_suspended',
      'A step of this workflow run has failed, and the run fails with it: what waits can be answered after a restart',
    )
  if (label !== undefined) return findLabel(run, label, forEachIndex)
  const path = step === undefined ? [] : typeof step === 'string' ? step.split('.') : step
  const found = candidates(run.root, path, forEachIndex)
  if (found.length === 1 && found[0]) return found[0]
  const have = [...run.suspended].map((unit) => idsOf(unit).join('.'))
  if (found.length === 0)
    throw new EdgewiseError(
      'run_not_suspended',
      `Step "${path.join('.')}"${forEachIndex === undefined ? '' : ` at index ${forEachIndex}`} is not suspended (suspended: ${list(have)})`,
    )
  const isList = new Set(found.map(({ flow, stepId }) => `${flow.prefix}/${stepId}`)).size === 1
  const field = isList ? 'forEachIndex' : 'step'
  const message = `Cannot resume: several steps are suspended (${list(have)}), say which with ${field}`
  throw new EdgewiseError('invalid_request', message, { issues: [{ field, message: 'is needed' }] })
}

/** The schema of what the unit is to be answered. */
export function resumeSchemaOf({ flow, sub, lacksContext }: Unit): Schema | undefined {
  // It is not the step that is answered.
  if (lacksContext) return undefined
  const executable = flow.node && executableAt(flow.node.definition, sub)
  return executable?.kind === 'step' ? executable.resumeSchema : undefined
}

/** The events by which a suspended unit goes on. */
export function resumeEvents(
  run: RunState,
  unit: Unit,
  resumeData: JsonValue,
  at: number,
  { perStep, ...sent }: { perStep: boolean; nonce?: string },
): RunEvent[] {
  const again = startAgain(unit, at)
  // What asked for secrets is begun again with them, as if nothing had been.
  const start = unit.lacksContext ? again : ({ ...again, isResumed: true, resumeData } as const)
  if (run.status === 'running' && !perStep) return [{ ...start, ...sent }]
  return [{ ...resumeEvent(at, perStep), ...sent }, start]
}

/** What is suspended is begun again. */
export function startAgain({ path, stepId, attempt, sub, lacksContext }: Unit, at: number): StepStart {
  const { isReconciling } = lacksContext ?? {}
  return {
    type: 'step-start',
    at,
    path,
    stepId,
    attempt: attempt + 1,
    ...(isReconciling && { isReconciling }),
    ...(sub === DECISION && { isDecision: true }),
  }
}

/** A run goes on, with `perStep` to its next step only. */
export function resumeEvent(at: number, perStep: boolean): RunEvent {
  return { type: 'run-resume', at, ...(perStep && { perStep }) }
}

/** Somebody else's answer came first. */
export function alreadyResumed(): EdgewiseError {
  return new EdgewiseError('run_not_suspended', 'This workflow run was not suspended')
}

/** The ids of a unit's step and of the steps that it is in, from the outside in. */
export function idsOf(unit: Unit): string[] {
  const { unit: around } = unit.flow
  return around ? [...idsOf(around), unit.stepId] : [unit.stepId]
}

/** The unit's place in the outermost list that it is in. */
export function indexOf(unit: Unit): number | undefined {
  let found: number | undefined
  for (let around: Unit | undefined = unit; around; around = around.flow.unit)
    if (around.flow.node?.definition.type === 'foreach') found = around.sub
  return found
}

function findLabel(run: RunState, label: string, forEachIndex: number | undefined): Unit {
  const found = [...run.suspended].filter(
    (unit) => unit.label === label && (forEachIndex === undefined || indexOf(unit) === forEachIndex),
  )
  if (found.length === 1 && found[0]) return found[0]
  const labels = [...run.suspended].flatMap((unit) => (unit.label === undefined ? [] : [unit.label]))
  if (found.length === 0)
    throw new EdgewiseError(
      'run_not_suspended',
      `No step is suspended under the label "${label}" (have: ${list(labels)})`,
    )
  const message = `Cannot resume: several items are suspended under the label "${label}", say which with forEachIndex`
  throw new EdgewiseError('invalid_request', message, {
    issues: [{ field: 'forEachIndex', message: 'is needed' }],
  })
}

/** The suspended units under a path of ids; what the path leaves open is all that is suspended there. */
function candidates(flow: Flow, path: readonly string[], forEachIndex: number | undefined): Unit[] {
  const [id, ...rest] = path
  const { node } = flow
  if (!node) return []
  const isList = node.definition.type === 'foreach'
  return [...node.units.values()].flatMap((unit) => {
    if (id !== undefined && unit.stepId !== id) return []
    if (isList && forEachIndex !== undefined && unit.sub !== forEachIndex) return []
    if (unit.inner) return candidates(unit.inner, rest, isList ? undefined : forEachIndex)
    return unit.status === 'suspended' && rest.length === 0 ? [unit] : []
  })
}

function list(names: string[]): string {
  const unique = [...new Set(names)]
  return unique.length > 10
    ? `${unique.slice(0, 10).join(', ')} and ${unique.length - 10} more`
    : unique.join(', ') || 'none'
}
