import { addressOfWorkflowRun, mintWorkflowRunId } from '../protocol/run-id.ts'
import { threadSpace } from '../protocol/address.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { NewId } from '../protocol/id.ts'
import type { RunEvent } from '../protocol/run-event.ts'
import type { RunDescription } from '../protocol/workflow-graph.ts'
import type { RunCall } from '../runs/run-call.ts'
import { listRuns } from '../runs/run-list.ts'
import type { Documents } from '../storage/documents.ts'
import type { FlowDefinition } from '../workflows/graph.ts'
import type { EventReceipt, RunRecord, WorkflowResult } from '../workflows/result.ts'
import type { RunCommand, RunIds, WorkflowRunner } from '../workflows/runner.ts'
import { readErrorResponse } from '../formats/error-response.ts'
import { readEntries } from './read-entries.ts'

interface RunnerServices {
  newId: NewId
  documents(shard: string): Documents
  /** Sends a call to a run's object. The answer is what goes to the client, errors included. */
  callRun(address: string, call: RunCall): Promise<Response>
}

/** Runs workflows in Run objects. `boundTo` is the resource that the caller is bound to, if any: it reaches no other's runs. */
export function createWorkflowRunner(services: RunnerServices, boundTo?: string): WorkflowRunner {
  const send = (workflow: FlowDefinition, ids: RunIds, call: Call): Promise<Response> => {
    const address = addressOfWorkflowRun(boundTo, workflow.id, ids.runId)
    if (address === undefined) throw notFound(workflow, ids)
    return services.callRun(address, 'request' in call ? { ...call, address } : call)
  }
  const ask = async (workflow: FlowDefinition, ids: RunIds, call: Call): Promise<unknown> => {
    const response = await send(workflow, ids, call)
    if (!response.ok) throw await readErrorResponse(response)
    return response.json()
  }
  const commandCall = (
    workflow: FlowDefinition,
    ids: RunIds,
    command: RunCommand,
    format: CommandFormat,
  ): Call => {
    if (command.type === 'start') return toStart(workflow, ids, command, format)
    // What is sent again on its way is known, and taken once.
    if (command.type !== 'travel') return { nonce: services.newId('call'), ...command, format }
    const { type, fromRunId, ...request } = command
    const address = addressOfWorkflowRun(boundTo, workflow.id, fromRunId)
    if (address === undefined) throw notFound(workflow, { runId: fromRunId })
    const from = { runId: fromRunId, address }
    return { type, format, request: { ...request, from, runId: ids.runId, workflowId: workflow.id } }
  }
  return {
    newRunId: (workflowId) => mintWorkflowRunId(services.newId, boundTo, workflowId),
    // Proof of these casts: the object gives them as lib/runs/answer.ts says.
    run: async (workflow, ids, command) =>
      (await ask(workflow, ids, commandCall(workflow, ids, command, 'json'))) as WorkflowResult,
    begin: async (workflow, ids, command) => {
      await ask(workflow, ids, commandCall(workflow, ids, command, 'ack'))
    },
    stream: (workflow, ids, command) =>
      readEntries<RunEvent>(async () => send(workflow, ids, commandCall(workflow, ids, command, 'native'))),
    observe: (workflow, ids, after) =>
      readEntries<RunEvent>(async () => send(workflow, ids, { type: 'follow', after, format: 'native' })),
    result: async (workflow, ids) => (await ask(workflow, ids, { type: 'result' })) as WorkflowResult,
    get: (workflow, ids) =>
      unlessMissing(async () => (await ask(workflow, ids, { type: 'record' })) as RunRecord, undefined),
    describe: async (workflow, ids) => (await ask(workflow, ids, { type: 'describe' })) as RunDescription,
    // An id of ours goes along, so that what is sent twice on its way comes once.
    sendEvent: async (workflow, ids, { id = services.newId('evt'), event, data }) =>
      (await ask(workflow, ids, { type: 'event', id, event, data })) as EventReceipt,
    cancel: async (workflow, ids, runtimeContext) =>
      (await ask(workflow, ids, { type: 'cancel', ...(runtimeContext && { runtimeContext }) })) !== false,
    remove: (workflow, ids) =>
      unlessMissing(async () => (await ask(workflow, ids, { type: 'remove' })) === true, false),
    list: (workflow, query) => listRuns(workflow.id, threadSpace(boundTo), query, services.documents),
  }
}

type Call =
  | Exclude<RunCall, { address: string }>
  | Omit<RunCall & { type: 'start' }, 'address'>
  | Omit<RunCall & { type: 'travel' }, 'address'>

type CommandFormat = 'json' | 'ack' | 'native'

function toStart(
  workflow: FlowDefinition,
  { runId, resourceId }: RunIds,
  { type: _type, ...given }: RunCommand & { type: 'start' },
  format: CommandFormat,
): Call {
  const owner = resourceId === undefined ? {} : { resourceId }
  return { type: 'start', format, request: { ...given, ...owner, runId, workflowId: workflow.id } }
}

async function unlessMissing<Found, Missing>(
  look: () => Promise<Found>,
  missing: Missing,
): Promise<Found | Missing> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof EdgewiseError && error.code === 'run_not_found') return missing
    throw error
  }
}

function notFound(workflow: FlowDefinition, { runId }: RunIds): EdgewiseError {
  return new EdgewiseError('run_not_found', `There is no run "${runId}" of workflow "${workflow.id}"`)
}
