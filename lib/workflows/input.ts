import { EdgewiseError } from '../protocol/error.ts'
import type { Issue } from '../protocol/error.ts'
import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { isRecord, toJson } from '../protocol/json.ts'
import type { Schema } from '../schema/schema.ts'
import { joinField, parse } from '../schema/schema.ts'
import type { FlowDefinition } from './graph.ts'

/** What a run is given, as the workflow's schema makes it. @throws EdgewiseError `invalid_request` with the issues. */
export async function checkInput({ inputSchema }: FlowDefinition, given: JsonValue): Promise<JsonValue> {
  return checkValue(inputSchema, given, 'input data', 'inputData')
}

/** The state that a run begins with. */
export async function checkState(
  { stateSchema }: FlowDefinition,
  given: JsonObject | undefined,
): Promise<JsonObject> {
  // A schema that needs nothing, or has defaults, may go without.
  if (!stateSchema || given === undefined) return given ?? {}
  const state = await checkValue(stateSchema, given, 'initial state', 'initialState')
  return isRecord(state) ? state : {}
}

/** What somebody answers to a step. */
export async function checkResume(schema: Schema | undefined, given: JsonValue): Promise<void> {
  await checkValue(schema, given, 'resume data', 'resumeData')
}

/** What an event brings to the steps that wait for it. */
export async function checkEventData(schema: Schema | undefined, given: JsonValue): Promise<void> {
  await checkValue(schema, given, 'event data', 'data')
}

async function checkValue(
  schema: Schema | undefined,
  given: JsonValue,
  what: string,
  field: string,
): Promise<JsonValue> {
  if (!schema) return given
  const parsed = await parse(schema, given)
  if (parsed.ok) return toJson(parsed.value)
  const issues = parsed.issues.map((issue) => ({ ...issue, field: joinField(field, issue.field) }))
  throw new EdgewiseError('invalid_request', `Invalid ${what}: ${listIssues(parsed.issues)}`, { issues })
}

/** One line an issue, as people read it. */
export function listIssues(issues: readonly Issue[]): string {
  return issues.map(({ field, message }) => `\n- ${field ? `${field}: ` : ''}${message}`).join('')
}
