import type { JsonObject } from '../protocol/json.ts'
import type { TurnEvent } from '../protocol/event.ts'
import type { Logger, LogLevel } from '../telemetry/logger.ts'
import { withFields } from '../telemetry/logger.ts'

/** A logger of its own level, whatever the app's is. */
export type LogAt = (level: LogLevel) => Logger

/** A turn whose agent asks for it is told in the log: its steps and tool calls, never what was said in them. */
export function logTurn(
  events: AsyncGenerator<TurnEvent, void>,
  { level, logAt, fields }: { level: LogLevel | undefined; logAt: LogAt | undefined; fields: JsonObject },
): AsyncGenerator<TurnEvent, void> {
  return level && logAt ? tell(events, withFields(logAt(level), fields)) : events
}

async function* tell(events: AsyncGenerator<TurnEvent, void>, log: Logger): AsyncGenerator<TurnEvent, void> {
  for await (const event of events) {
    const line = lineOf(event)
    if (line) log[line.level](line.message, line.fields)
    yield event
  }
}

function lineOf(event: TurnEvent): { level: LogLevel; message: string; fields: JsonObject } | undefined {
  switch (event.type) {
    case 'step-start': {
      return { level: 'debug', message: 'model step', fields: { step: event.step, model: event.model } }
    }
    case 'step-end': {
      const { step, finishReason, usage } = event
      return {
        level: 'debug',
        message: 'model step ended',
        fields: { step, finishReason, usage: { ...usage } },
      }
    }
    case 'tool-call':
    case 'tool-result':
    case 'tool-suspend': {
      const { type, toolCallId, toolName } = event
      return { level: 'debug', message: type.replace('-', ' '), fields: { toolCallId, toolName } }
    }
    case 'tool-error': {
      const { toolCallId, toolName, error } = event
      return { level: 'warn', message: 'tool error', fields: { toolCallId, toolName, code: error.code } }
    }
    case 'turn-end': {
      const { status, usage, error } = event
      const fields = { status, usage: { ...usage }, ...(error && { code: error.code }) }
      return { level: status === 'failed' ? 'error' : 'info', message: 'turn ended', fields }
    }
    case 'turn-suspend': {
      return { level: 'info', message: 'turn suspended', fields: { toolCallIds: event.toolCallIds } }
    }
    default: {
      return undefined
    }
  }
}
