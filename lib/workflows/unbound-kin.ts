import type { JsonObject, JsonValue } from '../protocol/json.ts'
import type { ParentRun } from '../protocol/run-event.ts'
import type { Drive } from './drive.ts'
import { toStepError } from './execute.ts'
import type { FlowDefinition } from './graph.ts'
import type { ChildNews, KinMessage } from './kin.ts'
import { MAX_DEPTH, hearChild } from './kin.ts'
import type { RunState, Unit } from './run-state.ts'
import { stepOf } from './run-state.ts'
import type { RunIds } from './runner.ts'

/** A run in memory, as its kin sees it. */
export interface Relative {
  run: RunState
  drive: Drive
  runtimeContext: JsonObject
  /** The run that has started it. */
  parent?: Relative
  /** What it tells its kin, one after the other. */
  telling: Promise<void>
}

/** How the kin of a run in memory is reached. */
export interface KinPorts {
  start(
    workflow: FlowDefinition,
    ids: RunIds,
    asked: { inputData: JsonValue; runtimeContext: JsonObject; held: Relative; link: ParentRun },
  ): Promise<void>
  cancel(workflow: FlowDefinition, runId: string): Promise<void>
}

/** Tells a run's kin in memory what follows from a commit. */
export function tellKin(held: Relative, messages: readonly KinMessage[], ports: KinPorts): void {
  for (const message of messages)
    held.telling = held.telling.then(() => tell(held, message, ports)).catch(() => undefined)
}

/** A run is told how one that it has started stands. */
export function hear({ run, drive }: Relative, news: ChildNews): Promise<void> {
  return drive.submit(hearChild(run, news, Date.now, Math.random)).catch(() => undefined)
}

async function tell(held: Relative, message: KinMessage, ports: KinPorts): Promise<void> {
  if (message.type === 'tell') return held.parent && hear(held.parent, message.news)
  const { unit, child } = message
  const definition = definitionOf(unit)
  if (message.type === 'cancel') return definition && ports.cancel(definition, child.runId)
  try {
    await startChild(held, message, definition, ports)
  } catch (error) {
    const { path } = unit
    await hear(held, { path, runId: child.runId, status: 'failed', error: toStepError(error), isFinal: true })
  }
}

async function startChild(
  held: Relative,
  { unit, child: { runId, workflowId } }: Extract<KinMessage, { type: 'start' }>,
  definition: FlowDefinition | undefined,
  ports: KinPorts,
): Promise<void> {
  const { run, runtimeContext } = held
  const depth = (run.parent?.depth ?? 0) + 1
  if (!definition)
    throw new ReferenceError(
      `Cannot start a run of workflow "${workflowId}" by its id: the workflow is not bound, take it from the runtime with app.getWorkflow()`,
    )
  if (depth > MAX_DEPTH) throw new RangeError(`Runs may start runs ${MAX_DEPTH} deep`)
  const { runId: parentId, resourceId } = run
  const link = { address: '', runId: parentId, path: unit.path, depth }
  const ids = { runId, ...(resourceId !== undefined && { resourceId }) }
  await ports.start(definition, ids, { inputData: unit.input, runtimeContext, held, link })
}

/** Only `createWorkflow` makes what has a workflow's kind. */
function definitionOf(unit: Unit): FlowDefinition | undefined {
  return stepOf(unit)?.starts?.definition as FlowDefinition | undefined
}
