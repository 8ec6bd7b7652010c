import type { Declared, Timing } from '../cron/timing.ts'
import { declareTimings } from '../cron/timing.ts'

/** When an agent is started by itself, and with what words. */
export interface AgentScheduleOptions extends Timing {
  /** What the agent is told each time, as a user would say it. */
  prompt: string
  /** A label, to find it by in lists. */
  name?: string
  /** The conversation that each time adds a turn to. Default: none, each time is a run of its own. */
  threadId?: string
  /** Who owns the thread, or the run. Default: `default`. */
  resourceId?: string
  /** What is done while the thread is busy. Default: `deliver`, the turn waits in its queue. `discard`: it is skipped. */
  ifActive?: { behavior?: 'deliver' | 'discard' }
}

/** What a schedule tells an agent, and where. JSON throughout. */
export type AgentTarget = Omit<AgentScheduleOptions, keyof Timing> & { agentId: string; workflowId?: never }

/** A schedule of an agent that the code declares. */
export type DeclaredAgentSchedule = Declared & AgentTarget

/** @throws TypeError for what can be no schedule. */
export function declareAgentSchedules(
  agentId: string,
  given: AgentScheduleOptions | readonly AgentScheduleOptions[] | undefined,
): DeclaredAgentSchedule[] {
  return declareTimings({ kind: 'agent', id: agentId }, given).map((schedule) => {
    if (schedule.prompt) return { ...schedule, agentId }
    throw new TypeError(`Cannot create agent "${agentId}": its schedule "${schedule.id}" has no prompt`)
  })
}
