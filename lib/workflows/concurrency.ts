import { EdgewiseError } from '../protocol/error.ts'
import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'

/** How many runs of a workflow may be going at once. The others wait, first come, first served. */
export interface Concurrency<Input = unknown> {
  limit: number
  /** Runs with the same key are counted together. Default: all of the workflow are. */
  key?: string | ((given: { inputData: Input; runtimeContext: RuntimeContext }) => string)
}

const MAX_KEY_LENGTH = 256

/** @throws RangeError for a limit that cannot be. */
export function checkConcurrency(workflowId: string, { limit }: Concurrency<never>): void {
  if (Number.isInteger(limit) && limit >= 1) return
  throw new RangeError(
    `Cannot create workflow "${workflowId}": its concurrency has the limit ${limit}, it must be a whole number from 1`,
  )
}

/** What a run is counted under. @throws EdgewiseError `invalid_request` if the workflow cannot say. */
export function keyOf(
  { key = '' }: Concurrency<never>,
  inputData: JsonValue,
  runtimeContext: JsonObject,
): string {
  if (typeof key === 'string') return key
  let found: unknown
  try {
    // The builder has checked that it takes what the schema gives.
    found = key({ inputData: inputData as never, runtimeContext: new RuntimeContext(runtimeContext) })
  } catch (error) {
    throw refusal(error instanceof Error ? error.message : String(error))
  }
  if (typeof found === 'string' && found.length <= MAX_KEY_LENGTH && found.isWellFormed()) return found
  throw refusal(`it must be a text of at most ${MAX_KEY_LENGTH} characters`)
}

function refusal(why: string): EdgewiseError {
  const message = `The workflow has no concurrency key for this input: ${why}`
  return new EdgewiseError('invalid_request', message, { issues: [{ field: 'inputData', message: why }] })
}
