import type { LogLevel } from './logger.ts'

/**
 * Where log lines go.
 *
 * **Contract:** `write` returns at once and never throws; `flush` sends what is held back, and never rejects. Lines
 * are plain text, so a line that one request wrote may be sent by another.
 */
export interface LogSink {
  write(level: LogLevel, line: string): void
  flush(): Promise<void>
}

/** The console of the platform, by the method of each level. */
export function consoleSink(): LogSink {
  return { write: (level, line) => console[level](line), flush: () => Promise.resolve() }
}

export function bothSinks(first: LogSink, second: LogSink): LogSink {
  return {
    write: (level, line) => {
      first.write(level, line)
      second.write(level, line)
    },
    flush: async () => {
      await Promise.all([first.flush(), second.flush()])
    },
  }
}

export interface HttpSinkOptions {
  url: string
  /** Sent as a bearer token. */
  token?: string
  fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Lines of one request. Default: 100. */
  batch?: number
  /** Lines that are held at most; what comes beyond is dropped and counted. Default: 1000. */
  limit?: number
  /** How long the other side may take. Default: 5 seconds. */
  timeoutMs?: number
}

/** So many requests may be under way at once: a slow receiver is not asked ever more. */
const AT_ONCE = 2

/**
 * Posts lines to an HTTP address, one JSON text a line (NDJSON), in batches. A batch that was not taken is tried again
 * with the next flush. What had to be dropped is told in the next batch that is sent.
 */
export function httpSink({
  url,
  token,
  fetch,
  batch = 100,
  limit = 1000,
  timeoutMs = 5000,
}: HttpSinkOptions): LogSink {
  let lines: string[] = []
  let dropped = 0
  let underWay = 0
  const keep = (more: readonly string[]): void => {
    const room = Math.max(0, limit - lines.length)
    lines = [...more.slice(more.length - Math.min(room, more.length)), ...lines]
    dropped += Math.max(0, more.length - room)
  }
  const send = async (): Promise<void> => {
    const taken = lines.slice(0, batch)
    const lost = dropped
    lines = lines.slice(batch)
    dropped = 0
    const told =
      lost > 0 ? [JSON.stringify({ level: 'warn', message: 'log lines dropped', count: lost })] : []
    const headers = {
      'content-type': 'application/x-ndjson',
      ...(token && { authorization: `Bearer ${token}` }),
    }
    const init = {
      method: 'POST',
      headers,
      body: `${[...told, ...taken].join('\n')}\n`,
      signal: AbortSignal.timeout(timeoutMs),
    }
    const isTaken = await fetch(url, init).then(drain, () => false)
    if (isTaken) return
    dropped += lost
    keep(taken)
  }
  const flush = async (): Promise<void> => {
    // One try a batch: a receiver that refuses is left alone until the next flush.
    for (
      let rest = Math.ceil(lines.length / batch);
      rest > 0 && lines.length > 0 && underWay < AT_ONCE;
      rest -= 1
    ) {
      underWay += 1
      await send().finally(() => (underWay -= 1))
    }
  }
  return {
    write: (_level, line) => {
      if (lines.length >= limit) dropped += 1
      else lines.push(line)
      if (lines.length >= batch && underWay === 0) void flush()
    },
    flush,
  }
}

/** An answer that nobody reads would hold its connection. */
async function drain(response: Response): Promise<boolean> {
  await response.body?.cancel().catch(() => undefined)
  return response.ok
}
