import type { LogAt } from '../agents/log-turn.ts'
import type { LogSink } from '../telemetry/log-sink.ts'
import { bothSinks, consoleSink, httpSink } from '../telemetry/log-sink.ts'
import type { Logger, LogLevel } from '../telemetry/logger.ts'
import { createLogger, readLevel } from '../telemetry/logger.ts'

export interface LogEnv {
  /** `debug`, `info`, `warn` or `error`; before what the app says. */
  EDGEWISE_LOG_LEVEL?: string
  /** Where lines are posted besides the console: NDJSON in batches. */
  EDGEWISE_LOG_URL?: string
  /** Sent there as a bearer token. */
  EDGEWISE_LOG_TOKEN?: string
}

export interface Logging {
  logger: Logger
  logAt: LogAt
  /** Sends what is held back. Whoever may live on calls it when it has said what it had to. */
  flushLogs(): Promise<void>
}

export interface LoggerOptions {
  level?: LogLevel
  /** Where lines go in place of the console. */
  sink?: LogSink
}

export function createLogging(env: LogEnv, options: LoggerOptions = {}, now: () => number): Logging {
  const local = options.sink ?? consoleSink()
  const { EDGEWISE_LOG_URL: url, EDGEWISE_LOG_TOKEN: token } = env
  const remote =
    url && URL.canParse(url)
      ? httpSink({ url, ...(token && { token }), fetch: (to, init) => fetch(to, init) })
      : undefined
  const sink = remote ? bothSinks(local, remote) : local
  const logAt: LogAt = (level) => createLogger(level, sink.write, now)
  const logger = logAt(readLevel(env.EDGEWISE_LOG_LEVEL) ?? options.level ?? 'info')
  if (url && !remote) logger.warn('EDGEWISE_LOG_URL is no address, so lines go to the console alone')
  return { logger, logAt, flushLogs: sink.flush }
}
