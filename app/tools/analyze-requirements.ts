import { createTool } from 'edgewise'
import * as z from 'zod'
import { analyze } from '../advisor/analysis.ts'
import { SIZES } from '../advisor/load.ts'

export const analyzeRequirementsTool = createTool({
  id: 'analyzeRequirementsTool',
  description:
    'Analyzes what an app is to do and gives its design: domain, features, constraints, scale, compliance, data model. ' +
    'Always call it first, and again when something is added, removed or changed.',
  inputSchema: z.object({
    requirement: z
      .string()
      .min(1)
      .max(20_000)
      .describe("The user's own words; for a change, the earlier requirement with the change after it"),
  }),
  outputSchema: z.object({
    domain: z.string(),
    scale: z.enum(SIZES),
    load: z.string(),
    features: z.array(z.string()),
    constraints: z.array(z.string()),
    specialConsiderations: z.array(z.string()),
    dataModel: z.array(z.object({ entity: z.string(), holds: z.string() })),
    trafficPattern: z.string(),
    compliance: z.array(z.string()),
    integrations: z.array(z.string()),
    assumptions: z.array(z.string()),
    design: z.string().describe('The whole design as one line, for the other tools'),
  }),
  readOnly: true,
  execute: ({ requirement }) => analyze(requirement),
})
