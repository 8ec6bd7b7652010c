import { plainMemory } from '../agents/resolve-memory.ts'
import { messageIndex } from '../memory/message-vectors.ts'
import type { Sweep } from '../memory/sweep-state.ts'
import { isSettled, readSweep, writeSweep } from '../memory/sweep-state.ts'
import { resourceShard, threadAddressIn, threadSpace } from '../protocol/address.ts'
import { readSweepJob, writeSweepJob } from './memory-outbox.ts'
import type { SweepJob } from './memory-outbox.ts'
import { threadCollection } from './outbox.ts'
import type { EmbeddedTurns, ThreadParts, ThreadServices } from './parts.ts'

/** Threads that are read of a list at once, and slices of turns that are embedded before the alarm goes on. */
const THREADS_AT_ONCE = 50
const SLICES_AT_ONCE = 10

/** So many slices in a row of which nothing can be embedded are no fault of the texts. */
const MAX_MISSES = 5

/**
 * After something of the thread was embedded: where the resource's indexes were never swept for what the app recalls
 * with now (recall is new to it, or an embedder is another), this thread begins to.
 *
 * @throws what the documents throw.
 */
export async function beginSweep({ rows, platform, services, alarm, swept }: ThreadParts): Promise<void> {
  const meta = rows.readMeta()
  if (!meta) return
  const { resourceId } = meta.info
  const recipe = recipeOf(services, resourceId)
  const note = `${resourceId}\n${recipe}`
  if (recipe === '' || swept.has(note)) return
  const documents = services.documents(resourceShard(resourceId))
  const known = await readSweep(documents)
  const now = services.now()
  if (known && isSettled(known.sweep, recipe, now)) {
    if (known.sweep.status === 'done') swept.add(note)
    return
  }
  const id = services.newId('sweep')
  const none = { threads: 0, messages: 0, refused: 0 }
  const told: Sweep = { id, recipe, status: 'running', ...none, startedAt: now, updatedAt: now }
  await writeSweep(documents, told, Math.max((known?.version ?? 0) + 1, now))
  const spaces = [threadSpace(undefined), threadSpace(resourceId)]
  platform.sql.transaction(() => {
    // The list may not have heard of this thread yet.
    writeSweepJob(rows, { type: 'sweep', id, resourceId, spaces, threads: [meta.address], misses: 0, told })
    alarm.set(rows.readMeta())
  })
  await services.afterCommit?.()
}

/** Has a thread embed what is missing, before one of its turns. Undefined if it is no thread of the resource. */
type EmbedThread = NonNullable<ThreadServices['embedThread']>

/**
 * Goes on with the sweep that this thread makes, for a while; the alarm does the rest. Each slice is noted once it is
 * done, so that after a crash none is done again but the last. Gives whether it did anything.
 *
 * @throws what a thread or a storage throws, which may pass: the sweep stays where it is.
 */
export async function goOnSweeping(parts: ThreadParts, embedThread: EmbedThread): Promise<boolean> {
  const { rows, platform, services, alarm } = parts
  let own = readSweepJob(rows)
  if (!own) return false
  const documents = services.documents(resourceShard(own.job.resourceId))
  const known = await readSweep(documents)
  if (known?.sweep.id !== own.job.id) {
    // Another has begun since, or the resource was erased.
    rows.dropOutbox(own.entry)
    return false
  }
  for (let slice = 0; slice < SLICES_AT_ONCE && own.job.told.status === 'running'; slice += 1) {
    const next = await sweepSlice(parts, own.job, embedThread)
    const before: string = own.entry.body
    platform.sql.transaction(() => {
      if (readSweepJob(rows)?.entry.body === before) writeSweepJob(rows, next)
      alarm.set(rows.readMeta())
    })
    await services.afterCommit?.()
    const noted = readSweepJob(rows)
    if (noted?.job.id !== next.id) return true
    own = noted
  }
  const { job, entry } = own
  const told = { ...job.told, updatedAt: services.now() }
  await writeSweep(documents, told, Math.max(known.version + 1, told.updatedAt))
  if (told.status === 'running') return true
  rows.dropOutbox(entry)
  return true
}

/** One slice of one thread; before that the lists are read until there is a thread. Nothing is changed here. */
async function sweepSlice(parts: ThreadParts, job: SweepJob, embedThread: EmbedThread): Promise<SweepJob> {
  const { told, resourceId } = job
  const next = await withThreads(parts, job)
  const [address] = next.threads
  if (address === undefined) return { ...next, told: { ...told, status: 'done' } }
  const done = await embedThread(address, resourceId, next.before ?? Number.MAX_SAFE_INTEGER)
  const { before: _, ...rest } = next
  if (!done) return { ...rest, threads: next.threads.slice(1) }
  const misses = done.isTaken ? 0 : job.misses + (done.refused > 0 ? 1 : 0)
  const sum = toldOf(told, done, misses)
  if (done.next !== undefined) return { ...rest, before: done.next, misses, told: sum }
  return { ...rest, threads: next.threads.slice(1), misses, told: { ...sum, threads: sum.threads + 1 } }
}

function toldOf(told: Sweep, { embedded, refused, error }: EmbeddedTurns, misses: number): Sweep {
  const sum = { ...told, messages: told.messages + embedded, refused: told.refused + refused }
  if (misses < MAX_MISSES) return sum
  return { ...sum, status: 'failed', error: error ?? 'nothing could be embedded' }
}

async function withThreads({ services }: ThreadParts, job: SweepJob): Promise<SweepJob> {
  const documents = services.documents(resourceShard(job.resourceId))
  let read = job
  for (let space = read.spaces[0]; read.threads.length === 0 && space !== undefined; space = read.spaces[0]) {
    const { after, ...rest } = read
    const page = await documents.query(threadCollection(space), {
      by: 'createdAt',
      limit: THREADS_AT_ONCE,
      ...(after !== undefined && { after }),
    })
    const threads = page.documents.map(({ id }) => threadAddressIn(space, id))
    read =
      page.next === undefined
        ? { ...rest, threads, spaces: read.spaces.slice(1) }
        : { ...rest, threads, after: page.next }
  }
  return read
}

/**
 * The app's agents that recall anything, each with its index. An agent whose memory is a function of the request is
 * not among them, and so changes nothing here; nor is one whose embedder is not configured.
 */
function recipeOf(services: ThreadServices, resourceId: string): string {
  const lines = services.agents().flatMap((agent) => {
    const memory = plainMemory(agent)
    if (!memory?.settings.semanticRecall) return []
    try {
      return [`${agent.id} ${messageIndex(memory.open(services, resourceId).embedder())}`]
    } catch {
      return []
    }
  })
  return lines.toSorted().join('\n')
}
