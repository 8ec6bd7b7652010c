import type { Route } from '../route.ts'
import { agentsWords } from './agents.ts'
import { answersWords } from './answers.ts'
import { factsWords } from './facts.ts'
import { healthWords } from './health.ts'
import { memoryWords } from './memory.ts'
import { openapiWords } from './openapi.ts'
import { runsWords } from './runs.ts'
import { schedulesWords } from './schedules.ts'
import { threadsWords } from './threads.ts'
import { toolsWords } from './tools.ts'
import { workflowTravelWords } from './workflow-travel.ts'
import { workflowsWords } from './workflows.ts'
import type { Words } from './words.ts'

/** What the API document says of every route. The Worker as it is deployed holds none of it (docs/decisions/0020). */
export const words: Words = {
  ...agentsWords,
  ...answersWords,
  ...factsWords,
  ...healthWords,
  ...memoryWords,
  ...openapiWords,
  ...runsWords,
  ...schedulesWords,
  ...threadsWords,
  ...toolsWords,
  ...workflowTravelWords,
  ...workflowsWords,
}

/** Routes with what is said of them. */
export function tell(routes: readonly Route[]): Route[] {
  return routes.map((route) => ({ ...route, ...words[route.id] }))
}
