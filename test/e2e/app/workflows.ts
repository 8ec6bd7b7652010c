import type { StepContext } from 'edgewise'
import { childRun, createStep, createWorkflow } from 'edgewise'
import * as z from 'zod'

const amount = z.object({ amount: z.number() })
const receipt = z.object({ receipt: z.string() })

/** Makes one effect in the world outside: the sink counts it under the step's key. */
async function takeEffect(
  step: string,
  {
    runtimeContext,
    idempotencyKey,
    abortSignal,
  }: Pick<StepContext, 'runtimeContext' | 'idempotencyKey' | 'abortSignal'>,
): Promise<{ receipt: string }> {
  const response = await fetch(`${String(runtimeContext.get('sink'))}/${step}`, {
    method: 'POST',
    headers: { 'idempotency-key': idempotencyKey },
    signal: abortSignal,
  })
  return response.json()
}

/** A step with one effect, which it gives on as a receipt. */
function effectStep<const Id extends string>(id: Id, effect: 'once' | 'retry' = 'retry') {
  return createStep({ id, outputSchema: receipt, effect, execute: (context) => takeEffect(id, context) })
}

const prepare = createStep({
  id: 'prepare',
  inputSchema: amount,
  outputSchema: z.object({ amount: z.number(), doubled: z.number() }),
  execute: ({ inputData }) => ({ ...inputData, doubled: inputData.amount * 2 }),
})

const approve = createStep({
  id: 'approve',
  inputSchema: z.object({ doubled: z.number() }),
  outputSchema: z.object({ approved: z.boolean(), doubled: z.number() }),
  suspendSchema: z.object({ reason: z.string() }),
  resumeSchema: z.object({ approved: z.boolean() }),
  execute: ({ inputData: { doubled }, resumeData, suspend }) =>
    resumeData ? { ...resumeData, doubled } : suspend({ reason: `approve ${doubled}?` }),
})

const finish = createStep({
  id: 'finish',
  inputSchema: z.object({ doubled: z.number() }),
  outputSchema: z.object({ message: z.string() }),
  execute: async ({ inputData: { doubled }, ...context }) => {
    await takeEffect('finish', context)
    return { message: `paid ${doubled}` }
  },
})

/** Waits for a person between two steps. */
const payment = createWorkflow({
  id: 'payment',
  description: 'Pays what somebody approves',
  inputSchema: amount,
  outputSchema: z.object({ message: z.string() }),
})
  .then(prepare)
  .then(approve)
  .then(finish)
  .commit()

/** Says how far it is, before and after its effect. */
const work = createStep({
  id: 'work',
  inputSchema: z.object({ words: z.number() }),
  outputSchema: receipt,
  execute: async ({ inputData, writer, ...context }) => {
    for (let word = 1; word <= inputData.words; word += 1) writer.write({ word })
    const done = await takeEffect('work', context)
    writer.write({ word: 'last' })
    return done
  },
})
const report = createWorkflow({ id: 'report', inputSchema: z.object({ words: z.number() }) })
  .then(work)
  .then(effectStep('send'))
  .commit()

const shipped = z.object({ parcel: z.string() })

/** Waits for an event between two steps. */
const order = createWorkflow({ id: 'order', inputSchema: amount })
  .then(effectStep('reserve'))
  .waitForEvent('shipped', { schema: shipped })
  .map(({ inputData }) => inputData.parcel)
  .then(effectStep('thank'))
  .commit()

/** Waits for an event, but not for long. */
const hasty = createWorkflow({ id: 'hasty', inputSchema: z.object({ ms: z.number() }) })
  .then(effectStep('reserve'))
  .waitForEvent('shipped', { schema: shipped, timeoutMs: 4000, timeoutValue: { parcel: 'lost' } })
  .map(({ inputData }) => inputData.parcel)
  .then(effectStep('thank'))
  .commit()

const parcel = createWorkflow({ id: 'parcel', inputSchema: receipt })
  .then(effectStep('pack', 'once'))
  .then(effectStep('label'))
  .commit()

/** Starts a run of another workflow between two steps. */
const delivery = createWorkflow({ id: 'delivery', inputSchema: amount })
  .then(effectStep('reserve'))
  .then(childRun(parcel))
  .then(effectStep('thank'))
  .commit()

/** Starts a run that asks somebody. */
const approval = createWorkflow({ id: 'approval', inputSchema: amount })
  .then(childRun(payment))
  .then(effectStep('thank'))
  .commit()

/** Asks for each item of a list. */
const decide = createStep({
  id: 'decide',
  inputSchema: z.string(),
  outputSchema: z.string(),
  resumeSchema: z.object({ word: z.string() }),
  execute: ({ inputData, resumeData, suspend }) =>
    resumeData ? `${inputData} ${resumeData.word}` : suspend({ item: inputData }),
})
const questions = createWorkflow({ id: 'questions', inputSchema: z.array(z.string()) })
  .foreach(decide, { concurrency: 3 })
  .commit()

/** Breaks the first time that a run comes to it. */
const broken = new Set<string>()
const breaks = createStep({
  id: 'breaks',
  execute: async ({ runId, ...context }) => {
    if (!broken.has(runId)) {
      broken.add(runId)
      throw new Error('the fuse was lit')
    }
    return takeEffect('breaks', context)
  },
})
const fragile = createWorkflow({ id: 'fragile' }).then(effectStep('before', 'once')).then(breaks).commit()

/** A number that the run's state counts on. */
const counter = createWorkflow({
  id: 'counter',
  inputSchema: amount,
  stateSchema: z.object({ from: z.number() }),
})
  .map(({ inputData, state }) => ({ sum: inputData.amount + state.from }))
  .commit()

const once = createWorkflow({ id: 'once' })
  .then(effectStep('charge', 'once'))
  .then(effectStep('thank'))
  .commit()

const naps = createWorkflow({ id: 'naps', inputSchema: z.object({ ms: z.number() }) })
  .then(effectStep('doze'))
  .sleep(({ getInitData }) => getInitData<{ ms: number }>().ms)
  .then(effectStep('wake'))
  .commit()

const pair = createWorkflow({ id: 'pair' })
  .parallel([effectStep('charge', 'once'), effectStep('reserve')])
  .then(effectStep('thank'))
  .commit()

const list = createWorkflow({ id: 'list', inputSchema: z.array(z.number()) })
  .foreach(effectStep('item'), { concurrency: 3 })
  .then(effectStep('thank'))
  .commit()

const inner = createWorkflow({ id: 'inner' })
  .then(effectStep('first', 'once'))
  .then(effectStep('second'))
  .commit()
const nested = createWorkflow({ id: 'nested' }).then(inner).then(effectStep('thank')).commit()

/** Fails twice, with a pause before it is tried again. */
const flaky = createStep({
  id: 'flaky',
  retries: { attempts: 2, delay: 3000, backoff: 'fixed' },
  execute: async ({ retryCount, ...context }) => {
    const done = await takeEffect('flaky', context)
    if (retryCount < 2) throw new Error(`not yet: ${retryCount}`)
    return done
  },
})
const retried = createWorkflow({ id: 'retried' }).then(flaky).then(effectStep('thank')).commit()

/** A step with an effect, and with another that makes it good. */
function undoneStep<const Id extends string>(id: Id, effect: 'once' | 'retry' = 'retry') {
  return createStep({
    id,
    outputSchema: receipt,
    effect,
    execute: (context) => takeEffect(id, context),
    compensate: (context) => takeEffect(`undo-${id}`, context),
    compensateRetries: { attempts: 2, delay: 10 },
  })
}

const refuses = createStep({
  id: 'refuses',
  execute: () => {
    throw new Error('no seat is left')
  },
})

/** Fails at its end, and gives back what it had booked. */
const trip = createWorkflow({ id: 'trip' })
  .parallel([undoneStep('hotel'), createWorkflow({ id: 'flight' }).then(undoneStep('seat', 'once')).commit()])
  .then(undoneStep('car'))
  .then(refuses)
  .commit()

/** Asks before it goes on: canceled then, it gives back what it had booked. */
const stay = createWorkflow({ id: 'stay' })
  .then(undoneStep('room'))
  .then(createStep({ id: 'sure', execute: ({ resumeData, suspend }) => resumeData ?? suspend({}) }))
  .commit()

/** Some of everything, for kills at random. */
const all = createWorkflow({ id: 'all', inputSchema: z.array(z.number()) })
  .foreach(effectStep('item'), { concurrency: 2 })
  .parallel([effectStep('charge', 'once'), effectStep('reserve'), inner])
  .sleep(300)
  .map(({ inputData }) => ({ seen: Object.keys(inputData).length }))
  .dountil(
    createStep({
      id: 'round',
      execute: async ({ inputData, ...context }) => {
        await takeEffect('round', context)
        return inputData
      },
    }),
    ({ iterationCount }) => iterationCount >= 3,
  )
  .then(effectStep('thank'))
  .commit()

/** One effect, started by the code itself once a year, and by whoever makes a schedule of it. */
const pulse = createWorkflow({
  id: 'pulse',
  schedule: { cron: '0 3 1 1 *', timezone: 'Europe/Berlin', inputData: { by: 'code' } },
})
  .then(effectStep('beat'))
  .commit()

/** One at a time for each gate. */
const gate = createWorkflow({
  id: 'gate',
  inputSchema: z.object({ gate: z.string() }),
  concurrency: { limit: 1, key: ({ inputData }) => inputData.gate },
})
  .then(effectStep('enter'))
  .then(effectStep('leave'))
  .commit()

export const workflows = {
  payment,
  order,
  hasty,
  parcel,
  delivery,
  approval,
  report,
  questions,
  fragile,
  counter,
  once,
  naps,
  pair,
  list,
  nested,
  retried,
  all,
  pulse,
  trip,
  stay,
  gate,
}
