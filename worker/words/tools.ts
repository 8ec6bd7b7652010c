import * as z from 'zod'
import { toolAnswer, toolsAnswer } from '../answer-schemas.ts'
import type { Words } from './words.ts'

export const toolsWords: Words = {
  listTools: {
    summary: 'The tools that stand on their own',
    answers: [{ description: 'Tools by their names', json: toolsAnswer }],
  },
  getTool: {
    summary: 'One tool',
    answers: [{ description: 'The tool', json: toolAnswer }],
    errors: ['tool_not_found'],
  },
  executeTool: {
    summary: 'Run a tool by itself',
    answers: [{ description: "The tool's own answer", json: z.unknown() }],
    errors: ['tool_not_found', 'tool_waits', 'tool_failed', 'runtime_context_invalid'],
  },
  getAgentTool: {
    summary: 'One tool of an agent',
    answers: [{ description: 'The tool', json: toolAnswer }],
    errors: ['agent_not_found', 'tool_not_found'],
  },
  executeAgentTool: {
    summary: "Run one of an agent's tools by itself",
    answers: [{ description: "The tool's own answer", json: z.unknown() }],
    errors: ['agent_not_found', 'tool_not_found', 'tool_waits', 'tool_failed', 'runtime_context_invalid'],
  },
}
