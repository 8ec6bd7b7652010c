import type { JsonObject } from '../protocol/json.ts'
import { redactSecrets } from './redact.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Says what happened, as one JSON line: a message and fields. Text that looks like a secret is taken out. */
export type Logger = Record<LogLevel, (message: string, fields?: JsonObject) => void>

const ORDER: LogLevel[] = ['debug', 'info', 'warn', 'error']

/** Writes lines at `level` and above with `write`, by default to the console's method of that level. */
export function createLogger(
  level: LogLevel = 'info',
  write: (level: LogLevel, line: string) => void = (at, line) => console[at](line),
): Logger {
  const at = (own: LogLevel): Logger[LogLevel] => {
    if (ORDER.indexOf(own) < ORDER.indexOf(level)) return () => undefined
    return (message, fields) => write(own, redactSecrets(JSON.stringify({ level: own, message, ...fields })))
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** An error as a field of a log line: its name and first words, never its stack. */
export function errorField(error: unknown): JsonObject {
  if (!(error instanceof Error)) return { error: String(error) }
  return { error: error.name, reason: error.message }
}
