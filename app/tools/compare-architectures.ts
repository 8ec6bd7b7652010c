import { createTool } from 'edgewise'
import { compareOutput, comparisonOf } from './compare-output.ts'
import { designInput } from './design-input.ts'

export const compareArchitecturesTool = createTool({
  id: 'compareArchitecturesTool',
  description:
    'Compares both side by side: trade-off matrix, monthly cost, team size, time to MVP, which one to take',
  inputSchema: designInput,
  outputSchema: compareOutput,
  readOnly: true,
  execute: ({ design }) => comparisonOf(design),
})
