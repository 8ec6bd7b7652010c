import * as z from 'zod'
import { executeAgentTool, executeTool, getAgentTool, getTool, listTools } from '../handlers/tools.ts'
import { toolAnswer, toolsAnswer } from '../answer-schemas.ts'
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
    summary: 'The tools that stand on their own',
    answers: [{ description: 'Tools by their names', json: toolsAnswer }],
    handler: listTools,
  }),
  route({
    method: 'GET',
    path: '/api/tools/:toolId',
    id: 'getTool',
    policy: 'caller',
    dialect: 'mastra',
    summary: 'One tool',
    params: schemas.toolParams,
    answers: [{ description: 'The tool', json: toolAnswer }],
    errors: ['tool_not_found'],
    handler: getTool,
  }),
  route({
    method: 'POST',
    path: '/api/tools/:toolId/execute',
    id: 'executeTool',
    policy: 'caller',
    dialect: 'mastra',
    summary: 'Run a tool by itself',
    params: schemas.toolParams,
    body: schemas.executeBody,
    answers: [{ description: "The tool's own answer", json: z.unknown() }],
    errors: ['tool_not_found', 'tool_waits', 'tool_failed', 'runtime_context_invalid'],
    handler: executeTool,
  }),
  route({
    method: 'GET',
    path: '/api/agents/:agentId/tools/:toolId',
    id: 'getAgentTool',
    policy: 'caller',
    dialect: 'mastra',
    summary: 'One tool of an agent',
    params: schemas.agentToolParams,
    answers: [{ description: 'The tool', json: toolAnswer }],
    errors: ['agent_not_found', 'tool_not_found'],
    handler: getAgentTool,
  }),
  route({
    method: 'POST',
    path: '/api/agents/:agentId/tools/:toolId/execute',
    id: 'executeAgentTool',
    policy: 'caller',
    dialect: 'mastra',
    summary: "Run one of an agent's tools by itself",
    params: schemas.agentToolParams,
    body: schemas.executeBody,
    answers: [{ description: "The tool's own answer", json: z.unknown() }],
    errors: ['agent_not_found', 'tool_not_found', 'tool_waits', 'tool_failed', 'runtime_context_invalid'],
    handler: executeAgentTool,
  }),
]
