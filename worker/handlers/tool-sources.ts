import type { ToolSource } from '../../lib/formats/mastra/agent.ts'
import { toJsonSchema } from '../../lib/schema/schema.ts'
import type { Tool, ToolSet } from '../../lib/tools/tool.ts'

/** Tools as lists show them, by the names that models call them by. */
export function toToolSources(tools: ToolSet = {}): Record<string, ToolSource> {
  return Object.fromEntries(Object.entries(tools).map(([name, tool]) => [name, toToolSource(tool)]))
}

export function toToolSource({
  id,
  description,
  inputSchema,
  outputSchema,
  requireApproval,
}: Tool): ToolSource {
  return {
    id,
    description,
    ...(inputSchema && { inputSchema: toJsonSchema(inputSchema) }),
    ...(outputSchema && { outputSchema: toJsonSchema(outputSchema, 'output') }),
    requireApproval: requireApproval !== false,
  }
}
