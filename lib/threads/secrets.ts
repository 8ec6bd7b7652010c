import type { JsonObject } from '../protocol/json.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import type { TurnRecord } from './turn-request.ts'

/**
 * Secrets of runtime contexts, by turn. They live as long as the object does and no longer: a turn that needs one after
 * that asks for it again.
 */
export type Secrets = Map<number, JsonObject>

/** What the turn was asked with, as far as it is known. */
export function contextOf(
  { turn, runtimeContext, secretKeys }: TurnRecord,
  secrets: Secrets,
): RuntimeContext {
  return new RuntimeContext({ ...runtimeContext, ...secrets.get(turn) }, secretKeys)
}

/** The keys that are still to be given. */
export function missingKeys(keys: readonly string[], turn: number, secrets: Secrets): string[] {
  const known = secrets.get(turn) ?? {}
  return keys.filter((key) => !Object.hasOwn(known, key))
}
