import type { Tracer } from '@opentelemetry/api'
import type { Agent, AgentRunner } from '../agents/agent.ts'
import type { CacheLimits } from '../cache/cache.ts'
import { checkLimits } from '../cache/cache.ts'
import { checkCount } from '../storage/check.ts'
import type { Tool, ToolSet } from '../tools/tool.ts'
import type { StorageOptions } from './storage.ts'
import type { LoggerOptions } from './logging.ts'
import type { WorkflowRunner } from '../workflows/runner.ts'
import type { AnyWorkflow } from '../workflows/workflow.ts'

/** What runs the parts of an app. */
export interface AppRunner extends AgentRunner {
  workflows: WorkflowRunner
}

export interface EdgewiseOptions extends StorageOptions {
  /** By the names that code and requests call them by; requests may also use an agent's own id. */
  agents?: Record<string, Agent>
  /** Likewise. Runs are kept under the workflow's own id. */
  workflows?: Record<string, AnyWorkflow>
  /** Tools that stand on their own, beside those of the agents. */
  tools?: ToolSet
  /** From which level on lines are written (default: `info`), and where to (default: the console). */
  logger?: LoggerOptions
  /**
   * Keys of the runtime context that are secret: they are never written down. A turn that a crash or a long pause has
   * cut off from one, and that reads it, waits until it is given again.
   */
  runtimeContext?: { secrets?: readonly string[] }
  /** Bounds of the cache that models, tools and embedders share. Whether they use it they say themselves. */
  cache?: CacheLimits
  /** Where spans go. Default: the global tracer of `@opentelemetry/api`, which does nothing until a provider is set. */
  observability?: { tracer?: Tracer }
}

/**
 * The hub: the one explicit list of what an app is made of. `app/index.ts` default-exports one.
 *
 * @example export default new Edgewise({ agents: { weather } })
 */
export class Edgewise {
  readonly options: Readonly<EdgewiseOptions>
  #runner: AppRunner | undefined

  /** @throws TypeError if two agents, or two workflows, have one id; RangeError if a bound cannot be right. */
  constructor(options: EdgewiseOptions = {}) {
    checkIds('agents', options.agents)
    checkIds('workflows', options.workflows)
    checkLimits(options.cache)
    const { vectors } = options
    if (vectors && 'embeddedUpTo' in vectors)
      checkCount(vectors.embeddedUpTo, 'vectors.embeddedUpTo', 1, Number.MAX_SAFE_INTEGER)
    this.options = options
  }

  /** Binds the app to what runs it. Called once by the Worker and by each object, before anything else. */
  bind(runner: AppRunner): void {
    this.#runner = runner
  }

  get agents(): readonly Agent[] {
    return Object.values(this.options.agents ?? {}).map((agent) => this.#bound(agent))
  }

  /** @throws ReferenceError if there is none under that name or id. */
  getAgent(name: string): Agent {
    const agent = this.findAgent(name)
    if (agent) return agent
    const have = Object.keys(this.options.agents ?? {}).join(', ') || 'none'
    throw new ReferenceError(`Cannot get agent "${name}": it is not registered (have: ${have})`)
  }

  findAgent(name: string): Agent | undefined {
    const agents = this.options.agents ?? {}
    const agent = Object.hasOwn(agents, name)
      ? agents[name]
      : Object.values(agents).find(({ id }) => id === name)
    return agent && this.#bound(agent)
  }

  get workflows(): readonly AnyWorkflow[] {
    return Object.values(this.options.workflows ?? {}).map((workflow) => this.#boundWorkflow(workflow))
  }

  /** @throws ReferenceError if there is none under that name or id. */
  getWorkflow(name: string): AnyWorkflow {
    const workflow = this.findWorkflow(name)
    if (workflow) return workflow
    const have = Object.keys(this.options.workflows ?? {}).join(', ') || 'none'
    throw new ReferenceError(`Cannot get workflow "${name}": it is not registered (have: ${have})`)
  }

  findWorkflow(name: string): AnyWorkflow | undefined {
    const workflows = this.options.workflows ?? {}
    const workflow = Object.hasOwn(workflows, name)
      ? workflows[name]
      : Object.values(workflows).find(({ id }) => id === name)
    return workflow && this.#boundWorkflow(workflow)
  }

  /** @throws ReferenceError if there is none under that name. */
  getTool(name: string): Tool {
    const tools = this.options.tools ?? {}
    const tool = Object.hasOwn(tools, name) ? tools[name] : undefined
    if (tool) return tool
    throw new ReferenceError(
      `Cannot get tool "${name}": it is not registered (have: ${Object.keys(tools).join(', ') || 'none'})`,
    )
  }

  #bound(agent: Agent): Agent {
    return this.#runner ? agent.bind(this.#runner) : agent
  }

  #boundWorkflow(workflow: AnyWorkflow): AnyWorkflow {
    return this.#runner ? workflow.bind(this.#runner.workflows) : workflow
  }
}

function checkIds(kind: string, parts: Record<string, { id: string }> = {}): void {
  const seen = new Map<string, string>()
  for (const [key, { id }] of Object.entries(parts)) {
    const other = seen.get(id)
    if (other !== undefined)
      throw new TypeError(`Cannot set up the app: ${kind} "${other}" and "${key}" have one id, "${id}"`)
    seen.set(id, key)
  }
}
