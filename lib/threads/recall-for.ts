import type { VectorsAsked } from '../memory/access.ts'
import type { Memory } from '../memory/memory.ts'
import type { Found, PlacedText } from '../memory/message-vectors.ts'
import { recall, remarksAround } from '../memory/recall.ts'
import type { Exchange, Remembered } from '../memory/select.ts'
import { embedderLabel } from '../models/embedder.ts'
import type { Message } from '../protocol/message.ts'
import { messageText } from '../protocol/message.ts'
import { placedTexts } from './embed-turns.ts'
import { exchangeOf } from './history.ts'
import { waitingTurns } from './memory-outbox.ts'
import type { ThreadParts } from './parts.ts'
import type { TurnRecord } from './turn-request.ts'

export interface RecallFor {
  record: Pick<TurnRecord, 'turn' | 'resourceId'>
  input: Message
  /** What is shown anyway. */
  recent: readonly Exchange[]
  signal: AbortSignal
  /** Told why less is recalled than was said. */
  onLess: (why: string) => void
  /** Told how many of the texts that are embedded for this the cache knows. */
  onCached: (told: VectorsAsked) => void
}

/** How long an index may lag behind, in milliseconds, and how many turns back that is looked after. */
const LAG_MS = 120_000
const TAIL_TURNS = 16

/** Characters of a message that are looked for. */
const QUERY_LENGTH = 4000

/**
 * What was said before that has to do with the message, best first. What was said on this thread is read from its log,
 * so it is as it was said, and what was taken back since is not among it; what was said elsewhere comes from the index.
 *
 * @throws what the embedder or the index throws.
 */
export async function recallFor(
  parts: ThreadParts,
  memory: Memory,
  { record, input, recent, signal, onLess, onCached }: RecallFor,
): Promise<Remembered['recalled']> {
  const { rows, services, vectors: known } = parts
  const settings = memory.settings.semanticRecall
  const meta = rows.readMeta()
  const query = messageText(input).slice(0, QUERY_LENGTH).toWellFormed().trim()
  if (!settings || !meta || query === '') return []
  const { address } = meta
  const told = { ...services, onVectorsAsked: onCached }
  const { vectors, embedder } = memory.open(told, record.resourceId)
  const shown = new Set(recent.flatMap(({ messages }) => messages.map(({ id }) => id)))
  const tail = tailOf(parts, record.turn).filter(({ message }) => !shown.has(message.id))
  const onOthers = (whose: string): void =>
    onLess(`it was embedded by ${whose}, not by ${embedderLabel(embedder())}, and is embedded anew now`)
  const request = { query, address, settings, tail, known, shown, signal, onOthers }
  const hits = await recall(vectors(), embedder(), request)
  const elsewhere = hits.filter(({ place }) => place.address !== address)
  const remarks = await remarksAround(vectors(), embedder(), elsewhere, settings)
  return hits.flatMap((hit): Remembered['recalled'] => {
    if (hit.place.address === address) return exchangesAround(parts, record.turn, hit, settings)
    const around = remarks[elsewhere.indexOf(hit)]
    return around ? [around] : []
  })
}

/** What was said on this thread so lately that the index may not show it yet. */
function tailOf({ rows, events, services }: ThreadParts, before: number): PlacedText[] {
  const meta = rows.readMeta()
  if (!meta) return []
  const since = services.now() - LAG_MS
  const fresh = rows
    .turnsBefore(before, TAIL_TURNS)
    .filter(({ startedAt = 0, resumedAt = 0 }) => Math.max(startedAt, resumedAt) >= since)
  const waiting = waitingTurns(rows).filter((turn) => turn < before)
  const turns = [...new Set([...waiting.slice(-TAIL_TURNS), ...fresh.map(({ turn }) => turn)])]
  return turns.flatMap((turn) => {
    const exchange = exchangeOf(rows, events, turn)
    return exchange ? placedTexts(exchange, meta.address, meta.info.threadId) : []
  })
}

/** A hit's exchange, then those around it. Messages are counted, exchanges are given. */
function exchangesAround(
  { rows, events }: ThreadParts,
  current: number,
  { place }: Found,
  { before, after }: { before: number; after: number },
): Exchange[] {
  const { turn, index } = place
  if (turn >= current) return []
  const own = exchangeOf(rows, events, turn)
  if (!own) return []
  const earlier = rows.turnsBefore(turn, Math.ceil(Math.max(0, before - index) / 2))
  const later = rows.turnsFrom(turn + 1, Math.ceil(Math.max(0, after - (1 - index)) / 2))
  const around = [...earlier, ...later].flatMap((near) => {
    const exchange = near.turn < current ? exchangeOf(rows, events, near.turn) : undefined
    return exchange ? [exchange] : []
  })
  return [own, ...around]
}
