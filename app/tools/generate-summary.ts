import { createTool } from 'edgewise'
import * as z from 'zod'
import { compare } from '../advisor/compare.ts'
import { designOf } from '../advisor/design-of.ts'
import { nextQuestions, summarize } from '../advisor/summary.ts'
import { designInput } from './design-input.ts'

export const generateSummaryTool = createTool({
  id: 'generateSummaryTool',
  description: 'Writes the executive summary with the one recommendation, its reasons and first steps',
  inputSchema: designInput,
  outputSchema: z.object({ summary: z.string(), askNext: z.array(z.string()) }),
  readOnly: true,
  execute: ({ design }) => {
    const read = designOf(design)
    return { summary: summarize(read), askNext: nextQuestions(read, compare(read).recommended) }
  },
})
