// What the turns of a thread said, on its way into the indexes that are to recall it.
import type { Memory } from '../memory/memory.ts'
import type { PlacedText } from '../memory/message-vectors.ts'
import { indexMessages, unindexed } from '../memory/message-vectors.ts'
import { placeOfVector } from '../memory/place.ts'
import type { Exchange } from '../memory/select.ts'
import { readModelError } from '../models/retry.ts'
import type { VectorRecord } from '../storage/vectors.ts'
import { errorField } from '../telemetry/logger.ts'
import { redactSecrets } from '../telemetry/redact.ts'
import { exchangeOf } from './history.ts'
import { recallingMemories } from './job-memory.ts'
import { noteEmbedded } from './memory-outbox.ts'
import type { ThreadParts } from './parts.ts'

export const TURNS_AT_ONCE = 40

/** Milliseconds that one slice may take. */
const SLICE_MS = 60_000

/** Slice by slice, each with its progress: what a crash cuts off goes on where it was. */
export async function embedTurns(parts: ThreadParts, turns: readonly number[]): Promise<void> {
  for (let at = 0; at < turns.length; at += TURNS_AT_ONCE) {
    const slice = turns.slice(at, at + TURNS_AT_ONCE)
    await embedNoted(parts, slice).catch((error: unknown) => embedEach(parts, slice, error))
  }
}

/** Turn by turn what could not be embedded together: a text that no embedder takes keeps no other out of the index. */
async function embedEach(parts: ThreadParts, turns: readonly number[], failure: unknown): Promise<void> {
  if (turns.length === 1 || !isForGood(failure)) throw failure
  const { rows, platform, services } = parts
  const lost: number[] = []
  for (const turn of turns) {
    try {
      await embedNoted(parts, [turn])
    } catch (error) {
      if (!isForGood(error)) throw error
      lost.push(turn)
    }
  }
  // Then it is none of the texts.
  if (lost.length === turns.length) throw failure
  services.logger.error('memory gives up', { job: 'embed', turns: lost, ...errorField(failure) })
  platform.sql.transaction(() => noteEmbedded(rows, lost))
}

/** Notes what was embedded. What was changed, or given to another resource, meanwhile has yet to be done. */
async function embedNoted(parts: ThreadParts, turns: readonly number[]): Promise<void> {
  const before = turns.map((turn) => standing(parts, turn))
  const records = await putInIndex(parts, turns)
  const done = turns.filter((turn, i) => standing(parts, turn) === before[i])
  parts.platform.sql.transaction(() => noteEmbedded(parts.rows, done))
  // Under the same id there may be other words by now.
  for (const record of records)
    if (done.includes(placeOfVector(record.id)?.turn ?? 0)) keepVector(parts, record)
}

/** Another text once the turn's words are others, or another's. */
function standing({ rows }: ThreadParts, turn: number): string {
  const { messageId, inputId, generations, isSuperseded } = rows.readTurn(turn) ?? {}
  return JSON.stringify([rows.readMeta()?.info.resourceId, messageId, inputId, generations, isSuperseded])
}

/** Embeds what the turns said; with `isMissing` alone what the indexes do not hold. Gives what is new in them. */
export async function putInIndex(
  parts: ThreadParts,
  turns: readonly number[],
  { isMissing = false } = {},
): Promise<VectorRecord[]> {
  const { rows, services } = parts
  const meta = rows.readMeta()
  if (!meta) return []
  const { resourceId } = meta.info
  const records: VectorRecord[] = []
  for (const [memory, all] of await textsOf(parts, turns)) {
    const access = memory.open(services, resourceId)
    const [vectors, embedder] = [access.vectors(), access.embedder()]
    const texts = isMissing ? await unindexed(vectors, embedder, all) : all
    records.push(...(await indexMessages(vectors, embedder, texts, AbortSignal.timeout(SLICE_MS))))
  }
  return records
}

/** How many vectors are held in memory beside the index. */
const KEPT_VECTORS = 64

function keepVector({ vectors }: ThreadParts, record: VectorRecord): void {
  vectors.delete(record.id)
  vectors.set(record.id, record)
  const [oldest] = vectors.keys()
  if (vectors.size > KEPT_VECTORS && oldest !== undefined) vectors.delete(oldest)
}

/** What the turns said, by the memory that is to recall it, one an index. */
async function textsOf(parts: ThreadParts, turns: readonly number[]): Promise<Map<Memory, PlacedText[]>> {
  const { rows, events } = parts
  const meta = rows.readMeta()
  const texts = new Map<Memory, PlacedText[]>()
  if (!meta) return texts
  const { address, info } = meta
  for (const turn of turns) {
    const exchange = exchangeOf(rows, events, turn)
    const record = rows.readTurn(turn)
    if (!exchange || !record) continue
    const placed = placedTexts(exchange, address, info.threadId)
    for (const memory of await recallingMemories(parts, record)) {
      const known = [...texts.keys()].find((one) => one.sharesIndexWith(memory)) ?? memory
      texts.set(known, [...(texts.get(known) ?? []), ...placed])
    }
  }
  return texts
}

/** An exchange's messages with their places. */
export function placedTexts({ turn, messages }: Exchange, address: string, threadId: string): PlacedText[] {
  return messages.flatMap((message) =>
    message.role === 'system'
      ? []
      : [{ place: { address, turn, index: message.role === 'assistant' ? 1 : 0 }, threadId, message }],
  )
}

/** A mistake in the app or its configuration, or something that the provider will never take. */
export function isForGood(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
    return true
  const { code, isRetryable } = readModelError(error)
  return code === 'model_not_configured' || (code === 'model_failed' && !isRetryable && isAnswer(error))
}

/** The provider has answered, rather than not been reached. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
}

/** What may be told of an error. */
export function reasonOf(error: unknown): string {
  return redactSecrets(error instanceof Error ? error.message || error.name : String(error)).slice(0, 300)
}
