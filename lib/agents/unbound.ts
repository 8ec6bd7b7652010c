import type { TurnMessages } from '../formats/input.ts'
import { createModelRegistry } from '../models/registry.ts'
import { EdgewiseError } from '../protocol/error.ts'
import { randomId } from '../protocol/id.ts'
import { wait } from '../streams/wait.ts'
import { createTelemetry } from '../telemetry/span.ts'
import type { AgentDefinition, RunOptions, WaitingCall } from './agent-options.ts'
import { AgentStream } from './agent-stream.ts'
import { streamAlone } from './alone.ts'

/** Runs a bare definition: no thread, no environment; a model that needs a key must bring it. */
export function runUnbound(agent: AgentDefinition, messages: TurnMessages, options: RunOptions): AgentStream {
  if (options.threadId !== undefined) {
    const mend = `take it from the runtime with app.getAgent("${agent.id}")`
    throw new EdgewiseError(
      'invalid_request',
      `Cannot continue a thread: agent "${agent.id}" is not bound, ${mend}`,
    )
  }
  return new AgentStream(
    streamAlone(agent, messages, options, {
      resolveModel: createModelRegistry({}),
      now: Date.now,
      wait,
      random: Math.random,
      newId: randomId,
      telemetry: createTelemetry(),
    }),
  )
}

/** @throws EdgewiseError `run_not_found`: nothing waits outside a runtime. */
export function answerUnbound({ runId }: WaitingCall): never {
  throw new EdgewiseError('run_not_found', `There is no run "${runId}": the agent is not bound`)
}
