import { askModel } from '../memory/ask-model.ts'
import { dropForgetFailure, writeForgetFailure } from '../memory/forget-failures.ts'
import { Memory } from '../memory/memory.ts'
import { forgetMessages } from '../memory/message-vectors.ts'
import type { Exchange } from '../memory/select.ts'
import { summaryQuestion, titleQuestion, toTitle } from '../memory/summarize.ts'
import type { Question } from '../memory/summarize.ts'
import { changeWorking } from '../memory/working-store.ts'
import { resourceShard } from '../protocol/address.ts'
import type { Message } from '../protocol/message.ts'
import type { ModelSpec } from '../models/model.ts'
import { resolveModels } from '../agents/fallback.ts'
import { resolve } from '../agents/resolve.ts'
import { errorField } from '../telemetry/logger.ts'
import { embedTurns, isForGood, reasonOf } from './embed-turns.ts'
import { exchangeOf, lastExchanges } from './history.ts'
import type { TurnJob } from './job-memory.ts'
import { memoriesOfNoRequest, memoryOf } from './job-memory.ts'
import type { ForgetJob, MemoryJob } from './memory-outbox.ts'
import { noteEmbedded, noteForgotten, noteRefused, toJob } from './memory-outbox.ts'
import { announceThread } from './outbox.ts'
import type { ThreadParts } from './parts.ts'
import { contextOf } from './secrets.ts'
import { readSummary, writeSummary } from './summary.ts'
import { beginSweep } from './sweep.ts'
import { titleOf, touch } from './thread-meta.ts'
import type { OutboxEntry, ThreadMeta } from './thread-state.ts'

/** In this order: what the index is to forget goes before what it is to take in. The working memory waits for neither. */
const ORDER: MemoryJob['type'][] = ['working', 'forget', 'embed', 'summary', 'title']

/** Milliseconds that a model may take. */
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
      if (isForGood(error) && job.type === 'forget') {
        await refuseForgetting(parts, job, error)
        failure ??= error
        continue
      }
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
  if (entries.some(({ job }) => job.type === 'embed')) await beginSweep(parts)
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
      return parts.platform.sql.transaction(() => {
        noteForgotten(parts, job)
        parts.alarm.set(rows.readMeta())
      })
    case 'working': {
      const memory = await memoryOf(parts, job)
      await changeWorking(memory.open(services, job.resourceId).documents, [job.change], services.now())
      return rows.dropOutbox(entry)
    }
    case 'embed':
      return embedTurns(parts, job.turns)
    case 'summary':
      return sumUp(parts, entry, job)
    case 'title':
      return giveTitle(parts, entry, job)
    case 'sweep':
      // It takes longer than the rest, and is done beside it.
      return
    default:
      return job satisfies never
  }
}

/** It stays in the outbox, and the resource's documents tell of it: what was deleted must not be found for ever. */
async function refuseForgetting(parts: ThreadParts, job: ForgetJob, cause: unknown): Promise<void> {
  const { rows, platform, services } = parts
  const { resourceId, prefixes, refusedAt } = job
  if (refusedAt !== undefined) return
  const since = services.now()
  services.logger.error('memory cannot forget', errorField(cause))
  const documents = services.documents(resourceShard(resourceId))
  await writeForgetFailure(documents, { address: addressOf(prefixes), error: reasonOf(cause), since })
  platform.sql.transaction(() => noteRefused(rows, resourceId, since))
}

function addressOf([prefix = '']: readonly string[]): string {
  return prefix.slice(0, prefix.lastIndexOf('#'))
}

async function forget({ services }: ThreadParts, job: ForgetJob): Promise<void> {
  const { resourceId, prefixes, refusedAt } = job
  for (const memory of [new Memory(), ...(await memoriesOfNoRequest(services.agents()))])
    await forgetMessages(memory.open(services, resourceId).vectors(), prefixes)
  if (refusedAt === undefined) return
  const documents = services.documents(resourceShard(resourceId))
  await dropForgetFailure(documents, addressOf(prefixes), Math.max(services.now(), refusedAt + 1))
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
