import { isRecord } from '../protocol/json.ts'

const RETRY_MS = [20, 200]

/**
 * Calls a Durable Object, again if it died under the call: a fresh stub reaches its next life. The call must be one
 * that may be made twice. An object that is overloaded is left alone.
 */
export async function callObject<Result>(
  call: () => Promise<Result>,
  wait: (ms: number) => Promise<void>,
): Promise<Result> {
  for (const pause of RETRY_MS) {
    try {
      return await call()
    } catch (error) {
      if (!hasDied(error)) throw error
      await wait(pause)
    }
  }
  return call()
}

/** https://developers.cloudflare.com/durable-objects/best-practices/error-handling/ */
function hasDied(error: unknown): boolean {
  if (!isRecord(error) || error['overloaded'] === true) return false
  return error['retryable'] === true || error['durableObjectReset'] === true
}
