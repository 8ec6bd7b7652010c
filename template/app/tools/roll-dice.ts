import { createTool } from 'edgewise'
import * as z from 'zod'

export const rollDice = createTool({
  id: 'roll-dice',
  description: 'Rolls dice and gives each result and their sum',
  inputSchema: z.object({
    count: z.int().min(1).max(20).default(1).describe('How many dice'),
    sides: z.int().min(2).max(1000).default(6).describe('How many sides each die has'),
  }),
  outputSchema: z.object({ rolls: z.array(z.number()), sum: z.number() }),
  readOnly: true,
  execute: ({ count, sides }) => {
    const rolls = Array.from({ length: count }, () => 1 + Math.floor(Math.random() * sides))
    return { rolls, sum: rolls.reduce((sum, roll) => sum + roll, 0) }
  },
})
