import * as z from 'zod'
import type { ErrorCode } from '../../lib/protocol/error.ts'

// What routes of workflows and their runs answer, for the API document and the tests: see worker/answer-schemas.ts.

const workflow = z.looseObject({ name: z.string(), steps: z.record(z.string(), z.looseObject({})) })
const run = z.looseObject({ runId: z.string(), workflowName: z.string(), createdAt: z.string() })
const ended = z.looseObject({ runId: z.string(), status: z.string(), input: z.unknown() })
const told = z.looseObject({ message: z.string() })
const named = z.looseObject({ runId: z.string() })
const graph = z.looseObject({
  runId: z.string(),
  workflowId: z.string(),
  status: z.string(),
  after: z.string().describe('Events behind this place are not in the graph yet'),
  graph: z.array(z.looseObject({ type: z.string() })),
})

const missing: readonly ErrorCode[] = ['workflow_not_found']
const ofRun: readonly ErrorCode[] = ['workflow_not_found', 'run_not_found', 'workflow_changed']
const ofStart: readonly ErrorCode[] = [
  ...missing,
  'runtime_context_invalid',
  'resource_mismatch',
  'run_not_found',
  'workflow_changed',
]
const ofAnswer: readonly ErrorCode[] = [...ofRun, 'runtime_context_invalid', 'run_not_suspended']

/** What a route that sets a run going says, by how its caller wants to hear of it. */
function heardAs(errors: readonly ErrorCode[]) {
  return {
    ack: { answers: [{ description: 'It is on disk', json: named }], errors },
    json: {
      answers: [{ description: 'Where the run stands once it has ended or waits', json: ended }],
      errors,
    },
    stream: {
      answers: [{ description: 'JSON records, each ended by the byte 0x1E', mediaType: 'text/plain' }],
      errors,
    },
  } as const
}

export const whenStarted = heardAs(ofStart)
export const whenAnswered = heardAs(ofAnswer)
/** What was compensated is neither restarted nor taken over. */
export const whenRestarted = heardAs([...ofRun, 'runtime_context_invalid', 'run_compensated'])
export const whenTravelled = whenRestarted

export const whenListed = {
  answers: [{ description: 'Workflows by their ids', json: z.record(z.string(), workflow) }],
} as const
export const whenNothingToDo = {
  answers: [{ description: 'That there is nothing to do', json: told }],
  errors: missing,
} as const
export const whenShown = {
  answers: [{ description: 'The workflow', json: workflow }],
  errors: missing,
} as const
export const whenRunsListed = {
  answers: [{ description: 'A page of runs', json: z.looseObject({ runs: z.array(run), total: z.int() }) }],
  errors: [...missing, 'storage_unavailable'],
} as const
export const whenRunShown = { answers: [{ description: 'The run', json: run }], errors: ofRun } as const
export const whenCreated = {
  answers: [{ description: 'The id', json: named }],
  errors: [...missing, 'resource_mismatch', 'run_not_found'],
} as const
export const whenTold = { answers: [{ description: 'What was done', json: told }], errors: ofRun } as const
export const whenDrawn = { answers: [{ description: 'The graph', json: graph }], errors: ofRun } as const
export const whenFollowed = {
  answers: [
    { description: "The run's events", events: z.looseObject({ type: z.string() }) },
    { status: 204, description: 'Nothing more will come' },
  ],
  errors: ofRun,
} as const
