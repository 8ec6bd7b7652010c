import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { Cache } from '../cache/cache.ts'
import type { Lead } from '../cache/flights.ts'
import type { CacheMode, CachePlace, CacheScope } from '../cache/through.ts'
import { askCache, landAnswer, placeOf } from '../cache/through.ts'
import type { CacheEvent } from '../protocol/event.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { NewId } from '../protocol/id.ts'
import type { Model } from './model.ts'
import { nameless, readStored, replay, toStored, usageOf } from './stored-answer.ts'

type Part = LanguageModelV4StreamPart

/** An agent's answers may be given again, word for word, to whoever asks the same. */
export interface ModelCacheOptions {
  /** How long an answer is kept, in milliseconds. Default: an hour. */
  ttlMs?: number
  /**
   * Who the same answer may be given to: `resource`, the one whose question it was; `global`, everybody who asks the
   * app the same, whoever they are. Default: `resource`.
   */
  scope?: CacheScope
  /** Answers of another version are not given: for what the question does not show, such as what tools know. */
  version?: string
}

/** The cache of one turn's answers. */
export interface ModelCache {
  cache: Cache
  options: ModelCacheOptions
  mode: CacheMode
  resourceId: string | undefined
  newId: NewId
  /** While somebody else's answer is waited for the model is not, and its silence means nothing. */
  onWait(): void
  onAsk(): void
}

export const DEFAULT_TTL_MS = 3_600_000

/**
 * The model's answer, or the one that it has given to the same question before.
 *
 * @throws what the model throws, or threw at the one who was asking the same.
 */
export async function openCached(
  model: Model,
  call: LanguageModelV4CallOptions & { abortSignal: AbortSignal },
  own: ModelCache,
): Promise<{ stream: ReadableStream<Part>; event?: CacheEvent }> {
  const { options, resourceId } = own
  const place = await placeOf(() => toQuestion(model, call, options), options.scope, resourceId)
  own.onWait()
  const { hit, lead: flight } = place ? await askCache(own.cache, place, own.mode, call.abortSignal) : {}
  own.onAsk()
  const stored = hit && readStored(hit.value)
  if (hit && stored) {
    const event = { type: 'cache', of: 'model', hit: true, level: hit.level, usage: usageOf(stored) } as const
    return { stream: toStream(replay(stored, own.newId)), event }
  }
  const event = { type: 'cache', of: 'model', hit: false } as const
  if (!place || !flight) return { ...(await model.doStream(call)), event }
  return { stream: await lead(model, call, { ...own, place, flight }), event }
}

/** Asks the model, and keeps what it says once it has said it. It goes on while others wait for it. */
async function lead(
  model: Model,
  call: LanguageModelV4CallOptions & { abortSignal: AbortSignal },
  { cache, options, place, flight }: ModelCache & { place: CachePlace; flight: Lead },
): Promise<ReadableStream<Part>> {
  const { reader, close, release } = await openLed(model, call, flight)
  let isOver = false
  const parts: Part[] = []
  let reading: Promise<Part | undefined> = Promise.resolve(undefined)
  const read = async (): Promise<Part | undefined> => {
    const { value } = await reader.read()
    if (value) parts.push(value)
    if (value?.type === 'error') throw value.error
    if (value && value.type !== 'finish') return value
    isOver = true
    release()
    const kept = value && toStored(parts, call.responseFormat)
    await landAnswer(cache, place, flight, { value: kept, ttlMs: options.ttlMs ?? DEFAULT_TTL_MS })
    return value
  }
  const next = (): Promise<Part | undefined> => {
    reading = read().catch((error: unknown) => {
      isOver = true
      flight.land({ type: 'failed', error })
      close()
      throw error
    })
    return reading
  }
  const drain = async (): Promise<void> => {
    let part = await reading
    while (part && part.type !== 'finish') part = await next()
  }
  return new ReadableStream<Part>(
    {
      pull: async (controller) => {
        const part = await next()
        if (part) controller.enqueue(part)
        else controller.close()
      },
      cancel: () => {
        flight.leave()
        if (isOver || flight.signal.aborted) close()
        else void drain().catch(close)
      },
    },
    { highWaterMark: 0 },
  )
}

interface Led {
  reader: ReadableStreamDefaultReader<Part>
  /** Closes the connection to the model. */
  close(): void
  /** The answer is there: whoever stops now stops nothing. */
  release(): void
}

async function openLed(
  model: Model,
  call: LanguageModelV4CallOptions & { abortSignal: AbortSignal },
  flight: Lead,
): Promise<Led> {
  const { abortSignal } = call
  const leave = (): void => {
    const error: unknown = abortSignal.reason
    // A model that says nothing says nothing to the others either.
    if (error instanceof EdgewiseError && error.code === 'step_timeout')
      flight.land({ type: 'failed', error })
    flight.leave()
  }
  abortSignal.addEventListener('abort', leave)
  if (abortSignal.aborted) leave()
  try {
    const { stream } = await model.doStream({ ...call, abortSignal: flight.signal })
    const reader = stream.getReader()
    const close = (): void => void reader.cancel().catch(() => undefined)
    // A model that ignores its signal is not read on.
    flight.signal.addEventListener('abort', close)
    return { reader, close, release: () => abortSignal.removeEventListener('abort', leave) }
  } catch (error) {
    flight.land({ type: 'failed', error })
    throw error
  }
}

/** All that the answer depends on. */
function toQuestion(
  { provider, modelId }: Model,
  { prompt, ...call }: LanguageModelV4CallOptions,
  { version }: ModelCacheOptions,
): object {
  return { of: 'model', provider, modelId, version, ...call, prompt: toKeyed(prompt), abortSignal: undefined }
}

/** The prompt without the names that are made anew each time: calls are counted in the order in which they were made. */
function toKeyed(prompt: LanguageModelV4CallOptions['prompt']): unknown {
  const ids = new Map<string, string>()
  return prompt.map(({ content, ...message }) => ({
    ...message,
    content: Array.isArray(content) ? content.map((part) => toKeyedPart(part, ids)) : content,
  }))
}

function toKeyedPart(part: object, ids: Map<string, string>): unknown {
  const keyed: Record<string, unknown> = { ...part }
  keyed['providerOptions'] = nameless(keyed['providerOptions'])
  const { toolCallId } = keyed
  if (typeof toolCallId !== 'string') return keyed
  const known = ids.get(toolCallId) ?? `call ${ids.size}`
  ids.set(toolCallId, known)
  return { ...keyed, toolCallId: known }
}

function toStream(parts: Iterator<Part>): ReadableStream<Part> {
  return new ReadableStream<Part>({
    pull: (controller) => {
      const { done, value } = parts.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
}
