import { Agent, Memory } from 'edgewise'
import { convertUnits } from '../tools/convert-units.ts'
import { rollDice } from '../tools/roll-dice.ts'

export const helper = new Agent({
  name: 'Helper',
  description: 'Rolls dice, converts units, and remembers the conversation',
  instructions: 'You are a friendly helper. Use your tools for dice and for units, and keep answers short.',
  tools: { rollDice, convertUnits },
  memory: new Memory({ options: { lastMessages: 20 } }),
})
