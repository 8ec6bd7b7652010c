import { executeAgentTool, executeTool, getAgentTool, getTool, listTools } from '../handlers/tools.ts'
import type { Route } from '../route.ts'
import { route } from '../route.ts'
import * as schemas from '../schemas.ts'

/** Tools by themselves: the app's own, and those of an agent. */
export const toolsRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/tools',
    id: 'listTools',
    policy: 'caller',
    dialect: 'mastra',
    handler: listTools,
  }),
  route({
    method: 'GET',
    path: '/api/tools/:toolId',
    id: 'getTool',
    policy: 'caller',
    dialect: 'mastra',
    params: schemas.toolParams,
    handler: getTool,
  }),
  route({
    method: 'POST',
    path: '/api/tools/:toolId/execute',
    id: 'executeTool',
    policy: 'caller',
    dialect: 'mastra',
    params: schemas.toolParams,
    body: schemas.executeBody,
    handler: executeTool,
  }),
  route({
    method: 'GET',
    path: '/api/agents/:agentId/tools/:toolId',
    id: 'getAgentTool',
    policy: 'caller',
    dialect: 'mastra',
    params: schemas.agentToolParams,
    handler: getAgentTool,
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/tools/:toolId/execute',
    id: 'executeAgentTool',
    policy: 'caller',
    dialect: 'mastra',
    params: schemas.agentToolParams,
    body: schemas.executeBody,
    handler: executeAgentTool,
  }),
]
