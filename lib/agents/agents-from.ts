import * as z from 'zod'
import { Memory } from '../memory/memory.ts'
import type { ToolSet } from '../tools/tool.ts'
import { Agent } from './agent.ts'

export interface AgentsFromOptions {
  /** The file's name, for what is said of its mistakes. */
  file: string
  /** What `tools:` may name. */
  tools?: ToolSet
}

/** Names that a file may have from elsewhere, with what takes their place. */
const ELSEWHERE: Record<string, string> = {
  voice: 'voices are set in code',
  type: 'the thread itself is the memory; only lastMessages is set here',
  url: 'the thread itself is the memory; storage is chosen by variables',
  provider: 'write the model as provider/model',
  prompt: 'it is called instructions',
  system: 'it is called instructions',
}

/** Made when it is asked for: an app without such a file carries none of it. */
function agentSchema() {
  const settings = z.strictObject({
    temperature: z.number().min(0).optional(),
    maxOutputTokens: z.int().min(1).optional(),
    topP: z.number().min(0).max(1).optional(),
    topK: z.int().min(1).optional(),
    presencePenalty: z.number().optional(),
    frequencyPenalty: z.number().optional(),
    stopSequences: z.array(z.string()).optional(),
    seed: z.int().optional(),
  })

  return z.strictObject({
    name: z.string().min(1),
    id: z.string().min(1).optional(),
    description: z.string().optional(),
    instructions: z.string().default(''),
    model: z.string().min(1).transform(withProvider).optional(),
    tools: z.array(z.string()).default([]),
    memory: z.strictObject({ lastMessages: z.int().min(0).optional() }).optional(),
    maxSteps: z.int().min(1).optional(),
    maxRetries: z.int().min(0).optional(),
    settings: settings.optional(),
  })
}

type AgentConfig = z.infer<ReturnType<typeof agentSchema>>

/**
 * Agents from a configuration file: `agents`, by their keys, or one `agent`.
 *
 * @example new Edgewise({ agents: { helper, ...agentsFrom(config, { file: 'app/agents.yaml', tools: { rollDice } }) } })
 * @throws TypeError that names the file and the field if something there cannot be right.
 */
export function agentsFrom(config: unknown, { file, tools = {} }: AgentsFromOptions): Record<string, Agent> {
  const one = typeof config === 'object' && config !== null && 'agent' in config
  const agent = agentSchema()
  const parsed = one
    ? z
        .strictObject({ agent })
        .transform((given) => ({ agents: { [toKey(given.agent.name)]: given.agent } }))
        .safeParse(config)
    : z.strictObject({ agents: z.record(z.string(), agent) }).safeParse(config)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new TypeError(`Cannot read ${file}: ${issue ? describe(issue) : 'it does not fit'}`)
  }
  return Object.fromEntries(
    Object.entries(parsed.data.agents).map(([key, given]) => [
      key,
      make(given, `${file}: ${one ? 'agent' : `agents.${key}`}`, tools),
    ]),
  )
}

function make({ tools: names, memory, ...given }: AgentConfig, place: string, tools: ToolSet): Agent {
  const own = names.map((name, index): [string, ToolSet[string]] => {
    const tool = Object.hasOwn(tools, name) ? tools[name] : undefined
    if (tool) return [name, tool]
    const have = Object.keys(tools).join(', ') || 'none'
    throw new TypeError(`Cannot read ${place}.tools[${index}]: there is no tool "${name}" (have: ${have})`)
  })
  const { lastMessages } = memory ?? {}
  // What is absent in the file is absent here: the Agent's own defaults count.
  const { id, description, model, maxSteps, maxRetries, settings: chosen, ...rest } = given
  const limits =
    chosen && Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined))
  try {
    return new Agent({
      ...rest,
      tools: Object.fromEntries(own),
      ...(memory && { memory: new Memory({ options: lastMessages === undefined ? {} : { lastMessages } }) }),
      ...(id !== undefined && { id }),
      ...(description !== undefined && { description }),
      ...(model !== undefined && { model }),
      ...(maxSteps !== undefined && { maxSteps }),
      ...(maxRetries !== undefined && { maxRetries }),
      ...(limits && { settings: limits }),
    })
  } catch (error) {
    throw new TypeError(`Cannot read ${place}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

function describe(issue: z.core.$ZodIssue): string {
  const place = issue.path.map(String).join('.')
  if (issue.code !== 'unrecognized_keys') return `${place || 'the file'}: ${issue.message}`
  const [key = ''] = issue.keys
  const instead = Object.hasOwn(ELSEWHERE, key) ? `: ${ELSEWHERE[key]}` : ''
  return `${place ? `${place}.` : ''}${key} is no field here${instead}`
}

/** Models are often named without who makes them. */
function withProvider(model: string): string {
  if (model.includes('/') || model === 'offline') return model
  if (/^(?:gpt-|o\d|chatgpt-)/.test(model)) return `openai/${model}`
  return model.startsWith('gemini-') ? `google/${model}` : model
}

/** `Order status` to `orderStatus`. */
function toKey(name: string): string {
  const [first = 'agent', ...rest] = name.split(/[^A-Za-z0-9]+/).filter(Boolean)
  return (
    first.charAt(0).toLowerCase() +
    first.slice(1) +
    rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  )
}
