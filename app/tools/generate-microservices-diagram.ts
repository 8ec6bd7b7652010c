import { createTool } from 'edgewise'
import { MICROSERVICES } from '../advisor/platform.ts'
import { designInput } from './design-input.ts'
import { diagramOf, diagramOutput } from './diagram-output.ts'

export const generateMicroservicesDiagramTool = createTool({
  id: 'generateMicroservicesDiagramTool',
  description:
    'Draws the Kubernetes version as a Mermaid diagram: microservices (K8s, containers), Istio, Kafka, databases',
  inputSchema: designInput,
  outputSchema: diagramOutput,
  readOnly: true,
  execute: ({ design }) => diagramOf(design, MICROSERVICES),
})
