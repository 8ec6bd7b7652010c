import type { AgentDefinition } from '../agents/agent-options.ts'
import { plainMemory } from '../agents/resolve-memory.ts'
import type { Memory } from '../memory/memory.ts'
import { vectorId } from '../memory/place.ts'
import { prefixOf } from '../memory/message-vectors.ts'
import type { Sweep } from '../memory/sweep-state.ts'
import type { WorkingChange } from '../memory/working.ts'
import type { ThreadParts } from './parts.ts'
import type { Summary } from './summary.ts'
import { readSummary } from './summary.ts'
import type { OutboxEntry, ThreadMeta, ThreadState } from './thread-state.ts'
import type { TurnRecord } from './turn-request.ts'

/** What memory has to do after a turn, or after a change of the thread. Each may be done again. */
export type MemoryJob =
  /** Takes what begins so out of the resource's index. */
  | ForgetJob
  /** Puts what these turns said into the index. */
  | { type: 'embed'; turns: number[] }
  /** Changes the working memory of the thread's owner. */
  | { type: 'working'; agentId: string; turn: number; resourceId: string; change: WorkingChange }
  /** Sums up what has left the window. */
  | { type: 'summary'; agentId: string; turn: number }
  /** Names the thread. */
  | { type: 'title'; agentId: string; turn: number }
  /** Goes through the threads of a resource: {@link sweep}. */
  | SweepJob

/** `refusedAt`: when an index first said that it will not, in milliseconds since 1970. What was said since is in it. */
export type ForgetJob = { type: 'forget'; resourceId: string; prefixes: string[]; refusedAt?: number }

/** A sweep, and how far it has come. */
export type SweepJob = {
  type: 'sweep'
  id: string
  resourceId: string
  /** Spaces whose lists are yet to be read, the first from `after` on. */
  spaces: string[]
  after?: string
  /** Addresses of threads that were read of the lists and are yet to be seen, the first from `before` on, backwards. */
  threads: string[]
  before?: number
  /** How many turns in a row nothing could be embedded of. */
  misses: number
  /** What it tells of itself. */
  told: Sweep
}

export interface MemoryEntry {
  memory: MemoryJob
}

const EMBED = 'memory/embed'
const SWEEP = 'memory/sweep'

/** Turns that wait for their embedding are not listed beyond this: the oldest are given up. */
const MAX_WAITING = 10_000

/** In the caller's transaction: what came from outside is to be recalled as well. The meta row is changed and not written. */
export function noteSaid(
  parts: Pick<ThreadParts, 'rows' | 'services'>,
  meta: ThreadMeta,
  records: readonly TurnRecord[],
): void {
  const turns = records.filter((record) => isRecalled(parts, record)).map(({ turn }) => turn)
  if (turns.length > 0) noteEmbedding(parts.rows, meta, turns)
}

/** Whether somebody is to recall what the turn said. */
export function isRecalled({ services }: Pick<ThreadParts, 'services'>, record: TurnRecord): boolean {
  const agent = services.getAgent(record.agentId)
  return (agent ? [agent] : services.agents()).some((one) => mayRecall(one, record))
}

/** A memory that is a function of the request is asked when it is done. */
function mayRecall(agent: AgentDefinition, { overrides }: TurnRecord): boolean {
  const memory = plainMemory(agent)
  return !memory || memory.with(overrides?.memory).settings.semanticRecall !== undefined
}

/**
 * In the commit of a turn's end: notes what memory has to do now. `decided` is what the agent remembers with; without
 * it the turn ended before that was known. The meta row is changed and not written.
 */
export function noteTurnEnd(
  parts: ThreadParts,
  meta: ThreadMeta,
  record: TurnRecord,
  decided: Memory | undefined,
): void {
  // A run without a thread is remembered by nobody.
  if (meta.expiresAt !== undefined) return
  const { rows, services } = parts
  const { agentId, turn, overrides } = record
  const memory = decided ?? plainMemory(services.getAgent(agentId))
  if (!memory) return noteSaid(parts, meta, [record])
  const { semanticRecall, generateTitle } = memory.with(overrides?.memory).settings
  // What a single request was shown is no reason to sum up.
  const { compaction, lastMessages } = memory.settings
  if (semanticRecall) noteEmbedding(rows, meta, [turn])
  if (compaction) {
    const left = meta.messages - (readSummary(rows)?.messages ?? 0) - lastMessages
    if (left >= compaction.every) writeJob(rows, 'memory/summary', { type: 'summary', agentId, turn })
  }
  if (generateTitle && turn === 1) writeJob(rows, 'memory/title', { type: 'title', agentId, turn })
}

/** In the caller's transaction: these turns are to be put into the index. The meta row is changed and not written. */
export function noteEmbedding(rows: ThreadState, meta: ThreadMeta, turns: readonly number[]): void {
  const waiting = [...new Set([...waitingTurns(rows), ...turns])].slice(-MAX_WAITING)
  writeJob(rows, EMBED, { type: 'embed', turns: waiting })
  meta.isIndexed = true
}

/** In a transaction: these turns wait no longer. */
export function noteEmbedded(rows: ThreadState, done: readonly number[]): void {
  const entry = rows.readOutboxEntry(EMBED)
  if (!entry) return
  const turns = waitingTurns(rows).filter((turn) => !done.includes(turn))
  if (turns.length > 0) writeJob(rows, EMBED, { type: 'embed', turns })
  else rows.dropOutbox(entry)
}

/** In a transaction: this much is forgotten. What else was noted meanwhile stays: it must not be forgotten twice. */
export function noteForgotten({ rows, services }: ThreadParts, done: ForgetJob): void {
  const { resourceId, prefixes, refusedAt } = done
  const meta = rows.readMeta()
  if (refusedAt !== undefined && meta?.info.resourceId === resourceId) {
    // It did not keep others waiting, and has taken out what they put in since.
    const isForgotten = ({ turn }: TurnRecord): boolean =>
      prefixes.some(
        (prefix) => prefix.startsWith(prefixOf(meta.address, turn)) || prefix === prefixOf(meta.address),
      )
    noteSaid({ rows, services }, meta, rows.turnsFrom(1, MAX_WAITING).filter(isForgotten))
  }
  const entry = rows.readOutboxEntry(forgetName(resourceId))
  const job = toJob(entry)
  if (!entry || job?.type !== 'forget') return
  const left = job.prefixes.filter((prefix) => !prefixes.includes(prefix))
  if (left.length > 0) writeJob(rows, forgetName(resourceId), { ...job, prefixes: left })
  else rows.dropOutbox(entry)
}

/** Turns that are yet to be put into the index. */
export function waitingTurns(rows: ThreadState): number[] {
  const job = toJob(rows.readOutboxEntry(EMBED))
  return job?.type === 'embed' ? job.turns : []
}

/**
 * In the caller's transaction: turns, or single messages of them, that the index is to forget and a summary must not
 * tell of. Without `turns` the whole thread.
 */
export function noteForgetting(
  { rows, vectors }: Pick<ThreadParts, 'rows' | 'vectors'>,
  { address, info, isIndexed }: ThreadMeta,
  turns?: readonly (Pick<TurnRecord, 'turn'> & { index?: number })[],
): void {
  const summary: Summary | undefined = readSummary(rows)
  if (summary && turns?.some(({ turn }) => turn <= summary.upTo)) rows.dropNote('summary')
  if (!isIndexed) return
  const { resourceId } = info
  const prefixes = turns?.map(({ turn, index }) =>
    index === undefined ? prefixOf(address, turn) : vectorId({ address, turn, index }),
  ) ?? [prefixOf(address)]
  if (prefixes.length === 0) return
  for (const id of vectors.keys()) if (prefixes.some((prefix) => id.startsWith(prefix))) vectors.delete(id)
  const name = forgetName(resourceId)
  const before = toJob(rows.readOutboxEntry(name))
  const known = before?.type === 'forget' ? before.prefixes : []
  const refused = before?.type === 'forget' &&
    before.refusedAt !== undefined && { refusedAt: before.refusedAt }
  const all = [...new Set([...known, ...prefixes])]
  writeJob(rows, name, { type: 'forget', resourceId, prefixes: all, ...refused })
}

/** In a transaction: a change of the owner's working memory, to be made in the order of these notes. */
export function noteChange(
  { rows, services }: ThreadParts,
  own: Omit<MemoryJob & { type: 'working' }, 'type'>,
): void {
  const name = `memory/working/${String(services.now()).padStart(15, '0')}/${encodeURIComponent(own.change.id)}`
  writeJob(rows, name, { type: 'working', ...own })
}

/** Something of the thread is yet to be taken out of an index, which has not refused to. */
export function hasForgetting(rows: ThreadState): boolean {
  return rows.readOutbox().some((entry) => {
    const job = toJob(entry)
    return job?.type === 'forget' && job.refusedAt === undefined
  })
}

/** In a transaction: the index will not forget it. It is tried again, and nothing waits for it. */
export function noteRefused(rows: ThreadState, resourceId: string, refusedAt: number): void {
  const job = toJob(rows.readOutboxEntry(forgetName(resourceId)))
  if (job?.type === 'forget') writeJob(rows, forgetName(resourceId), { ...job, refusedAt })
}

/** The sweep that this thread makes, with its entry as it stands. */
export function readSweepJob(rows: ThreadState): { entry: OutboxEntry; job: SweepJob } | undefined {
  const entry = rows.readOutboxEntry(SWEEP)
  const job = toJob(entry)
  return entry && job?.type === 'sweep' ? { entry, job } : undefined
}

/** In a transaction: so far it has come. */
export function writeSweepJob(rows: ThreadState, job: SweepJob): void {
  writeJob(rows, SWEEP, job)
}

/** Changes of a resource's working memory that are yet to be made, in their order. */
export function waitingChanges(rows: ThreadState, resourceId: string): WorkingChange[] {
  return rows.readOutbox().flatMap((entry) => {
    const job = toJob(entry)
    return job?.type === 'working' && job.resourceId === resourceId ? [job.change] : []
  })
}

/** The job of an entry; undefined if it is another kind of entry. Proof of the cast: {@link writeJob} wrote it. */
export function toJob(entry: OutboxEntry | undefined): MemoryJob | undefined {
  if (!entry?.key.startsWith('outbox/memory/')) return undefined
  return (JSON.parse(entry.body) as MemoryEntry).memory
}

function forgetName(resourceId: string): string {
  return `memory/forget/${encodeURIComponent(resourceId)}`
}

function writeJob(rows: ThreadState, name: string, memory: MemoryJob): void {
  const entry: MemoryEntry = { memory }
  rows.writeOutbox(name, JSON.stringify(entry))
}
