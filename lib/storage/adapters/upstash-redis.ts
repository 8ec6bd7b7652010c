import { Redis } from '@upstash/redis/cloudflare'
import type { UpstashAccount, UpstashFailure, UpstashServices } from './upstash-retry.ts'
import { firstWords, readNetworkError, retryUpstash, TIMEOUT_MS } from './upstash-retry.ts'

export type RedisCommand = readonly [name: string, ...args: (string | number)[]]

/** A script that Redis runs as one atomic command. */
export interface RedisScript {
  text: string
  /** Its SHA-1, once somebody needed it. Not a promise: one that a request left behind would hang the next. */
  sha?: string
}

/**
 * Commands to an Upstash Redis.
 *
 * **Contract:** a command may be made twice, and must do no harm then. Rejects with an EdgewiseError
 * `storage_unavailable` that never holds what was sent.
 */
export interface RedisCommands {
  run(command: RedisCommand): Promise<unknown>
  /** By its hash; the script itself is sent only where Redis does not know it yet. */
  runScript(
    script: RedisScript,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown>
}

/**
 * The client as it must be set up: no conversion of answers (`"1"` would become 1), no base64 (a third more on the
 * wire), no pipelines of its own making (they tear commands out of their order), one try (its `retry: false` makes
 * two, its default six), no telemetry. Its signal is a function, because it answers an aborted request with `null`
 * when it is not.
 */
export function connectRedis({ url, token }: UpstashAccount, services: UpstashServices): RedisCommands {
  const redis = new Redis({
    url,
    token,
    automaticDeserialization: false,
    responseEncoding: false,
    enableAutoPipelining: false,
    enableTelemetry: false,
    retry: { retries: 0 },
    signal: () => AbortSignal.timeout(services.timeoutMs ?? TIMEOUT_MS),
  })
  const send = ([name, ...args]: RedisCommand): Promise<unknown> => redis.exec<unknown>([name, ...args])
  const retry = (request: () => Promise<unknown>): Promise<unknown> =>
    retryUpstash('Upstash Redis', services, readError, request)
  return {
    run: (command) => retry(() => send(command)),
    runScript: async (script, keys, args) => {
      const { text } = script
      const rest = [keys.length, ...keys, ...args]
      const hash = (script.sha ??= await hashOf(text))
      return retry(() =>
        send(['EVALSHA', hash, ...rest]).catch((error: unknown) => {
          if (error instanceof Error && error.message.startsWith('NOSCRIPT'))
            return send(['EVAL', text, ...rest])
          throw error
        }),
      )
    },
  }
}

/** An answer that is a list of texts, with null where there is nothing. @throws TypeError if it is anything else. */
export function textsOf(answer: unknown): (string | null)[] {
  if (!Array.isArray(answer)) throw new TypeError(`Cannot read an answer of Redis: it is ${typeof answer}`)
  return answer.map((text: unknown) => textOrNull(text))
}

export function textOrNull(answer: unknown): string | null {
  if (answer === null || typeof answer === 'string') return answer
  throw new TypeError(`Cannot read an answer of Redis as text: it is ${typeof answer}`)
}

async function hashOf(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text)))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Errors of Redis that pass by themselves. */
const PASSING = new Set(['BUSY', 'LOADING', 'TRYAGAIN', 'CLUSTERDOWN', 'MASTERDOWN'])

/** An error of Redis begins with a word in capitals; whatever does not comes from something in front of it. */
function readError(error: unknown): UpstashFailure {
  if (!(error instanceof Error) || !error.name.startsWith('Upstash')) return readNetworkError(error)
  if (error.name !== 'UpstashError')
    return { message: 'answered with something else than JSON', isRetryable: true }
  const [said = ''] = error.message.split(', command was:')
  const code = /^[A-Z]{2,}\b/.exec(said)?.[0]
  if (code === undefined) return { message: `failed: ${firstWords(said)}`, isRetryable: true }
  return { message: `refused: ${firstWords(said)}`, isRetryable: PASSING.has(code) }
}
