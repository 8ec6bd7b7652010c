import { eraseCache } from '../cache/cache.ts'
import { readErrorResponse } from '../formats/error-response.ts'
import { eraseIndexes, eraseMemory } from '../memory/export-resource.ts'
import type { MemoryServices } from '../memory/access.ts'
import { Memory } from '../memory/memory.ts'
import { resourceShard } from '../protocol/address.ts'
import type { RunCall } from '../runs/run-call.ts'
import type { OwnedRun, RunMonth } from '../runs/owned-runs.ts'
import { clearRunLists, monthsOfRuns, ownedRuns } from '../runs/owned-runs.ts'
import type { ScheduleCall } from '../schedules/schedule-call.ts'
import type { KeyValue } from '../storage/key-value.ts'
import { ownedSchedules } from '../schedules/schedule-list.ts'
import { memoriesOfNoRequest } from '../threads/job-memory.ts'
import { clearThreadLists, ownedThreads, ownedTurns } from '../threads/owned-threads.ts'
import type { ThreadAsker } from './ask-thread.ts'
import { askThread } from './ask-thread.ts'
import type { Edgewise } from './edgewise.ts'

export interface EraseServices extends MemoryServices, ThreadAsker {
  app: Pick<Edgewise, 'agents' | 'workflows'>
  keyValue(shard: string): KeyValue
  callRun(address: string, call: RunCall | ScheduleCall): Promise<Response>
}

/** How many of each were erased. */
export interface Counts {
  threads: number
  runs: number
  schedules: number
}

export interface EraseOrder {
  resourceId: string
  /** What was begun later, in milliseconds since 1970, is of another life. */
  before: number
  /** Runs that still make good what they have done are waited for no longer. */
  isForced: boolean
  /** What is still to go of what the resource has of its own beside objects. Absent: nothing. */
  memory?: MemoryLeft
  /** The last step that is done already. */
  after?: string
}

/** Facts, working memory and indexes, or the indexes alone: those a service may refuse to delete for long. */
export type MemoryLeft = 'all' | 'indexes'

export interface Swept {
  counts: Counts
  /** Of how many things something is left. */
  left: number
  /** Why. */
  failure?: unknown
  /** Not all could be reached that may begin something by itself: schedules, threads, runs. */
  isUnreached?: true
  /** As it is left now. */
  memory?: MemoryLeft
  /** The last step that is done; absent where all are. */
  next?: string
}

/** About so much is asked of others in one invocation, whose limit is 10,000. */
const MOST_ASKED = 1000

/** What is asked to look at all shards of a month. */
const ASKED_A_MONTH = 100

/**
 * Goes through all that a resource owns and erases it, step by step: what starts something before what is started. A
 * thing that cannot be erased now leaves the others alone. May be done again.
 */
export async function eraseOwned(services: EraseServices, order: EraseOrder): Promise<Swept> {
  const { memory } = order
  const swept: Swept = { counts: { threads: 0, runs: 0, schedules: 0 }, left: 0, ...(memory && { memory }) }
  let asked = 0
  const attempt = async (work: () => Promise<void>, begins: boolean): Promise<void> => {
    try {
      await work()
    } catch (error) {
      fail(swept, error)
      if (begins) swept.isUnreached = true
    }
  }
  await attempt(async () => {
    for await (const { name, work, weight, begins = false } of stepsOf(services, order)) {
      if (order.after !== undefined && name <= order.after) continue
      await attempt(async () => void (asked += weight + (await work(swept))), begins)
      if (asked < MOST_ASKED) continue
      swept.next = name
      return
    }
  }, true)
  return swept
}

function fail(swept: Swept, error: unknown): void {
  swept.left += 1
  swept.failure ??= error
}

interface Step {
  /** In the order of their names. */
  name: string
  weight: number
  /** What it erases may begin something by itself. */
  begins?: true
  /** Gives how many things it has asked. */
  work(swept: Swept): Promise<number>
}

async function* stepsOf(services: EraseServices, order: EraseOrder): AsyncGenerator<Step> {
  const { resourceId, memory } = order
  const { documents } = services
  const workflowIds = services.app.workflows.map(({ id }) => id)
  const begins = true
  yield { name: '1', weight: 10, begins, work: (swept) => eraseSchedules(services, order, swept) }
  yield { name: '2', weight: 4, begins, work: (swept) => eraseThreads(services, order, swept) }
  for await (const month of monthsOfRuns(workflowIds, documents)) {
    const name = `3 ${month.workflowId} ${month.month}`
    yield { name, weight: ASKED_A_MONTH, begins, work: (swept) => eraseRuns(services, order, month, swept) }
  }
  if (memory) yield { name: '4', weight: 20, work: (swept) => eraseOwn(services, resourceId, swept) }
  yield { name: '5', weight: 10, work: () => eraseRest(services, resourceId) }
}

function eraseSchedules(
  { documents, callRun }: EraseServices,
  { resourceId, before }: EraseOrder,
  swept: Swept,
): Promise<number> {
  return eraseEach(ownedSchedules(resourceId, documents), swept, 'schedules', async ({ address, info }) => {
    if (info.createdAt > before) return undefined
    return isDone(await callRun(address, { type: 'schedule-erase', resourceId, before }))
  })
}

async function eraseThreads(
  services: EraseServices,
  { resourceId, before, memory }: EraseOrder,
  swept: Swept,
): Promise<number> {
  const erasing = { resourceId, before, ...(memory && { withIndexes: true as const }) }
  const erase = async (address: string): Promise<boolean> => {
    const answer = await askThread(services, address, 'erase', erasing)
    return answer?.isGone ?? true
  }
  const threads = await eraseEach(ownedThreads(resourceId, services), swept, 'threads', ({ address }) =>
    erase(address),
  )
  return threads + (await eraseEach(ownedTurns(resourceId, services), swept, 'threads', erase))
}

async function eraseRuns(
  { documents, callRun }: EraseServices,
  { resourceId, before, isForced }: EraseOrder,
  month: RunMonth,
  swept: Swept,
): Promise<number> {
  const erase = async ({ address, info }: OwnedRun): Promise<boolean | undefined> => {
    if (info.createdAt > before) return undefined
    const call = { type: 'erase', resourceId, before, ...(isForced && { isForced }) } as const
    const response = await callRun(address, call)
    // It makes good what it has done, or tells others.
    return response.status !== 503 && isDone(response)
  }
  const asked = await eraseEach(ownedRuns(resourceId, month, documents), swept, 'runs', erase)
  await clearRunLists(resourceId, month, documents)
  return asked
}

/** Facts, working memory and what is indexed, in all storages that the app's agents remember with. */
async function eraseOwn(services: EraseServices, resourceId: string, swept: Swept): Promise<number> {
  const all = (await memoriesOf(services.app)).map((memory) => memory.open(services, resourceId))
  if (swept.memory === 'all') {
    for (const memory of all) await eraseMemory(memory)
    swept.memory = 'indexes'
  }
  for (const memory of all) await eraseIndexes(memory)
  delete swept.memory
  return 0
}

async function eraseRest(services: EraseServices, resourceId: string): Promise<number> {
  await eraseCache(services.keyValue(resourceShard(resourceId)))
  await clearThreadLists(resourceId, services)
  return 0
}

/** The runtime's own storage, and those that agents' memories bring along. */
export async function memoriesOf({ agents }: Pick<Edgewise, 'agents'>): Promise<Memory[]> {
  const all = await memoriesOfNoRequest(agents)
  return [...new Set([new Memory(), ...all.filter(({ hasOwnParts }) => hasOwnParts)])]
}

const AT_ONCE = 6

/** Erases each thing, some at once. `erase` says whether it is gone; undefined: it is none of those that are meant. */
async function eraseEach<Thing>(
  things: AsyncGenerator<Thing, void>,
  swept: Swept,
  kind: keyof Counts,
  erase: (thing: Thing) => Promise<boolean | undefined>,
): Promise<number> {
  let asked = 0
  const work = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await things.next()
      if (done) return
      asked += 1
      try {
        const isGone = await erase(value)
        if (isGone === undefined) continue
        if (isGone) swept.counts[kind] += 1
        else swept.left += 1
      } catch (error) {
        fail(swept, error)
        swept.isUnreached = true
      }
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, work))
  for (const one of ended) if (one.status === 'rejected') throw one.reason
  return asked
}

async function isDone(response: Response): Promise<boolean> {
  if (!response.ok) throw await readErrorResponse(response)
  return (await response.json()) === true
}
