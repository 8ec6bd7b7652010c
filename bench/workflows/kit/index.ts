import { cloneStep, createStep, createWorkflow, Edgewise } from 'edgewise'
import * as z from 'zod'
import { objects } from '../../../durable-objects/objects.ts'
import { workflowRunAddress } from '../../../lib/protocol/address.ts'
import type { Env } from '../../../worker/env.ts'
import { serve } from '../../../worker/serve.ts'
import type { Tally } from '../../counted/tally.ts'
import { tallyStorage } from '../../counted/tally.ts'

const count = z.object({ n: z.number() })

const add = createStep({
  id: 'add',
  inputSchema: count,
  outputSchema: count,
  execute: async ({ inputData }) => ({ n: inputData.n + 1 }),
})

/** As {@link add}, and lets the event loop turn, as whatever waits for the world does. */
const yields = createStep({
  id: 'yields',
  inputSchema: count,
  outputSchema: count,
  execute: async ({ inputData }) => {
    await new Promise((resolve) => setTimeout(resolve, 0))
    return { n: inputData.n + 1 }
  },
})

function chain(id: string, length: number, step: typeof add | typeof yields) {
  const workflow = createWorkflow({ id, inputSchema: count, outputSchema: count })
  for (let i = 0; i < length; i += 1) workflow.then(cloneStep(step, { id: `s${i}` }))
  return workflow.commit()
}

const ask = createStep({
  id: 'ask',
  inputSchema: z.object({ url: z.string() }),
  outputSchema: z.object({ url: z.string() }),
  execute: async ({ inputData, resumeData, suspend }) => (resumeData ? inputData : suspend({})),
})

/** Tells the world that it has begun. */
const tell = createStep({
  id: 'tell',
  inputSchema: z.object({ url: z.string() }),
  execute: async ({ inputData }) => {
    await (await fetch(inputData.url)).text()
  },
})

const app = new Edgewise({
  workflows: {
    w3: chain('w3', 3, add),
    w100: chain('w100', 100, add),
    w1000: chain('w1000', 1000, add),
    y100: chain('y100', 100, yields),
    f1000: createWorkflow({ id: 'f1000', inputSchema: z.array(count) })
      .foreach(add, { concurrency: 10 })
      .commit(),
    asks: createWorkflow({ id: 'asks', inputSchema: z.object({ url: z.string() }) })
      .then(ask)
      .then(tell)
      .commit(),
  },
})
const kit = objects(app)
const worker = serve(app)

const run: Tally = { written: 0, deleted: 0, alarms: 0 }

/** The kit's own object. With `COUNT` what it writes is counted; without it nothing is done that the kit does not do. */
export class Run extends kit.Run {
  constructor(ctx: DurableObjectState, env: Env & { COUNT?: string }) {
    if (env.COUNT) tallyStorage(ctx, run)
    super(ctx, env)
  }

  bytes(): number {
    return this.ctx.storage.sql.databaseSize
  }
}

export const { Thread, Store } = kit

type BenchEnv = { RUN: { getByName(name: string): { bytes(): Promise<number> } } } & Env

/** `GET /bench/tally` gives what was counted and starts anew; `GET /bench/bytes/:workflow/:run` the size of a run. */
export default {
  async fetch(request: Request, env: BenchEnv): Promise<Response> {
    const [, bench, what, workflow = '', runId = ''] = new URL(request.url).pathname.split('/')
    if (bench !== 'bench') return worker.fetch(request, env)
    if (what === 'bytes') {
      const bytes: number = await env.RUN.getByName(workflowRunAddress(undefined, workflow, runId)).bytes()
      return Response.json({ bytes })
    }
    const counted = { ...run }
    Object.assign(run, { written: 0, deleted: 0, alarms: 0 })
    return Response.json(counted)
  },
}
