import { createStep, createWorkflow } from 'edgewise'
import * as z from 'zod'
import { everyConstruct } from '../fixtures/every-construct.ts'
import { relatives } from '../fixtures/relatives.ts'
import { undone } from '../fixtures/undone.ts'
import { keeps } from './keeper.ts'
import { plans } from './planner.ts'
import { signals } from '../fixtures/signals.ts'

/** What the steps of these workflows did in the world, in order. */
export const stepEffects: string[] = []

const count = z.object({ n: z.number() })

const add = createStep({
  id: 'add',
  inputSchema: count,
  outputSchema: count,
  execute: async ({ inputData }) => ({ n: inputData.n + 1 }),
})

/** Asks, and when answered has an effect. */
const confirm = createStep({
  id: 'confirm',
  inputSchema: count,
  outputSchema: count,
  resumeSchema: z.object({ by: z.string() }),
  execute: async ({ inputData, resumeData, suspend, runId }) => {
    if (!resumeData) return suspend({ question: 'sure?' })
    stepEffects.push(`${runId} ${resumeData.by}`)
    return inputData
  },
})

/** Waits until it is aborted, and says so. */
const hang = createStep({
  id: 'hang',
  execute: ({ abortSignal, runId }) =>
    new Promise((_resolve, reject) => {
      stepEffects.push(`${runId} hangs`)
      abortSignal.addEventListener('abort', () => {
        stepEffects.push(`${runId} aborted`)
        reject(abortSignal.reason as Error)
      })
    }),
})

const big = createStep({
  id: 'big',
  inputSchema: z.object({ length: z.number() }),
  execute: async ({ inputData }) => ({ text: '€'.repeat(inputData.length) }),
})

/** Notes that it was executed. */
function stair(id: string) {
  return createStep({
    id,
    execute: ({ idempotencyKey }) => {
      stepEffects.push(idempotencyKey)
      return {}
    },
  })
}

/** A hundred steps, each of which yields to the event loop. */
function chain(length: number) {
  const workflow = createWorkflow({ id: `chain${length}`, inputSchema: count, outputSchema: count })
  for (let i = 0; i < length; i += 1)
    workflow.then(
      createStep({
        id: `s${i}`,
        inputSchema: count,
        outputSchema: count,
        execute: async ({ inputData }) => {
          await new Promise((resolve) => setTimeout(resolve, 0))
          return { n: inputData.n + 1 }
        },
      }),
    )
  return workflow.commit()
}

/** One effect, which says whose run it is. */
const tick = createStep({
  id: 'tick',
  execute: ({ runId }) => {
    stepEffects.push(runId)
    return { runId }
  },
})

/** One at a time, whose steps say that they have begun and ended. */
function passage(id: string) {
  return createStep({
    id,
    execute: async ({ runId }) => {
      stepEffects.push(`${runId} ${id}`)
      await new Promise((resolve) => setTimeout(resolve, 1))
    },
  })
}

export const workflows = {
  every: everyConstruct(stepEffects),
  ...undone(stepEffects),
  signals: signals(stepEffects),
  ...relatives(stepEffects),
  asks: createWorkflow({ id: 'asks', inputSchema: count, outputSchema: count })
    .then(add)
    .then(confirm)
    .commit(),
  hangs: createWorkflow({ id: 'hangs' }).then(hang).commit(),
  // Sends an event to the run whose id it is given; under its one key, however often it is executed.
  sends: createWorkflow({ id: 'sends', inputSchema: z.object({ to: z.string() }) })
    .then(
      createStep({
        id: 'send',
        inputSchema: z.object({ to: z.string() }),
        execute: ({ inputData, runtime, idempotencyKey }) =>
          runtime.sendEvent('hears', inputData.to, 'word', { n: 7 }, { id: idempotencyKey }),
      }),
    )
    .commit(),
  hears: createWorkflow({ id: 'hears' }).waitForEvent('word', { schema: count }).commit(),
  big: createWorkflow({ id: 'big', inputSchema: z.object({ length: z.number() }) })
    .then(big)
    .map(({ inputData, getStepResult }) => ({
      length: getStepResult(big) === inputData ? 0 : JSON.stringify(inputData).length,
    }))
    .commit(),
  sleeps: createWorkflow({ id: 'sleeps', inputSchema: count })
    .then(add)
    .sleep(365 * 24 * 3600_000)
    .then(confirm)
    .commit(),
  chain100: chain(100),
  chain1000: chain(1000),
  stairs: createWorkflow({ id: 'stairs' })
    .then(stair('a'))
    .then(stair('b'))
    .then(stair('c'))
    .then(stair('d'))
    .commit(),
  narrow: createWorkflow({ id: 'narrow', concurrency: { limit: 1 } })
    .then(passage('in'))
    .then(passage('out'))
    .commit(),
  plans,
  keeps,
  ticks: createWorkflow({ id: 'ticks', schedule: { cron: '0 3 1 1 *' } })
    .then(tick)
    .commit(),
  list: createWorkflow({ id: 'list', inputSchema: z.array(count), outputSchema: z.array(count) })
    .foreach(add, { concurrency: 10 })
    .commit(),
}
