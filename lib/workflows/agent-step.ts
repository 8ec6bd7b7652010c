import * as z from 'zod'
import type { Agent } from '../agents/agent.ts'
import type { StructuredOutputOptions } from '../agents/structured-output.ts'
import { toJson } from '../protocol/json.ts'
import type { StepContext } from './context.ts'
import type { RetryConfig } from './retry.ts'
import type { Step } from './step-definition.ts'

/** What an agent's step takes. */
export type Prompt = { prompt: string }

/** What an agent's step gives: its text, or the object that was asked for. */
export type AgentStepOutput<Output> = Output extends undefined ? { text: string } : Output

export interface AgentStepOptions<Output> {
  /** Asks for an answer that fits a schema; it is then what the step gives. */
  structuredOutput?: StructuredOutputOptions<Output>
  maxSteps?: number
  retries?: number | RetryConfig
}

const promptSchema = z.object({ prompt: z.string() })
const textSchema = z.object({ text: z.string() })

/** A step that asks an agent. Followers hear the agent's events as the step's progress. */
export function agentStep(agent: Agent, options: AgentStepOptions<unknown>): Step {
  const { structuredOutput, maxSteps, retries } = options
  return {
    kind: 'step',
    id: agent.id,
    description: agent.description,
    inputSchema: promptSchema,
    outputSchema: structuredOutput ? undefined : textSchema,
    stateSchema: undefined,
    suspendSchema: undefined,
    resumeSchema: undefined,
    retry: typeof retries === 'number' ? { attempts: retries } : retries,
    timeoutMs: undefined,
    effect: 'retry',
    from: 'agent',
    reconcile: undefined,
    execute: async ({
      inputData,
      abortSignal,
      runtimeContext,
      resourceId,
      runtime,
      writer,
    }: StepContext<Prompt>) => {
      const stream = runtime.bind(agent).stream(inputData.prompt, {
        abortSignal,
        runtimeContext,
        ...(resourceId !== undefined && { resourceId }),
        ...(maxSteps !== undefined && { maxSteps }),
        ...(structuredOutput && { structuredOutput }),
      })
      for await (const event of stream) writer.write(toJson(event))
      const { text, object } = await stream.result()
      return structuredOutput ? object : { text }
    },
  }
}
