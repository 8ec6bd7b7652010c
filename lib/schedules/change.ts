import { findProblem } from '../cron/timing.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { FlowDefinition } from '../workflows/graph.ts'
import { checkInput, checkState } from '../workflows/input.ts'
import { nextDue } from './due.ts'
import type { ScheduleParts } from './parts.ts'
import type {
  DeclaredSpec,
  ScheduleChange,
  ScheduleInfo,
  ScheduleSpec,
  ScheduleStatus,
} from './schedule-info.ts'
import type { ScheduleMeta } from './schedule-rows.ts'

/** A schedule that was deleted a moment ago must not outrank the one that begins anew under its id. */
const AHEAD_OF_DELETION = 1000

/** What a schedule keeps of its runs' input, context and the like has at most so many characters. */
const MAX_LENGTH = 200_000

/**
 * What a workflow is to be given must fit it, if there still is one.
 *
 * @throws EdgewiseError `invalid_request` that names the field.
 */
export async function checkFit(
  definition: FlowDefinition | undefined,
  { inputData, initialState }: ScheduleChange,
): Promise<void> {
  if (!definition) return
  if (inputData !== undefined) await checkInput(definition, inputData)
  await checkState(definition, initialState)
}

/** A schedule that begins now. @throws EdgewiseError `invalid_request` for what it cannot be. */
export function createMeta(
  parts: ScheduleParts,
  spec: ScheduleSpec,
  {
    nonce,
    status = 'active',
    known,
  }: { nonce: string; status?: ScheduleStatus | undefined; known: ScheduleMeta | undefined },
): ScheduleMeta {
  checkKind(spec, spec)
  check(parts, spec)
  const now = parts.services.now()
  const times = { createdAt: now, updatedAt: now, nextAt: nextDue(spec, now) }
  const info = { ...spec, id: parts.scheduleId, status, isDeclared: false, ...times }
  return { info, nonce, version: Math.max((known?.version ?? 0) + 1, now + AHEAD_OF_DELETION), told: 0 }
}

/** A schedule as it is to be from now on; undefined if it is so already. @throws as {@link createMeta}. */
export function changeMeta(
  parts: ScheduleParts,
  meta: ScheduleMeta,
  { status = meta.info.status, ...given }: ScheduleChange,
): ScheduleMeta | undefined {
  const { info } = meta
  checkKind(info, given)
  if (info.workflowId === undefined && given.resourceId !== undefined)
    throw invalid('resourceId', 'cannot be changed of a schedule of an agent: make another')
  // What was given is of its kind.
  const spec = { ...info, ...given } as ScheduleInfo
  const isSame = JSON.stringify(spec) === JSON.stringify(info)
  if (isSame && status === info.status) return undefined
  if (!isSame && meta.declared !== undefined)
    throw new EdgewiseError(
      'invalid_request',
      `Schedule "${info.id}" is declared in the code: change it there; here it may be paused`,
      { issues: Object.keys(given).map((field) => ({ field, message: 'is said by the code' })) },
    )
  check(parts, spec)
  return moveOn(parts, meta, { ...meta, info: { ...spec, status } })
}

/**
 * The schedule as the code declares it, or gone if it does not; undefined if nothing changes. Whether it is paused is
 * not the code's to say.
 */
export function declareMeta(
  parts: ScheduleParts,
  known: ScheduleMeta | undefined,
  spec: DeclaredSpec | undefined,
): ScheduleMeta | undefined {
  if (!spec) {
    if (known?.declared === undefined || known.isDeleted) return undefined
    return { ...known, isDeleted: true, version: known.version + 1 }
  }
  const declared = JSON.stringify(spec)
  if (!known || known.isDeleted) {
    const { info, ...made } = createMeta(parts, spec, { nonce: '', known })
    return { ...made, declared, info: { ...info, isDeclared: true } }
  }
  if (known.declared === declared) return undefined
  const { status, isDeclared, createdAt, updatedAt, nextAt, lastAt, lastRunId } = known.info
  const past = { ...(lastAt !== undefined && { lastAt }), ...(lastRunId !== undefined && { lastRunId }) }
  const info = { ...spec, status, isDeclared, createdAt, updatedAt, nextAt, ...past }
  return moveOn(parts, known, { ...known, declared, info })
}

/** Where the time was changed, or the schedule is active again, what lay behind is not made up for. */
function moveOn({ services }: ScheduleParts, before: ScheduleMeta, after: ScheduleMeta): ScheduleMeta {
  const now = services.now()
  const { info } = after
  const isTimed = info.cron !== before.info.cron || info.timezone !== before.info.timezone
  const isBack = info.status !== before.info.status
  const nextAt = isTimed || isBack ? nextDue(info, now) : info.nextAt
  return { ...after, version: Math.max(after.version + 1, now), info: { ...info, updatedAt: now, nextAt } }
}

const OF_WORKFLOWS = ['inputData', 'initialState']
const OF_AGENTS = ['prompt', 'name', 'threadId', 'ifActive']

function checkKind({ workflowId }: Pick<ScheduleSpec, 'workflowId'>, given: object): void {
  const isAgents = workflowId === undefined
  const foreign = (isAgents ? OF_WORKFLOWS : OF_AGENTS).find((field) => field in given)
  if (foreign !== undefined)
    throw invalid(foreign, `is not of a schedule of ${isAgents ? 'an agent' : 'a workflow'}`)
}

function check({ services }: ScheduleParts, spec: ScheduleSpec): void {
  const problem = findProblem(spec)
  if (problem) throw invalid(problem.field, problem.message)
  const secret = services.secretKeys.find((key) => Object.hasOwn(spec.runtimeContext, key))
  if (secret !== undefined) throw invalid(`requestContext.${secret}`, 'is secret: a schedule cannot keep it')
  if (JSON.stringify(spec).length > MAX_LENGTH)
    throw invalid('inputData', `has more than ${MAX_LENGTH} characters`)
}

/** What a schedule cannot have, by its field. */
export function invalid(field: string, message: string): EdgewiseError {
  return new EdgewiseError('invalid_request', `Invalid schedule: ${field}: ${message}`, {
    issues: [{ field, message }],
  })
}
