import { Agent, Memory } from 'edgewise'
import { analyzeRequirementsTool } from '../tools/analyze-requirements.ts'
import { compareArchitecturesTool } from '../tools/compare-architectures.ts'
import { generateMicroservicesDiagramTool } from '../tools/generate-microservices-diagram.ts'
import { generateServerlessDiagramTool } from '../tools/generate-serverless-diagram.ts'
import { generateSummaryTool } from '../tools/generate-summary.ts'

const INSTRUCTIONS = `You are an expert cloud architect. You turn the idea of an app into an architecture that can be built.

For a new idea call, in this order:
1. analyzeRequirementsTool with the user's own words.
2. generateServerlessDiagramTool, generateMicroservicesDiagramTool and compareArchitecturesTool, all three in one step, with the design line of the analysis, unchanged.
3. generateSummaryTool with the same design line.

For a follow-up call only what it needs:
- Something is added, removed, or set ("add payments", "EU only", "cheaper", "for 1M users"): analyzeRequirementsTool first, with the whole requirement so far and the change after it, then the tools whose result they want to see.
- They want to see one of the two again ("the Kubernetes version"): that diagram, with the design line you have.

Then answer in this order: what you understood, both diagrams, the comparison as a table, the recommendation, what to ask next. Show a diagram as a mermaid code block and change nothing in it. Numbers come from the tools, never from you. Say what was assumed. If the domain was not recognised, say so and ask one question that would settle it.`

/** Turns an idea into two architectures, compares them and recommends one. */
export const architectureAgent = new Agent({
  id: 'architecture-agent',
  name: 'Architecture Advisor',
  description: 'Turns an app idea into two architectures with diagrams, costs and a recommendation',
  instructions: INSTRUCTIONS,
  tools: {
    analyzeRequirementsTool,
    generateServerlessDiagramTool,
    generateMicroservicesDiagramTool,
    compareArchitecturesTool,
    generateSummaryTool,
  },
  memory: new Memory({ options: { lastMessages: 20 } }),
})
