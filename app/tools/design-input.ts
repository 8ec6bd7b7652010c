import * as z from 'zod'

/** What all tools after the analysis take. */
export const designInput = z.object({
  design: z
    .string()
    .min(1)
    .max(8000)
    .describe('The design line that analyzeRequirementsTool returned, unchanged'),
})
