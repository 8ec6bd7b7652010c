import { expect, it } from 'vitest'
import * as z from 'zod'
import { says } from '../../test/fixtures/scripted-model.ts'
import { makeTurn, runToEnd } from '../../test/fixtures/turns.ts'
import { applyEvent, startTurn } from '../log/fold.ts'
import type { TurnState } from '../log/fold.ts'
import type { Reconciled } from '../tools/tool.ts'
import { createTool } from '../tools/tool.ts'

/** A turn that was cut off while it waited for its tool. */
function cutOff(): TurnState {
  const state = startTurn('m', 0)
  applyEvent(state, { type: 'step-start', step: 0, model: 'm' })
  applyEvent(state, { type: 'tool-call', toolCallId: 'c', toolName: 'pay', input: { amount: 3 } })
  applyEvent(state, { type: 'step-end', step: 0, finishReason: 'tool-calls', usage: {}, isContinued: true })
  return state
}

async function recover(
  found: () => Reconciled<{ paid: number }>,
): Promise<{ made: string[]; result: unknown }> {
  const made: string[] = []
  const pay = createTool({
    id: 'pay',
    description: 'Pays',
    inputSchema: z.object({ amount: z.number() }),
    outputSchema: z.object({ paid: z.number() }),
    effect: 'reconcile',
    execute: ({ amount }, { idempotencyKey }) => {
      made.push(idempotencyKey)
      return { paid: amount }
    },
    reconcile: found,
  })
  const turn = makeTurn([says('done')], { tools: { pay } }, { state: cutOff(), isRecovered: true })
  const [result] = await runToEnd(turn)
  return { made, result }
}

it('takes what the tool found to have happened, and does not make the call again', async () => {
  const { made, result } = await recover(() => ({ status: 'done', output: { paid: 3 } }))
  expect(made).toEqual([])
  expect(result).toMatchObject({ type: 'tool-result', output: { paid: 3 } })
})

it('makes a call that did not happen, under the key it had', async () => {
  const { made, result } = await recover(() => ({ status: 'not-done' }))
  expect(made).toEqual(['run/0/c'])
  expect(result).toMatchObject({ type: 'tool-result', output: { paid: 3 } })
})

it('tells the model that nobody knows when the tool cannot find out', async () => {
  const unknown = { type: 'tool-error', error: { code: 'tool_outcome_unknown' } }
  expect(await recover(() => ({ status: 'unknown' }))).toMatchObject({ made: [], result: unknown })
  expect(await recover(closed)).toMatchObject({ made: [], result: unknown })
})

function closed(): never {
  throw new Error('the bank is closed')
}
