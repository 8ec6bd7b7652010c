import * as z from 'zod'
import { id } from '../schemas.ts'
import { requestContext } from './agent-memory.ts'
import { time } from './memory.ts'

/** A category or a key: one line. */
const name = id.refine((text) => !text.includes('\n'), 'must be one line')

const fact = { category: name.optional(), key: name, value: z.json() }
const count = (fallback: number): z.ZodType<number> =>
  z.coerce.number<string>().int().min(1).max(1000).default(fallback)

export const factParams = z.object({ category: name, key: name })

/** Whose facts; and in whose memory, where an agent brings a storage of its own. */
export const factsQuery = z.object({ resourceId: id.optional(), agentId: id.optional(), requestContext })

export const listFactsQuery = factsQuery.extend({
  category: name.optional(),
  page: z.coerce.number<string>().int().min(0).max(1_000_000).default(0),
  perPage: count(100),
})

export const searchFactsQuery = factsQuery.extend({
  query: z.string().min(1).max(4000),
  category: name.optional(),
  limit: count(10),
})

const owner = { resourceId: id.optional() }

export const storeFactBody = z.object({ ...fact, ...owner })
export const storeFactsBody = z.object({ facts: z.array(z.object(fact)).min(1).max(1000), ...owner })
export const cleanupBody = z.object({ olderThan: time, ...owner })
