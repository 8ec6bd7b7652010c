import * as z from 'zod'
import type { TurnOverrides } from '../../lib/agents/turn-overrides.ts'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import { isRecord } from '../../lib/protocol/json.ts'
import * as schemas from '../schemas.ts'
import { memoryField, readMemoryOverrides } from './memory-options.ts'

const { id, maxSteps, runtimeContext, structuredOutput } = schemas

const jsonObject = z.record(z.string(), z.json())

/** A tool as Mastra's client sends it: its schemas are JSON Schema by then, under either name. */
const clientTool = z.object({
  description: z.string().max(10_000).default(''),
  inputSchema: jsonObject.optional(),
  parameters: jsonObject.optional(),
  outputSchema: jsonObject.optional(),
})

const toolChoice = z.union([
  z.enum(['auto', 'none', 'required']),
  z.object({ type: z.literal('tool'), toolName: z.string() }),
])

/** Model settings by the AI SDK's names. Headers are not taken: a turn is kept, and they may hold secrets. */
const modelSettings = z.strictObject({
  maxOutputTokens: z.int().min(1).optional(),
  temperature: z.number().optional(),
  topP: z.number().optional(),
  topK: z.number().optional(),
  presencePenalty: z.number().optional(),
  frequencyPenalty: z.number().optional(),
  stopSequences: z.array(z.string()).max(100).optional(),
  seed: z.int().optional(),
})

/** How a turn is to be run: what Mastra's client may send, and our own spellings of the same. */
const execution = z.looseObject({
  memory: memoryField.optional(),
  threadId: id.optional(),
  resourceId: id.optional(),
  requestContext: runtimeContext,
  runtimeContext,
  maxSteps,
  structuredOutput,
  instructions: z.string().max(100_000).optional(),
  system: z.string().max(100_000).optional(),
  clientTools: z.record(z.string().regex(/^[\w.-]{1,128}$/), clientTool).optional(),
  activeTools: z.array(z.string()).max(1000).optional(),
  toolChoice: toolChoice.optional(),
  modelSettings: modelSettings.optional(),
  providerOptions: z.record(z.string(), jsonObject).optional(),
  requireToolApproval: z.boolean().optional(),
  cache: schemas.cache,
})

export const executionOptions = execution

export const executionBody = execution.extend({
  /** A text, a message, or a list of them; checked further when it is read. */
  messages: z.unknown().refine((value) => value !== undefined && value !== null, 'is required'),
})

export type ExecutionOptions = z.infer<typeof execution>

/**
 * What that client may send and is not offered. Without it the turn would be another than was asked for. What is
 * harmless to pass over (`savePerStep`, `tracingOptions`) is.
 */
const REFUSED = {
  runId: 'run ids are made here: take it from the answer',
  model: 'the model is the agent’s own',
  stopWhen: 'it is code: set it on the agent',
  toolsets: 'give tools to the agent, or send clientTools',
  scorers: 'scorers are not offered',
  returnScorerData: 'scorers are not offered',
  output: 'use structuredOutput',
  context: 'send it as messages, or as system',
  versions: 'agents have no stored versions',
  untilIdle: 'background tasks are not offered',
  'memory.options.observationalMemory': 'it is not offered',
  'structuredOutput.model': 'the answer is the agent’s own model’s',
}

/** @throws EdgewiseError `invalid_request` that names each field that cannot be honoured. */
export function refuseUnoffered(options: ExecutionOptions): void {
  const issues = Object.entries(REFUSED).flatMap(([field, why]) =>
    isAsked(valueAt(options, field.split('.'))) ? [{ field, message: `is not offered: ${why}` }] : [],
  )
  const [first] = issues
  if (first)
    throw new EdgewiseError('invalid_request', `Invalid body: ${first.field} ${first.message}`, { issues })
}

function valueAt(value: unknown, [key, ...rest]: string[]): unknown {
  if (key === undefined) return value
  return isRecord(value) ? valueAt(value[key], rest) : undefined
}

function isAsked(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false
  return !isRecord(value) || value['enabled'] !== false
}

/** What the request changes of its agent; undefined if nothing. */
export function readOverrides(options: ExecutionOptions): TurnOverrides | undefined {
  const { instructions, system, activeTools, requireToolApproval, cache } = options
  const memory = readMemoryOverrides(options.memory)
  const settings = readSettings(options)
  const clientTools = readClientTools(options)
  const overrides: TurnOverrides = {
    ...(instructions !== undefined && { instructions }),
    ...(system !== undefined && { system }),
    ...(activeTools && { activeTools }),
    ...(requireToolApproval && { requireToolApproval }),
    ...(memory && { memory }),
    ...(clientTools && { clientTools }),
    ...(settings && { settings }),
    ...(cache !== undefined && { cache }),
  }
  return Object.keys(overrides).length > 0 ? overrides : undefined
}

function readSettings({ toolChoice: choice, modelSettings: settings, providerOptions }: ExecutionOptions) {
  const read: NonNullable<TurnOverrides['settings']> = {
    ...(settings && schemas.withoutUndefined(settings)),
    ...(choice !== undefined && { toolChoice: typeof choice === 'string' ? { type: choice } : choice }),
    ...(providerOptions && { providerOptions }),
  }
  return Object.keys(read).length > 0 ? read : undefined
}

function readClientTools({ clientTools = {} }: ExecutionOptions): TurnOverrides['clientTools'] {
  const entries = Object.entries(clientTools).map(([name, tool]) => {
    const { description, parameters, inputSchema = parameters, outputSchema } = tool
    return [
      name,
      { description, ...(inputSchema && { inputSchema }), ...(outputSchema && { outputSchema }) },
    ] as const
  })
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}
