import { Agent, Memory } from 'edgewise'
import { rollDice } from '../tools/roll-dice.ts'

export const helper = new Agent({
  name: 'Helper',
  description: 'Rolls dice, and remembers the conversation',
  instructions: 'You are a friendly helper. Use your tools for dice, and keep answers short.',
  tools: { rollDice },
  memory: new Memory({ options: { lastMessages: 20 } }),
})
