import * as z from 'zod'
import { designOf } from '../advisor/design-of.ts'
import { draw } from '../advisor/draw.ts'
import { toMermaid } from '../advisor/graph.ts'
import { partsOf } from '../advisor/parts.ts'
import type { Platform } from '../advisor/platform.ts'

export const diagramOutput = z.object({
  architecture: z.enum(['serverless', 'microservices']),
  mermaidCode: z.string().describe('To be shown in a ```mermaid block, unchanged'),
  components: z.array(
    z.object({ component: z.string(), runsOn: z.string(), keeps: z.string(), purpose: z.string() }),
  ),
})

/** The diagram of a design on a platform, and what each component is for. */
export function diagramOf(line: string, platform: Platform): z.output<typeof diagramOutput> {
  const design = designOf(line)
  const components = partsOf(design).services.map(({ name, work, store, does }) => ({
    component: name,
    runsOn: platform.works[work],
    keeps: store ? platform.stores[store] : '',
    purpose: does,
  }))
  return { architecture: platform.id, mermaidCode: toMermaid(draw(design, platform)), components }
}
