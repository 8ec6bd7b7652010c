import type { Route } from '../route.ts'
import { agentsRoutes } from './agents.ts'
import { answersRoutes } from './answers.ts'
import { factsRoutes } from './facts.ts'
import { healthRoutes } from './health.ts'
import { memoryRoutes } from './memory.ts'
import { openApiRoutes } from './openapi.ts'
import { runsRoutes } from './runs.ts'
import { schedulesRoutes } from './schedules.ts'
import { threadsRoutes } from './threads.ts'
import { workflowTravelRoutes } from './workflow-travel.ts'
import { workflowsRoutes } from './workflows.ts'
import { toolsRoutes } from './tools.ts'

/** Everything that can be asked of the Worker. The first line that fits a request answers it. */
export const routes: readonly Route[] = [
  ...healthRoutes,
  ...openApiRoutes(() => routes),
  ...agentsRoutes,
  ...answersRoutes,
  ...runsRoutes,
  ...toolsRoutes,
  ...threadsRoutes,
  ...memoryRoutes,
  ...factsRoutes,
  ...workflowsRoutes,
  ...workflowTravelRoutes,
  ...schedulesRoutes,
]
