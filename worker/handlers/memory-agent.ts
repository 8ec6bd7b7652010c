import type * as z from 'zod'
import type { Agent } from '../../lib/agents/agent.ts'
import { toMastraThread } from '../../lib/formats/mastra/thread.ts'
import { toSearchResult } from '../../lib/formats/mastra/search.ts'
import type { ForgetFailure } from '../../lib/memory/forget-failures.ts'
import { listForgetFailures } from '../../lib/memory/forget-failures.ts'
import type { Memory } from '../../lib/memory/memory.ts'
import type { MemoryScope, WorkingMemorySettings } from '../../lib/memory/memory-options.ts'
import { searchMessages } from '../../lib/memory/search-messages.ts'
import type { Sweep } from '../../lib/memory/sweep-state.ts'
import { readSweep } from '../../lib/memory/sweep-state.ts'
import type { WorkingMemory } from '../../lib/memory/working.ts'
import { workingText } from '../../lib/memory/working.ts'
import { changeWorking, readWorking } from '../../lib/memory/working-store.ts'
import { resourceShard, spaceOf } from '../../lib/protocol/address.ts'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import type { JsonObject } from '../../lib/protocol/json.ts'
import { isRecord } from '../../lib/protocol/json.ts'
import { RuntimeContext } from '../../lib/protocol/runtime-context.ts'
import { DEFAULT_RESOURCE } from '../../lib/runtime/create.ts'
import type { Schema } from '../../lib/schema/schema.ts'
import { toJsonSchema } from '../../lib/schema/schema.ts'
import { resourceOf, threadAddressOf } from '../../lib/security/principal.ts'
import { redactSecrets } from '../../lib/telemetry/redact.ts'
import { threadCollection } from '../../lib/threads/outbox.ts'
import type { Call, RequestContext } from '../context.ts'
import type { threadParams } from '../schemas.ts'
import type {
  agentQuery,
  memoryQuery,
  pinBody,
  searchQuery,
  transferBody,
  workingMemoryBody,
} from '../schemas/agent-memory.ts'
import { readMemoryOverrides } from '../schemas/memory-options.ts'
import { requireAgent } from './agents.ts'
import { askAddress, askMemory } from './memory.ts'

type Params = z.infer<typeof threadParams>

/** Every agent remembers, so this says that the agent is there, and what is being done in the resource's indexes. */
export async function memoryStatus(
  call: Call<undefined, z.infer<typeof memoryQuery>, undefined>,
): Promise<Response> {
  const { runtime, principal, query } = call
  requireAgent(runtime, query.agentId)
  const resourceId = resourceOf(principal, query.resourceId, DEFAULT_RESOURCE)
  const documents = runtime.documents(resourceShard(resourceId))
  const [found, failures] = await Promise.all([readSweep(documents), listForgetFailures(documents)])
  return Response.json({
    result: true,
    memoryType: 'local',
    ...(found && { embedding: describeSweep(found.sweep) }),
    ...(failures.length > 0 && { problems: failures.map(describeFailure) }),
  })
}

function describeSweep({
  status,
  threads,
  messages,
  refused,
  startedAt,
  updatedAt,
  error,
}: Sweep): JsonObject {
  const times = { startedAt: toDate(startedAt), updatedAt: toDate(updatedAt) }
  return { status, threads, messages, refused, ...times, ...(error !== undefined && { error }) }
}

/** The last part of an address is the thread's id. */
function describeFailure({ address, error, since }: ForgetFailure): JsonObject {
  const threadId = decodeURIComponent(address.slice(address.lastIndexOf('/') + 1))
  return { type: 'forget', threadId, error, since: toDate(since) }
}

function toDate(time: number): string {
  return new Date(time).toISOString()
}

export async function memoryConfig(
  call: Call<undefined, z.infer<typeof agentQuery>, undefined>,
): Promise<Response> {
  const { memory } = await memoryFor(call)
  return Response.json({ memoryType: 'local', config: describeMemory(memory) })
}

/** The options in Mastra's words. */
function describeMemory({ settings }: Memory): JsonObject {
  const { lastMessages, semanticRecall, workingMemory, generateTitle, compaction, tokenBudget, timeoutMs } =
    settings
  const recall = semanticRecall && {
    topK: semanticRecall.topK,
    messageRange: { before: semanticRecall.before, after: semanticRecall.after },
    scope: semanticRecall.scope,
    threshold: semanticRecall.threshold,
    hybrid: semanticRecall.hybrid,
  }
  return {
    lastMessages,
    semanticRecall: recall ?? false,
    workingMemory: workingMemory
      ? { enabled: true, scope: workingMemory.scope, ...templateField(workingMemory) }
      : { enabled: false },
    generateTitle: generateTitle !== undefined,
    compaction: compaction ? { every: compaction.every } : false,
    timeoutMs,
    ...(tokenBudget !== Infinity && { tokenBudget }),
  }
}

function templateField(settings: WorkingMemorySettings): JsonObject {
  const { format, content } = templateOf(settings)
  return format === 'json' ? { schema: content } : { template: content }
}

function templateOf({ template = '', schema }: WorkingMemorySettings): { format: string; content: string } {
  if (schema === undefined) return { format: 'markdown', content: template }
  const json = '~standard' in schema ? toJsonSchema(schema as Schema) : schema
  return { format: 'json', content: JSON.stringify(json) }
}

export async function getWorkingMemory(
  call: Call<Params, z.infer<typeof memoryQuery>, undefined>,
): Promise<Response> {
  const { params, query } = call
  const info = await findThread(call, params.threadId)
  const { memory, settings, documents } = await openWorking(call, query.resourceId ?? info?.resourceId)
  let found: WorkingMemory['content'] | null | undefined
  if (settings.scope === 'resource') found = (await readWorking(documents))?.content
  else if (info) found = (await askMemory(call, params, 'working', {})).content
  const text = typeof found === 'string' || !found ? found : workingText({ content: found, applied: [] })
  return Response.json({
    workingMemory: text || null,
    source: settings.scope,
    workingMemoryTemplate: memory.settings.workingMemory ? templateOf(settings) : null,
    threadExists: info !== undefined,
  })
}

/** Sets the working memory whole. Where it follows a schema the text is JSON. */
export async function updateWorkingMemory(
  call: Call<Params, z.infer<typeof agentQuery>, z.infer<typeof workingMemoryBody>>,
): Promise<Response> {
  const { params, body, runtime } = call
  const owner = body.resourceId ?? (await findThread(call, params.threadId))?.resourceId
  const { settings, documents } = await openWorking(call, owner)
  const content = settings.schema === undefined ? body.workingMemory : parseObject(body.workingMemory)
  if (settings.scope === 'thread') await askMemory(call, params, 'set-working', { content })
  else await changeWorking(documents, [{ id: runtime.newId('change'), type: 'set', content }], runtime.now())
  return Response.json({ success: true })
}

/** Undefined if it is not there. What it says of its owner stands where the caller names nobody. */
function findThread(call: RequestContext, threadId: string) {
  return askAddress(call, threadAddressOf(call.principal, threadId), 'info', {})
}

function parseObject(text: string): JsonObject {
  try {
    const parsed: unknown = JSON.parse(text)
    // What was parsed from JSON is JSON.
    if (isRecord(parsed)) return parsed as JsonObject
  } catch {
    // It is said below.
  }
  throw new EdgewiseError('invalid_request', 'Invalid body: workingMemory must be a JSON object', {
    issues: [{ field: 'workingMemory', message: 'must be a JSON object: the agent keeps it by a schema' }],
  })
}

type AgentCall = Call<unknown, z.infer<typeof agentQuery>, unknown>

/** The agent that is named, with its memory for this request. @throws EdgewiseError `agent_not_found`. */
async function memoryFor({ runtime, query }: AgentCall): Promise<{ agent: Agent; memory: Memory }> {
  const agent = requireAgent(runtime, query.agentId)
  const runtimeContext = new RuntimeContext(query.requestContext)
  return { agent, memory: await agent.getMemory({ runtimeContext }) }
}

/** @throws EdgewiseError `invalid_request` if the agent has no working memory. */
async function openWorking(call: AgentCall, named: string | undefined) {
  const { runtime, principal } = call
  const { agent, memory } = await memoryFor(call)
  const settings = memory.settings.workingMemory
  if (!settings)
    throw new EdgewiseError('invalid_request', `Agent "${agent.id}" has no working memory`, {
      issues: [{ field: 'agentId', message: 'must be an agent with options.workingMemory.enabled' }],
    })
  const resourceId = resourceOf(principal, named, DEFAULT_RESOURCE)
  return { memory, settings, documents: memory.open(runtime, resourceId).documents }
}

/** What was said that has to do with a query, by meaning, by words or by both. */
export async function searchMemory(
  call: Call<undefined, z.infer<typeof searchQuery>, undefined>,
): Promise<Response> {
  const { runtime, principal, query, request } = call
  const { agent, memory } = await memoryFor(call)
  const asked = readMemoryOverrides({ options: query.memoryConfig })
  const settings = memory.with(asked).settings.semanticRecall
  if (!settings)
    throw new EdgewiseError('invalid_request', `Agent "${agent.id}" has no semantic recall`, {
      issues: [{ field: 'agentId', message: 'must be an agent with options.semanticRecall' }],
    })
  const { threadId } = query
  const thread =
    query.resourceId === undefined && threadId !== undefined && (await findThread(call, threadId))
  const owner = query.resourceId ?? (thread ? thread.resourceId : undefined)
  const resourceId = resourceOf(principal, owner, DEFAULT_RESOURCE)
  const { vectors, embedder } = memory.open(runtime, resourceId)
  const scope: MemoryScope = query.threadId === undefined ? 'resource' : settings.scope
  const { type, found } = await searchMessages(vectors(), embedder(), {
    query: query.searchQuery,
    address: threadAddressOf(principal, query.threadId ?? ''),
    scope,
    limit: query.limit,
    type: query.searchType,
    settings,
    signal: request.signal,
  }).catch((error: unknown) => {
    throw searchFailure(error)
  })
  const titles = await titlesOf(
    call,
    resourceId,
    found.map(({ hit }) => hit),
  )
  const results = found.map((one, i) => ({ ...one, threadTitle: titles[i] }))
  return Response.json(toSearchResult(results, { query: query.searchQuery, scope, type }))
}

async function titlesOf(
  { runtime }: Pick<AgentCall, 'runtime'>,
  resourceId: string,
  hits: readonly { address: string; threadId: string }[],
): Promise<(string | undefined)[]> {
  const documents = runtime.documents(resourceShard(resourceId))
  const found = await Promise.all(
    hits.map(({ address, threadId }) => documents.get(threadCollection(spaceOf(address)), threadId)),
  )
  return found.map((document) => {
    const title = document?.body['title']
    return typeof title === 'string' ? title : undefined
  })
}

/** Gives a thread to another resource. Whoever is bound to one can give away nothing. */
export async function transferThread(
  call: Call<Params, undefined, z.infer<typeof transferBody>>,
): Promise<Response> {
  const { principal, params, body } = call
  if (principal.resourceId !== undefined && principal.resourceId !== body.resourceId)
    throw new EdgewiseError('forbidden', 'A caller that is bound to a resource cannot transfer its threads')
  return Response.json(toMastraThread(await askMemory(call, params, 'transfer', body)))
}

/** Has a message shown in every turn of its thread, or no longer. */
export async function pinMessage(call: Call<Params, undefined, z.infer<typeof pinBody>>): Promise<Response> {
  return Response.json(await askMemory(call, call.params, 'pin', call.body))
}

/** The vectors or the embedder could not be reached: that is no fault of this server, and asking at once again does not help. */
function searchFailure(error: unknown): EdgewiseError {
  if (error instanceof EdgewiseError) return error
  const reason = redactSecrets(error instanceof Error ? error.message : String(error))
  return new EdgewiseError(
    'embedding_failed',
    `The messages could not be searched: ${reason.slice(0, 300)}`,
    {
      cause: error,
    },
  )
}
