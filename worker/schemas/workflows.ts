import * as z from 'zod'

const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((value) => value.isWellFormed(), 'must be well-formed Unicode')

/** It may hold the name of the object that the run is in. */
const runId = text(8192)
const workflowId = text(256)
const resourceId = text(256)
const runtimeContext = z.record(z.string(), z.unknown()).optional()

export const workflowParams = z.object({ workflowId })
export const workflowRunParams = z.object({ workflowId, runId })
export const eventParams = z.object({ runId })

/** A run that the caller names; without a name it gets one. */
export const maybeRunQuery = z.object({ runId: runId.optional() })
export const runQuery = z.object({ runId })
export const observeQuery = z.object({ runId, offset: z.coerce.number<string>().int().min(0).default(0) })

/** `workflowId` is needed for a run whose id the caller chose. */
export const runGraphQuery = z.object({ workflowId: workflowId.optional() })

export const runEventsQuery = z.object({
  after: z.string().max(64).optional(),
  /** `end`, the default, stays while the run waits for somebody. */
  until: z.enum(['idle', 'end']).optional(),
  /** Needed for a run whose id the caller chose. */
  workflowId: workflowId.optional(),
})

export const sendEventBody = z.object({
  /** The name that a step waits for. */
  event: text(256),
  data: z.json().optional(),
  /** Of several events under one id the first counts. Default: the Idempotency-Key. */
  id: text(256).optional(),
})

export const recordQuery = z.object({
  /** Names of the fields that are wanted, separated by commas. */
  fields: z.string().max(1000).optional(),
})

const count = (max: number) => z.coerce.number<string>().int().min(0).max(max).optional()
const MAX_PAGE = 1000

/** Mastra's client says `false` for all there are. */
const size = z.preprocess((value) => (value === 'false' ? String(MAX_PAGE) : value), count(MAX_PAGE))
const moment = z.coerce.date<string>('must be a date').optional()

export const runsQuery = z.object({
  page: count(1000),
  perPage: size,
  offset: count(10_000),
  limit: size,
  fromDate: moment,
  toDate: moment,
  resourceId: resourceId.optional(),
  status: z
    .enum(['pending', 'running', 'waiting', 'suspended', 'paused', 'success', 'failed', 'canceled'])
    .optional(),
})

export const createRunBody = z.object({ resourceId: resourceId.optional() })

export const startBody = z.object({
  inputData: z.json().optional(),
  initialState: z.record(z.string(), z.json()).optional(),
  resourceId: resourceId.optional(),
  requestContext: runtimeContext,
  runtimeContext,
  /** `false`: the stream stays while the run waits for somebody. */
  closeOnSuspend: z.boolean().optional(),
  perStep: z.boolean().optional(),
})

export const resumeRunBody = z.object({
  /** A step's id; of one inside other workflows the ids from the outside in, or joined by dots. */
  step: z.union([text(1024), z.array(text(256)).min(1).max(32)]).optional(),
  label: text(256).optional(),
  forEachIndex: z.int().min(0).optional(),
  resumeData: z.json().optional(),
  requestContext: runtimeContext,
  runtimeContext,
  perStep: z.boolean().optional(),
})

/** Results of steps by their ids, as results show them: what of it is used is looked at there. */
const given = z.record(z.string(), z.json())

export const travelBody = z.object({
  /** As in {@link resumeRunBody}, or a path as events have it: `1.2` is the third item of the second node's list. */
  step: z.union([text(1024), z.array(text(256)).min(1).max(32)]),
  inputData: z.json().optional(),
  resumeData: z.json().optional(),
  initialState: z.record(z.string(), z.json()).optional(),
  context: given.optional(),
  nestedStepsContext: z.record(z.string(), given).optional(),
  requestContext: runtimeContext,
  runtimeContext,
  perStep: z.boolean().optional(),
})

/** What only that client's other servers take is passed over. */
export const restartBody = z.object({ requestContext: runtimeContext, runtimeContext })

/** Secrets that the run's compensations need. */
export const cancelBody = restartBody.optional()
