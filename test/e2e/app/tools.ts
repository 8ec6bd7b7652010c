import type { ToolContext, ToolSet } from 'edgewise'
import { createTool } from 'edgewise'
import * as z from 'zod'

const amount = z.object({ amount: z.number() })

/** Makes one effect in the world outside: the sink counts it under the call's key, and answers with a receipt. */
async function takeEffect(
  tool: string,
  { runtimeContext, idempotencyKey, abortSignal }: ToolContext,
): Promise<{ receipt: string }> {
  const response = await fetch(`${String(runtimeContext.get('sink'))}/${tool}`, {
    method: 'POST',
    headers: { 'idempotency-key': idempotencyKey },
    signal: abortSignal,
  })
  return response.json()
}

const charge = createTool({
  id: 'charge',
  description: 'Charges a card, which must not happen twice',
  inputSchema: amount,
  execute: (_input, context) => takeEffect('charge', context),
})

const reserve = createTool({
  id: 'reserve',
  description: 'Reserves an amount; the other side knows a repeated call by its key',
  inputSchema: amount,
  effect: 'retry',
  execute: (_input, context) => takeEffect('reserve', context),
})

const lookUp = createTool({
  id: 'look-up',
  description: 'Looks an amount up',
  inputSchema: amount,
  readOnly: true,
  execute: (_input, context) => takeEffect('lookUp', context),
})

const report = createTool({
  id: 'report',
  description: 'Makes a report and says how far it is',
  inputSchema: amount,
  effect: 'retry',
  execute: async (_input, context) => {
    context.writer.write({ percent: 10 })
    const receipt = await takeEffect('report', context)
    context.writer.write({ percent: 90 })
    return receipt
  },
})

/** Whose results are given again. */
const recall = createTool({
  id: 'recall',
  description: 'Looks an amount up that does not change',
  inputSchema: amount,
  readOnly: true,
  cache: { ttlMs: 600_000 },
  execute: (_input, context) => takeEffect('recall', context),
})

/** Which is called each time, and always says the same. */
const check = createTool({
  id: 'check',
  description: 'Checks an amount',
  inputSchema: amount,
  readOnly: true,
  execute: async (_input, context) => {
    await takeEffect('check', context)
    return { isFine: true }
  },
})

export const cachedTools: ToolSet = { recall, check }

const explode = createTool({
  id: 'explode',
  description: 'Fails',
  execute: () => {
    throw new Error('the fuse was lit')
  },
})

const crawl = createTool({
  id: 'crawl',
  description: 'Takes longer than it may',
  timeoutMs: 300,
  effect: 'retry',
  execute: (_input, context) => takeEffect('crawl', context),
})

/** A person must approve it. */
const wire = createTool({
  id: 'wire',
  description: 'Wires money',
  inputSchema: amount,
  requireApproval: true,
  execute: ({ amount: sum }) => ({ wired: sum }),
})

/** It asks for a room, and goes on once it has one. */
const book = createTool({
  id: 'book',
  description: 'Books a room',
  inputSchema: amount,
  suspendSchema: z.object({ question: z.string() }),
  resumeSchema: z.object({ room: z.string() }),
  execute: async (_input, { suspend, resumeData }) => {
    if (!resumeData) return suspend({ question: 'Which room?' })
    return { booked: resumeData.room }
  },
})

/** A person must approve it, and it must not happen twice. */
const transfer = createTool({
  id: 'transfer',
  description: 'Transfers money',
  inputSchema: amount,
  requireApproval: true,
  execute: (_input, context) => takeEffect('transfer', context),
})

/** It runs in the page. */
const locate = createTool({ id: 'locate', description: 'Where the page is', inputSchema: z.object({}) })

/** Tools that stand on their own, beside the agents. */
export const loneTools: ToolSet = { lookUp, explode, wire, book }

export const tools: ToolSet = {
  charge,
  reserve,
  lookUp,
  report,
  explode,
  crawl,
}

/** Tools that may have to wait for somebody: an agent with such runs in an object even without a thread. */
export const waitingTools: ToolSet = { wire, locate, book, transfer }
