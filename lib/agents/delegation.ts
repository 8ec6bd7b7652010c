import type { TurnState } from '../log/fold.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { Message } from '../protocol/message.ts'

/** What the sub-agents of one turn may use, all of them together, at any depth. */
export interface DelegationOptions {
  /** How deep agents may call agents: 1 lets the agent call others, which call none. Default: 3. */
  maxDepth?: number
  /** How many model steps they may take. Default: 50. */
  maxSteps?: number
  /** How many tokens the turn may have used before another of their steps begins. Default: no limit. */
  maxTokens?: number
}

/** What is left of it. The turn that nobody called decides for all below. */
export interface DelegationBudget {
  readonly maxDepth: number
  /** Called before each step of a sub-agent. @throws EdgewiseError `budget_exhausted`. */
  takeStep(): void
}

/** @throws RangeError if a limit is not a whole number from 1. */
export function checkDelegation(agent: string, options: DelegationOptions = {}): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || (Number.isInteger(value) && value >= 1)) continue
    throw new RangeError(
      `Cannot create agent "${agent}": delegation.${name} is ${value}, it must be a whole number from 1`,
    )
  }
}

/** `state` is that of the outermost turn: a turn that is taken up again has used what its log says. */
export function createBudget(
  { maxDepth = 3, maxSteps = 50, maxTokens }: DelegationOptions = {},
  state: TurnState,
): DelegationBudget {
  let steps = countSteps(state.message)
  return {
    maxDepth,
    takeStep: () => {
      const used = state.usage.totalTokens ?? 0
      if (steps >= maxSteps) throw exhausted(`${maxSteps} steps`)
      if (maxTokens !== undefined && used >= maxTokens) throw exhausted(`${maxTokens} tokens`)
      steps += 1
    },
  }
}

/** The steps of all agents that were called, and of those that they called. */
function countSteps({ parts }: Message): number {
  let count = 0
  for (const part of parts) {
    if (part.type !== 'tool' || !part.agentMessage) continue
    const { agentMessage } = part
    count += agentMessage.parts.filter(({ type }) => type === 'step-start').length + countSteps(agentMessage)
  }
  return count
}

function exhausted(limit: string): EdgewiseError {
  return new EdgewiseError(
    'budget_exhausted',
    `The agents that this turn may call have used up their ${limit}`,
  )
}
