import { askModel } from '../memory/ask-model.ts'
import { Memory } from '../memory/memory.ts'
import type { PlacedText } from '../memory/message-vectors.ts'
import { forgetMessages, indexMessages } from '../memory/message-vectors.ts'
import { placeOfVector } from '../memory/place.ts'
import type { Exchange } from '../memory/select.ts'
import { summaryQuestion, titleQuestion, toTitle } from '../memory/summarize.ts'
import type { Question } from '../memory/summarize.ts'
import { changeWorking } from '../memory/working-store.ts'
import type { Message } from '../protocol/message.ts'
import type { ModelSpec } from '../models/model.ts'
import { readModelError } from '../models/retry.ts'
import { resolveModels } from '../agents/fallback.ts'
import { resolve } from '../agents/resolve.ts'
import type { VectorRecord } from '../storage/vectors.ts'
import { errorField } from '../telemetry/logger.ts'
import { exchangeOf, lastExchanges } from './history.ts'
import type { TurnJob } from './job-memory.ts'
import { memoriesOfNoRequest, memoryOf, recallingMemories } from './job-memory.ts'
import type { MemoryJob } from './memory-outbox.ts'
import { noteEmbedded, noteForgotten, toJob } from './memory-outbox.ts'
import { announceThread } from './outbox.ts'
import type { ThreadParts } from './parts.ts'
import { contextOf } from './secrets.ts'
import { readSummary, writeSummary } from './summary.ts'
import { titleOf, touch } from './thread-meta.ts'
import type { OutboxEntry, ThreadMeta } from './thread-state.ts'

/** In this order: what the index is to forget goes before what it is to take in. The working memory waits for neither. */
const ORDER: MemoryJob['type'][] = ['working', 'forget', 'embed', 'summary', 'title']

/** Milliseconds that one job may take. */
const JOB_MS = 60_000

/**
 * Does what memory has to do. A job that fails leaves the others alone, unless it was to forget something; one that can
 * never be done is given up, which the log tells.
 *
 * @throws the first failure that may pass; its entry stays.
 */
export async function runMemoryJobs(parts: ThreadParts): Promise<void> {
  const { rows, services } = parts
  const entries = rows.readOutbox().flatMap((entry) => {
    const job = toJob(entry)
    return job ? [{ entry, job }] : []
  })
  let failure: unknown
  for (const { entry, job } of entries.toSorted(
    (a, b) => ORDER.indexOf(a.job.type) - ORDER.indexOf(b.job.type),
  )) {
    try {
      await runJob(parts, entry, job)
    } catch (error) {
      if (isForGood(error)) {
        services.logger.error('memory gives up', { job: job.type, ...errorField(error) })
        parts.platform.sql.transaction(() => giveUp(parts, entry, job))
        continue
      }
      failure ??= error
      if (job.type === 'forget') break
    }
  }
  if (failure !== undefined) throw failure
}

/** What was noted meanwhile has yet to be tried. */
function giveUp({ rows }: ThreadParts, entry: OutboxEntry, job: MemoryJob): void {
  if (job.type === 'embed') noteEmbedded(rows, job.turns)
  else rows.dropOutbox(entry)
}

async function runJob(parts: ThreadParts, entry: OutboxEntry, job: MemoryJob): Promise<void> {
  const { rows, services } = parts
  switch (job.type) {
    case 'forget':
      await forget(parts, job)
      return parts.platform.sql.transaction(() => noteForgotten(rows, job))
    case 'working': {
      const memory = await memoryOf(parts, job)
      await changeWorking(memory.open(services, job.resourceId).documents, [job.change], services.now())
      return rows.dropOutbox(entry)
    }
    case 'embed':
      return embed(parts, job.turns)
    case 'summary':
      return sumUp(parts, entry, job)
    case 'title':
      return giveTitle(parts, entry, job)
    default:
      return job satisfies never
  }
}

/** A mistake in the app or its configuration, or something that the provider will never take. */
function isForGood(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
    return true
  const { code, isRetryable } = readModelError(error)
  return code === 'model_not_configured' || (code === 'model_failed' && !isRetryable && isAnswer(error))
}

/** The provider has answered, rather than not been reached. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
}

async function forget(
  { services }: ThreadParts,
  { resourceId, prefixes }: MemoryJob & { type: 'forget' },
): Promise<void> {
  for (const memory of [new Memory(), ...(await memoriesOfNoRequest(services.agents()))])
    await forgetMessages(memory.open(services, resourceId).vectors(), prefixes)
}

const TURNS_AT_ONCE = 40

/** Slice by slice, each with its progress: what a crash cuts off goes on where it was. */
async function embed(parts: ThreadParts, turns: readonly number[]): Promise<void> {
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
  const records = await embedTurnsNow(parts, turns)
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

async function embedTurnsNow(parts: ThreadParts, turns: readonly number[]): Promise<VectorRecord[]> {
  const { rows, services } = parts
  const meta = rows.readMeta()
  if (!meta) return []
  const { resourceId } = meta.info
  const records: VectorRecord[] = []
  for (const [memory, texts] of await textsOf(parts, turns)) {
    const { vectors, embedder } = memory.open(services, resourceId)
    const signal = AbortSignal.timeout(JOB_MS)
    records.push(...(await indexMessages(vectors(), embedder(), texts, signal)))
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

/** How many messages one summary takes in: what is more is summed up next. */
const MESSAGES_AT_ONCE = 200

async function sumUp(parts: ThreadParts, entry: OutboxEntry, job: TurnJob): Promise<void> {
  const { rows, events, platform } = parts
  const { compaction, lastMessages } = (await memoryOf(parts, job)).settings
  const before = readSummary(rows)
  const meta = rows.readMeta()
  if (!compaction || !meta) return rows.dropOutbox(entry)
  const [window] = lastExchanges(rows, events, { before: Number.MAX_SAFE_INTEGER, count: lastMessages })
  const end = window?.turn ?? meta.nextTurn
  const said: Exchange[] = []
  let messages = 0
  for (let turn = (before?.upTo ?? 0) + 1; turn < end && messages < MESSAGES_AT_ONCE; turn += 1) {
    const exchange = exchangeOf(rows, events, turn)
    if (!exchange && meta.open.some((open) => open.turn === turn)) break
    if (!exchange) continue
    said.push(exchange)
    messages += exchange.messages.length
  }
  const last = said.at(-1)
  if (!last) return rows.dropOutbox(entry)
  const { text = '', upTo = 0 } = before ?? {}
  const question = summaryQuestion(
    text,
    said.flatMap((exchange) => exchange.messages),
    compaction.instructions,
  )
  const answer = await ask(parts, job.agentId, compaction.model, question)
  platform.sql.transaction(() => {
    // Somebody was faster, or took back what was summed up.
    if ((readSummary(rows)?.upTo ?? 0) !== upTo) return
    writeSummary(rows, { text: answer, upTo: last.turn, messages: (before?.messages ?? 0) + messages })
    rows.dropOutbox(entry)
  })
}

async function giveTitle(parts: ThreadParts, entry: OutboxEntry, job: TurnJob): Promise<void> {
  const { rows, events, platform, services, alarm } = parts
  const asked = rows.readTurn(job.turn)?.overrides?.memory
  const { generateTitle } = (await memoryOf(parts, job)).with(asked).settings
  const first = exchangeOf(rows, events, 1)
  const [input] = first?.messages ?? []
  const isUntitled = input !== undefined && isUnnamed(rows.readMeta(), input)
  if (!generateTitle || !first || !isUntitled) return rows.dropOutbox(entry)
  const question = titleQuestion(first.messages, generateTitle.instructions)
  const title = toTitle(await ask(parts, job.agentId, generateTitle.model, question))
  platform.sql.transaction(() => {
    rows.dropOutbox(entry)
    const meta = rows.readMeta()
    // Somebody named it meanwhile, or it is gone.
    if (!meta || !isUnnamed(meta, input) || ['', meta.info.title].includes(title)) return
    meta.info.title = title
    touch(meta, services.now())
    announceThread(rows, meta)
    rows.writeMeta(meta)
    alarm.set(meta)
  })
}

/** Nobody has given it a title: it has none, or its first words. */
function isUnnamed(meta: ThreadMeta | undefined, input: Message): boolean {
  return meta?.info.title === '' || meta?.info.title === titleOf(input)
}

/** Asks the model that is named, or the one that the agent answers with. */
async function ask(
  { rows, services, secrets }: ThreadParts,
  agentId: string,
  named: ModelSpec | undefined,
  { system, text, plain }: Question,
): Promise<string> {
  const agent = services.getAgent(agentId)
  const [record] = rows.turnsBefore(Number.MAX_SAFE_INTEGER, 1)
  const own = named ?? (record && agent && (await resolve(agent.options.model, contextOf(record, secrets))))
  const { model } = resolveModels(own, services.resolveModel, 0)
  if (model.provider === 'offline') return plain
  return askModel(model, { system, text, signal: AbortSignal.timeout(JOB_MS) })
}
