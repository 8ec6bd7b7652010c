import { expect, it } from 'vitest'
import app from './index.ts'

// Here no key is set, so the offline model answers: it picks tools by the words of the request.

it('rolls the dice that it is asked for', async () => {
  const { toolResults } = await app.getAgent('helper').generate('Roll 3 dice with 20 sides each')
  expect(toolResults).toMatchObject([{ toolName: 'rollDice', input: { count: 3, sides: 20 } }])
})
