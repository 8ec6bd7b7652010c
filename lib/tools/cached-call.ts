import type { Cache, CacheHit } from '../cache/cache.ts'
import type { CacheMode } from '../cache/through.ts'
import { askCache, landAnswer, placeOf } from '../cache/through.ts'
import type { ToolOutcome } from './outcome.ts'
import type { CallContext, Tool } from './tool.ts'

/** The cache as a call has it. */
export interface CallCache {
  cache: Cache
  mode: CacheMode
  /** Told of a hit or a miss before the call is made. */
  onAsked(hit: CacheHit | undefined): void
}

interface Call {
  tool: Tool
  /** As its schema made it. */
  input: unknown
  context: CallContext
}

/** Makes the call, or gives what came of the same one before. Never throws. */
export async function runCached(
  { tool, input, context }: Call,
  { cache, mode, onAsked }: CallCache,
  make: (abortSignal: AbortSignal) => Promise<ToolOutcome>,
): Promise<ToolOutcome> {
  const { abortSignal, resourceId } = context
  const { scope, ttlMs = 0 } = tool.cache ?? {}
  const place = await placeOf(() => toQuestion({ tool, input, context }), scope, resourceId)
  if (!place) return make(abortSignal)
  try {
    const { hit, lead } = await askCache(cache, place, mode, abortSignal)
    onAsked(hit)
    if (hit) return { ok: true, output: hit.value }
    if (!lead) return await make(abortSignal)
    abortSignal.addEventListener('abort', lead.leave)
    const outcome = await make(lead.signal)
    abortSignal.removeEventListener('abort', lead.leave)
    if (!outcome.ok && 'error' in outcome) lead.land({ type: 'failed', error: new FailedCall(outcome) })
    await landAnswer(cache, place, lead, { value: outcome.ok ? outcome.output : undefined, ttlMs })
    return outcome
  } catch (error) {
    // Else it was aborted while somebody else's call was waited for: making it says so.
    return error instanceof FailedCall ? error.outcome : make(abortSignal)
  }
}

/** What is thrown at those who wait for a call that failed. */
class FailedCall extends Error {
  readonly outcome: ToolOutcome

  constructor(outcome: ToolOutcome) {
    super()
    this.outcome = outcome
  }
}

/** All that the result depends on. @throws what the tool's own `key` throws. */
function toQuestion({ tool: { id, cache }, input, context: { runtimeContext } }: Call): object {
  const { contextKeys = [], version, key } = cache ?? {}
  // The schema made the input what `key` was declared to take.
  const own = key ? key(input as never) : input
  return {
    of: 'tool',
    id,
    version,
    own,
    context: contextKeys.map((name) => runtimeContext.get(name) ?? null),
  }
}
