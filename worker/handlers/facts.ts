import type * as z from 'zod'
import {
  cleanupFacts,
  findFact,
  forgetFact,
  listFacts,
  searchFacts,
  storeFacts,
} from '../../lib/memory/facts.ts'
import type { Fact, NewFact } from '../../lib/memory/facts.ts'
import type { MemoryAccess } from '../../lib/memory/access.ts'
import { Memory } from '../../lib/memory/memory.ts'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import { RuntimeContext } from '../../lib/protocol/runtime-context.ts'
import { DEFAULT_RESOURCE } from '../../lib/runtime/create.ts'
import { resourceOf } from '../../lib/security/principal.ts'
import { withoutUndefined } from '../schemas.ts'
import type { Call } from '../context.ts'
import type * as schemas from '../schemas/facts.ts'
import { requireAgent } from './agents.ts'

type Query = z.infer<typeof schemas.factsQuery>
type Params = z.infer<typeof schemas.factParams>
type FactCall = Call<unknown, Query, { resourceId?: string | undefined } | undefined>

/** One fact, or one that takes the place of what was there. */
export async function storeFact(
  call: Call<undefined, Query, z.infer<typeof schemas.storeFactBody>>,
): Promise<Response> {
  return store(call, [call.body])
}

export async function batchStoreFacts(
  call: Call<undefined, Query, z.infer<typeof schemas.storeFactsBody>>,
): Promise<Response> {
  return store(call, call.body.facts)
}

async function store(
  call: FactCall,
  facts: readonly { category?: string | undefined; key: string; value: Fact['value'] }[],
): Promise<Response> {
  const { access } = await openFacts(call)
  const read = facts.map(({ category, key, value }): NewFact => withoutUndefined({ category, key, value }))
  await storeFacts(access, read)
  return Response.json({ stored: facts.length })
}

/** All facts, or those of a category, in the order of their categories and keys. */
export async function listAllFacts(
  call: Call<undefined, z.infer<typeof schemas.listFactsQuery>, undefined>,
): Promise<Response> {
  const { category, page, perPage } = call.query
  const { access } = await openFacts(call)
  const [facts, end] = [[] as Fact[], (page + 1) * perPage]
  let seen = 0
  for await (const fact of listFacts(access, category)) {
    if (seen >= end) return Response.json({ facts, page, perPage, hasMore: true })
    if (seen >= page * perPage) facts.push(fact)
    seen += 1
  }
  return Response.json({ facts, page, perPage, hasMore: false })
}

export async function retrieveFact(call: Call<Params, Query, undefined>): Promise<Response> {
  const { category, key } = call.params
  const { access } = await openFacts(call)
  const fact = await findFact(access, category, key)
  if (fact) return Response.json(fact)
  throw new EdgewiseError('not_found', `There is no fact "${key}" in category "${category}"`)
}

/** It may not be there. */
export async function deleteFact(call: Call<Params, Query, undefined>): Promise<Response> {
  const { access } = await openFacts(call)
  await forgetFact(access, call.params.category, call.params.key)
  return Response.json({ success: true })
}

/** What has to do with the words, best first; by meaning where the embedder can be reached. */
export async function searchAllFacts(
  call: Call<undefined, z.infer<typeof schemas.searchFactsQuery>, undefined>,
): Promise<Response> {
  const { query, category, limit } = call.query
  const { access, timeoutMs } = await openFacts(call)
  const signal = AbortSignal.timeout(timeoutMs)
  const asked = { query, limit, embedder: access.embedder(), signal }
  return Response.json({
    facts: await searchFacts(access, { ...asked, ...(category !== undefined && { category }) }),
  })
}

/** Deletes what was last stored before a time. */
export async function cleanUpFacts(
  call: Call<undefined, Query, z.infer<typeof schemas.cleanupBody>>,
): Promise<Response> {
  const { access } = await openFacts(call)
  return Response.json({ deleted: await cleanupFacts(access, call.body.olderThan) })
}

/** The facts of whoever asks, or of the resource that it names, where the memory of the agent keeps them. */
async function openFacts(call: FactCall): Promise<{ access: MemoryAccess; timeoutMs: number }> {
  const { runtime, principal, query, body } = call
  const { agentId, requestContext } = query
  const runtimeContext = new RuntimeContext(requestContext)
  const memory =
    agentId === undefined ? new Memory() : await requireAgent(runtime, agentId).getMemory({ runtimeContext })
  const resourceId = resourceOf(principal, body?.resourceId ?? query.resourceId, DEFAULT_RESOURCE)
  return { access: memory.open(runtime, resourceId), timeoutMs: memory.settings.timeoutMs }
}
