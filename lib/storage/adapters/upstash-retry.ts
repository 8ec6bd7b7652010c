import { EdgewiseError } from '../../protocol/error.ts'
import type { Wait } from '../../streams/wait.ts'

/** What varies of a connection to Upstash. */
export interface UpstashServices {
  wait: Wait
  random: () => number
  /** How long one try may take. Default: 5 seconds. */
  timeoutMs?: number
  /** Tells whoever runs it what could be better. */
  warn?: (message: string) => void
}

export interface UpstashAccount {
  /** As the account's page shows it, such as `https://….upstash.io`. */
  url: string
  token: string
}

/** What a failed request means. */
export interface UpstashFailure {
  /** What may be said of it: never what was sent. */
  message: string
  isRetryable: boolean
}

const TRIES = 3
const BASE_MS = 150
export const TIMEOUT_MS = 5000

/**
 * One request under our own policy: the clients repeat only what broke on the way, at once, and never what was
 * answered with 429 or 500. It may be made twice, so it must be one that does no harm then.
 *
 * @throws EdgewiseError `storage_unavailable`. The client's own error is left behind: it holds the whole command.
 */
export async function retryUpstash<Result>(
  service: string,
  { wait, random }: UpstashServices,
  read: (error: unknown) => UpstashFailure,
  request: () => Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await request()
    } catch (error) {
      const { message, isRetryable } = read(error)
      if (!isRetryable || tries === TRIES)
        throw new EdgewiseError('storage_unavailable', `${service} ${message}`)
      // Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
      await wait(Math.round(random() * BASE_MS * 3 ** (tries - 1)))
    }
  }
}

/** What happened on the way, to a request that got no answer. */
export function readNetworkError(error: unknown): UpstashFailure {
  const isLate = error instanceof Error && error.name === 'TimeoutError'
  return { message: isLate ? 'did not answer in time' : 'could not be reached', isRetryable: true }
}

/** The words of an error before it quotes anything that was sent. */
export function firstWords(text: string): string {
  return (/^[\w .,-]*/.exec(text)?.[0] ?? '').slice(0, 80).trim()
}
