import type { Declared, Timing } from '../cron/timing.ts'
import { declareTimings } from '../cron/timing.ts'
import type { JsonObject, JsonValue } from '../protocol/json.ts'
import type { Schema } from '../schema/schema.ts'
import { joinField, parseNow } from '../schema/schema.ts'

/** When a workflow is started by itself, and with what. */
export interface ScheduleOptions<Input = unknown> extends Timing {
  /** It must fit the workflow's `inputSchema`. Default: null. */
  inputData?: Input
  initialState?: JsonObject
}

/** A schedule of a workflow that the code declares. JSON throughout. */
export type DeclaredSchedule = Declared & {
  workflowId: string
  agentId?: never
  inputData: JsonValue
  initialState?: JsonObject
}

interface Schemas {
  inputSchema: Schema | undefined
  stateSchema: Schema | undefined
}

/** @throws TypeError for what can be no schedule, or does not fit its workflow. */
export function declareSchedules(
  workflowId: string,
  given: ScheduleOptions | readonly ScheduleOptions[] | undefined,
  { inputSchema, stateSchema }: Schemas,
): DeclaredSchedule[] {
  return declareTimings({ kind: 'workflow', id: workflowId }, given).map(({ inputData = null, ...rest }) => {
    const misfit =
      findMisfit(inputSchema, 'inputData', inputData) ??
      (rest.initialState && findMisfit(stateSchema, 'initialState', rest.initialState))
    if (misfit !== undefined)
      throw new TypeError(
        `Cannot create workflow "${workflowId}": its schedule "${rest.id}" does not fit: ${misfit}`,
      )
    // It was just found to be JSON.
    return { ...rest, workflowId, inputData: inputData as JsonValue }
  })
}

/** Where a value does not fit; undefined also where that cannot be told at once. */
function findMisfit(schema: Schema | undefined, field: string, value: unknown): string | undefined {
  const parsed = schema && parseNow(schema, value)
  if (!parsed || parsed.ok) return undefined
  return parsed.issues.map((issue) => `${joinField(field, issue.field)}: ${issue.message}`).join('; ')
}
