import { Agent, createTool, Edgewise } from 'edgewise'
import * as z from 'zod'
import { objects } from '../../durable-objects/objects.ts'
import { threadAddress } from '../../lib/protocol/address.ts'
import { serve } from '../../worker/serve.ts'
import type { Env } from '../../worker/env.ts'
import type { Tally } from './tally.ts'
import { tallyStorage } from './tally.ts'

const add = createTool({
  id: 'add',
  description: 'Adds two numbers',
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  execute: ({ a, b }) => ({ sum: a + b }),
})
const helper = new Agent({ name: 'Helper', instructions: 'You are a helper.', tools: { add } })
const app = new Edgewise({ agents: { helper } })
const kit = objects(app)
const worker = serve(app)

// All objects of this Worker live in one isolate.
const thread: Tally = { written: 0, deleted: 0, alarms: 0 }
const store: Tally = { written: 0, deleted: 0, alarms: 0 }

/** The kit's own objects, and what they write is counted. */
export class Thread extends kit.Thread {
  constructor(ctx: DurableObjectState, env: Env) {
    tallyStorage(ctx, thread)
    super(ctx, env)
  }

  bytes(): number {
    return this.ctx.storage.sql.databaseSize
  }
}

export const { Run } = kit

export class Store extends kit.Store {
  constructor(ctx: DurableObjectState, env: Env) {
    tallyStorage(ctx, store)
    super(ctx, env)
  }
}

type CountedEnv = { THREAD: { getByName(name: string): { bytes(): Promise<number> } } } & Env

/** `GET /bench/tally` gives what was counted and starts anew; `GET /bench/bytes/:thread` the size of a thread. */
export default {
  async fetch(request: Request, env: CountedEnv): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/bench/tally') {
      const counted = structuredClone({ thread, store })
      for (const tally of [thread, store]) Object.assign(tally, { written: 0, deleted: 0, alarms: 0 })
      return Response.json(counted)
    }
    const threadId = /^\/bench\/bytes\/(.+)$/.exec(pathname)?.[1]
    if (threadId === undefined) return worker.fetch(request, env)
    const bytes: number = await env.THREAD.getByName(threadAddress(undefined, threadId)).bytes()
    return Response.json({ bytes })
  },
}
