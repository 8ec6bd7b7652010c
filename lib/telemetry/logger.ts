import type { JsonObject } from '../protocol/json.ts'
import { redactSecrets } from './redact.ts'
import { readThrown } from './thrown.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Says what happened, as one JSON line: a message and fields. Text that looks like a secret is taken out. */
export type Logger = Record<LogLevel, (message: string, fields?: JsonObject) => void>

const ORDER: LogLevel[] = ['debug', 'info', 'warn', 'error']

/**
 * Writes lines at `level` and above with `write`, by default to the console's method of that level. With a clock
 * each line bears its time.
 */
export function createLogger(
  level: LogLevel = 'info',
  write: (level: LogLevel, line: string) => void = (at, line) => console[at](line),
  now?: () => number,
): Logger {
  const at = (own: LogLevel): Logger[LogLevel] => {
    if (ORDER.indexOf(own) < ORDER.indexOf(level)) return () => undefined
    return (message, fields) => {
      const time = now && { time: new Date(now()).toISOString() }
      write(own, redactSecrets(JSON.stringify({ ...time, level: own, message, ...fields })))
    }
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** The same logger, each of whose lines also has these fields. */
export function withFields(logger: Logger, fields: JsonObject): Logger {
  const at =
    (level: LogLevel): Logger[LogLevel] =>
    (message, more) =>
      logger[level](message, { ...fields, ...more })
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** A level by its name, as a variable has it. */
export function readLevel(text: string | undefined): LogLevel | undefined {
  return ORDER.find((level) => level === text?.toLowerCase())
}

/** An error as a field of a log line: its name and first words, never its stack. */
export function errorField(error: unknown): JsonObject {
  const { name, message } = readThrown(error)
  return error instanceof Error ? { error: name, reason: message } : { error: message }
}
