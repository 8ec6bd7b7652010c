import type { Embedder } from '../models/embedder.ts'
import { embedderLabel, embedTexts } from '../models/embedder.ts'
import type { Message } from '../protocol/message.ts'
import { messageText } from '../protocol/message.ts'
import type { VectorMatch, VectorRecord, Vectors } from '../storage/vectors.ts'
import type { Place } from './place.ts'
import { placeOfVector, threadPrefix, turnPrefix, vectorId } from './place.ts'

/** A message on its way into the index. */
export interface PlacedText {
  place: Place
  threadId: string
  message: Message
}

/** A message as the index tells of it. */
export interface Found {
  place: Place
  score: number
  threadId: string
  messageId: string
  role: 'user' | 'assistant'
  /** The piece that was found, or the message's beginning. */
  text: string
  createdAt: number
}

/** Characters of one piece: what embedders take at once, and what fits a service's metadata. */
const PIECE_LENGTH = 4000
/** What is longer than all of these together is found by its beginning alone. */
const MAX_PIECES = 8

/** What the names of all indexes of messages begin with. */
export const MESSAGES = 'messages/'

/** The index of what was said, one an embedder: vectors of two of them must never meet. */
export function messageIndex(embedder: Embedder): string {
  return `${MESSAGES}${embedderLabel(embedder)}`
}

/** The pieces that a message is found by; none if it has no words. */
export function piecesOf(message: Message): string[] {
  const text = messageText(message).trim()
  const pieces: string[] = []
  for (let at = 0; at < text.length && pieces.length < MAX_PIECES; at += PIECE_LENGTH)
    pieces.push(text.slice(at, at + PIECE_LENGTH).toWellFormed())
  return pieces
}

/**
 * Embeds messages and puts them into the index, which is made if it is not there. May be done again.
 *
 * @throws as {@link embedTexts}; RangeError if the index holds vectors of another length.
 */
export async function indexMessages(
  vectors: Vectors,
  embedder: Embedder,
  texts: readonly PlacedText[],
  signal: AbortSignal,
): Promise<VectorRecord[]> {
  const pieces = texts.flatMap((placed) =>
    piecesOf(placed.message).map((text, piece) => ({ placed, text, piece })),
  )
  if (pieces.length === 0) return []
  const embedded = await embedTexts(
    embedder,
    pieces.map(({ text }) => text),
    signal,
  )
  const index = messageIndex(embedder)
  await vectors.createIndex(index, { dimension: embedded[0]?.length ?? 0 })
  const records = pieces.map(({ placed, text, piece }, at): VectorRecord => {
    const { place, threadId, message } = placed
    const { id: messageId, role, createdAt } = message
    return {
      id: vectorId(place, piece),
      vector: embedded[at] ?? [],
      metadata: { address: place.address, threadId, messageId, role, text, createdAt },
    }
  })
  await vectors.upsert(index, records)
  return records
}

/**
 * Those of the messages that the index does not hold as they are now. A message's last piece stands for all of them.
 *
 * @throws what the index throws.
 */
export async function unindexed(
  vectors: Vectors,
  embedder: Embedder,
  texts: readonly PlacedText[],
): Promise<PlacedText[]> {
  const index = messageIndex(embedder)
  const worded = texts.flatMap((placed) => {
    const pieces = piecesOf(placed.message)
    const text = pieces.at(-1)
    return text === undefined ? [] : [{ placed, text, id: vectorId(placed.place, pieces.length - 1) }]
  })
  if (worded.length === 0 || !(await vectors.describeIndex(index))) return worded.map(({ placed }) => placed)
  const held = await vectors.fetch(
    index,
    worded.map(({ id }) => id),
  )
  return worded.filter(({ text }, i) => held[i]?.metadata?.['text'] !== text).map(({ placed }) => placed)
}

/** Takes what begins so out of every index of messages there is. May be done again. */
export async function forgetMessages(vectors: Vectors, prefixes: readonly string[]): Promise<void> {
  for (const index of await vectors.listIndexes()) {
    if (!index.startsWith(MESSAGES)) continue
    for (const prefix of prefixes) await vectors.delete(index, { prefix })
  }
}

export function prefixOf(address: string, turn?: number): string {
  return turn === undefined ? threadPrefix(address) : turnPrefix(address, turn)
}

/** A record or a hit read back; undefined if something else is under its id. */
export function toFound({
  id,
  score,
  metadata = {},
}: Pick<VectorMatch, 'id' | 'score' | 'metadata'>): Found | undefined {
  const place = placeOfVector(id)
  const { threadId, messageId, role, text, createdAt } = metadata
  if (!place || typeof threadId !== 'string' || typeof messageId !== 'string') return undefined
  if ((role !== 'user' && role !== 'assistant') || typeof text !== 'string') return undefined
  return { place, score, threadId, messageId, role, text, createdAt: Number(createdAt) }
}
