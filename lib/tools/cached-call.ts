import type { Cache, CacheHit, CachePlace } from '../cache/cache.ts'
import { hashKey } from '../cache/key.ts'
import type { CacheMode } from '../cache/through.ts'
import { askCache, landAnswer } from '../cache/through.ts'
import { cacheShard, resourceShard } from '../protocol/address.ts'
import type { ToolOutcome } from './outcome.ts'
import type { Tool, ToolContext } from './tool.ts'

/** The cache as a call has it. */
export interface CallCache {
  cache: Cache
  mode: CacheMode
  /** Told of a hit or a miss before the call is made. */
  onAsked(hit: CacheHit | undefined): void
}

type Context = Omit<ToolContext, 'suspend'>
type Make = (abortSignal: AbortSignal) => Promise<ToolOutcome>

/** What is thrown at those who wait for a call that failed. */
class FailedCall extends Error {
  override readonly name = 'FailedCall'
  readonly outcome: ToolOutcome

  constructor(outcome: ToolOutcome) {
    super('the call failed')
    this.outcome = outcome
  }
}

/** Makes the call, or gives what came of the same one before. Never throws. */
export async function runCached(
  tool: Tool,
  input: unknown,
  { context }: { context: Context },
  call: CallCache,
  make: Make,
): Promise<ToolOutcome> {
  const { abortSignal } = context
  const place = await placeOf(tool, input, context).catch(() => undefined)
  if (!place || !tool.cache) return make(abortSignal)
  try {
    const asked = await askCache(call.cache, place, call.mode, abortSignal)
    if ('hit' in asked) {
      call.onAsked(asked.hit)
      return { ok: true, output: asked.hit.value }
    }
    call.onAsked(undefined)
    if ('alone' in asked) return await make(abortSignal)
    const { lead } = asked
    abortSignal.addEventListener('abort', lead.leave, { once: true })
    const outcome = await make(lead.signal)
    abortSignal.removeEventListener('abort', lead.leave)
    if (!outcome.ok && 'error' in outcome) lead.fail(new FailedCall(outcome))
    const value = outcome.ok ? outcome.output : undefined
    await landAnswer(call.cache, place, lead, { value, ttlMs: tool.cache.ttlMs })
    return outcome
  } catch (error) {
    // Aborted while somebody else's call was waited for: making it says so.
    return error instanceof FailedCall ? error.outcome : make(abortSignal)
  }
}

async function placeOf(
  { id, cache }: Tool,
  input: unknown,
  { runtimeContext, resourceId = 'default' }: Context,
): Promise<CachePlace | undefined> {
  if (!cache) return undefined
  const { scope = 'resource', contextKeys = [], version } = cache
  const own = cache.key ? cache.key(input as never) : input
  const context = Object.fromEntries(contextKeys.map((key) => [key, runtimeContext.get(key)]))
  const owner = scope === 'resource' ? { resourceId } : {}
  const key = await hashKey({ of: 'tool', id, version, ...owner, input: own, context })
  return { key, shard: scope === 'resource' ? resourceShard(resourceId) : cacheShard(key) }
}
