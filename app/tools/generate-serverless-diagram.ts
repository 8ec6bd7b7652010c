import { createTool } from 'edgewise'
import { SERVERLESS } from '../advisor/platform.ts'
import { designInput } from './design-input.ts'
import { diagramOf, diagramOutput } from './diagram-output.ts'

export const generateServerlessDiagramTool = createTool({
  id: 'generateServerlessDiagramTool',
  description:
    'Draws the serverless version as a Mermaid diagram: AWS Lambda, EventBridge, managed databases',
  inputSchema: designInput,
  outputSchema: diagramOutput,
  readOnly: true,
  execute: ({ design }) => diagramOf(design, SERVERLESS),
})
