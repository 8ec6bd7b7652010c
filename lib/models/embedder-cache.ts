import type { Cache } from '../cache/cache.ts'
import type { Lead, Waiting } from '../cache/flights.ts'
import { hashKey } from '../cache/key.ts'
import type { JsonValue } from '../protocol/json.ts'
import type { Embedder } from './embedder.ts'
import { embedderLabel } from './embedder.ts'
import { embedderWith } from './embedder-retry.ts'

type Options = Parameters<Embedder['doEmbed']>[0]
type Result = Awaited<ReturnType<Embedder['doEmbed']>>

/** A vector never changes: what ends it is that nobody asked for it. */
const TTL_MS = 30 * 24 * 3_600_000
const never = new AbortController().signal

/**
 * The embedder, asked only for texts whose vectors the cache does not know. They are kept in the shard of whose texts
 * they are, as 32-bit floats: every vector is given so, whether it was known or not.
 */
export function withVectorCache(embedder: Embedder, cache: Cache, shard: string): Embedder {
  // Hashing words costs less than looking for them.
  if (embedder.provider === 'offline') return embedder
  return embedderWith(embedder, async (options) => {
    const { values, abortSignal = never } = options
    const texts = [...new Set(values)]
    const keys = await Promise.all(texts.map((text) => keyOf(embedder, text, options)))
    const vectors = await vectorsOf({ embedder, cache, shard, options }, texts, keys)
    abortSignal.throwIfAborted()
    const byText = new Map(texts.map((text, i) => [text, vectors[i] ?? []]))
    return { embeddings: values.map((text) => byText.get(text) ?? []), warnings: [] }
  })
}

interface Asking {
  embedder: Embedder
  cache: Cache
  shard: string
  options: Options
}

/** Each text is embedded once, however many ask for it at a time. */
async function vectorsOf(asking: Asking, texts: string[], keys: string[]): Promise<number[][]> {
  const { cache, shard, options } = asking
  const joined = keys.map((key) => cache.flights.join(`${shard} ${key}`))
  const leads = joined.flatMap((one, i): Led[] =>
    'lead' in one ? [{ text: texts[i] ?? '', key: keys[i] ?? '', lead: one.lead }] : [],
  )
  const made = await embedLed(asking, leads)
  const found = await Promise.all(
    joined.map(async (one, i) =>
      'lead' in one ? made.get(keys[i] ?? '') : fromOther(one.waiting, options.abortSignal ?? never),
    ),
  )
  // What others were to give and did not.
  const left = texts.filter((_, i) => !found[i])
  const { embeddings } = left.length > 0 ? await embedPlain(asking, left) : { embeddings: [] }
  const rest = embeddings.map((vector) => vector.map(Math.fround))
  return found.map((vector) => vector ?? rest.shift() ?? [])
}

interface Led {
  text: string
  key: string
  lead: Lead
}

/** Those that nobody else is asking for: looked up, and the rest embedded in one call. */
async function embedLed(asking: Asking, leads: readonly Led[]): Promise<Map<string, number[]>> {
  const { cache, shard } = asking
  const made = new Map<string, number[]>()
  if (leads.length === 0) return made
  const give = ({ key, lead }: Led, packed: JsonValue): void => {
    made.set(key, unpackVector(packed))
    lead.land(JSON.stringify(packed))
  }
  try {
    const known = await cache.look(
      shard,
      leads.map(({ key }) => key),
    )
    for (const [i, led] of leads.entries()) if (known[i]) give(led, known[i].value)
    const missing = leads.filter((_, i) => !known[i])
    if (missing.length === 0) return made
    const { embeddings } = await embedPlain(
      asking,
      missing.map(({ text }) => text),
    )
    const answers = missing.map(({ key }, i) => ({ key, value: packVector(embeddings[i] ?? []) }))
    await cache.keep(shard, answers, TTL_MS)
    for (const [i, led] of missing.entries()) give(led, answers[i]?.value ?? '')
    return made
  } catch (error) {
    // That this one was stopped is no failure of the text: who waits for it embeds it.
    for (const { lead } of leads) if (asking.options.abortSignal?.aborted) lead.drop()
    for (const { lead } of leads) lead.fail(error)
    throw error
  }
}

/** @throws Error if it gives too few: a text must not get the vector of another. */
async function embedPlain({ embedder, options }: Asking, values: string[]): Promise<Result> {
  const result = await embedder.doEmbed({ ...options, values })
  if (result.embeddings.length === values.length) return result
  throw new Error(`${result.embeddings.length} vectors came for ${values.length} texts`)
}

/** Undefined if nothing came of it: whoever asked was stopped, or failed, which need not be our fate. */
async function fromOther(waiting: Waiting, signal: AbortSignal): Promise<number[] | undefined> {
  const landing = await waiting.landing(signal)
  if (landing.type === 'failed') throw landing.error
  return landing.type === 'value' ? unpackVector(JSON.parse(landing.json) as JsonValue) : undefined
}

function keyOf(
  embedder: Embedder,
  text: string,
  { dimensions, providerOptions }: OptionsOf,
): Promise<string> {
  return hashKey({ of: 'embedding', embedder: embedderLabel(embedder), text, dimensions, providerOptions })
}

/** `dimensions` is no word of every provider. */
type OptionsOf = Options & { dimensions?: number | undefined }

function packVector(vector: readonly number[]): string {
  const bytes = new Uint8Array(Float32Array.from(vector).buffer)
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

function unpackVector(packed: JsonValue): number[] {
  const bytes = Uint8Array.from(atob(String(packed)), (letter) => letter.charCodeAt(0))
  return [...new Float32Array(bytes.buffer)]
}
