import type { Tracer } from '@opentelemetry/api'
import type { Agent, AgentRunner } from '../agents/agent.ts'
import type { LogLevel } from '../telemetry/logger.ts'
import type { Tool, ToolSet } from '../tools/tool.ts'
import type { StorageOptions } from './storage.ts'

export interface EdgewiseOptions extends StorageOptions {
  /** By the names that code and requests call them by; requests may also use an agent's own id. */
  agents?: Record<string, Agent>
  /** Tools that stand on their own, beside those of the agents. */
  tools?: ToolSet
  logger?: { level?: LogLevel }
  /**
   * Keys of the runtime context that are secret: they are never written down. A turn that a crash or a long pause has
   * cut off from one, and that reads it, waits until it is given again.
   */
  runtimeContext?: { secrets?: readonly string[] }
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
  #runner: AgentRunner | undefined

  /** @throws TypeError if two agents have one id. */
  constructor(options: EdgewiseOptions = {}) {
    const seen = new Map<string, string>()
    for (const [key, { id }] of Object.entries(options.agents ?? {})) {
      const other = seen.get(id)
      if (other !== undefined)
        throw new TypeError(`Cannot set up the app: agents "${other}" and "${key}" have one id, "${id}"`)
      seen.set(id, key)
    }
    this.options = options
  }

  /** Binds the app to what runs it. Called once by the Worker and by each object, before anything else. */
  bind(runner: AgentRunner): void {
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
}
