/** The door for people who come from Mastra: the hub under the name they know. */
export { Edgewise as Mastra } from './runtime/edgewise.ts'
export { Agent } from './agents/agent.ts'
export { createTool } from './tools/tool.ts'
export { Memory } from './memory/memory.ts'
export { RuntimeContext } from './protocol/runtime-context.ts'
export { cloneStep, createStep } from './workflows/step.ts'
export { createWorkflow } from './workflows/workflow.ts'
