import { allScheduleShards, scheduleShard, scheduleShardsOf, threadSpace } from '../protocol/address.ts'
import type { Documents } from '../storage/documents.ts'
import { listAll } from '../storage/list-all.ts'
import type { ScheduleParts } from './parts.ts'
import type { ScheduleInfo, ScheduleStatus } from './schedule-info.ts'

type OpenShard = (shard: string) => Documents

const COLLECTION = 'schedules'

/** The most that a list gives. */
const MAX_LISTED = 1000

/** A schedule that is this late has lost its alarm. */
const OVERDUE_MS = 60_000

/** Tells the list how the schedule stands, if it does not know. It may be told twice. */
export async function tellList({
  rows,
  services,
  boundTo,
  scheduleId,
  address,
}: ScheduleParts): Promise<void> {
  const meta = rows.readMeta()
  if (!meta || meta.told === meta.version) return
  const { info, version } = meta
  const shard = services.documents(scheduleShard(boundTo, scheduleId))
  if (meta.isDeleted) {
    await shard.delete(COLLECTION, address, version)
    // Its name may say whose it was.
    if (meta.isErased) await shard.forget?.(COLLECTION, address)
  } else {
    const index: Record<string, number> = {
      [`space:${threadSpace(boundTo)}`]: info.createdAt,
      [ownerIndex(threadSpace(boundTo), info)]: info.createdAt,
      ...(info.status === 'active' && { nextAt: info.nextAt }),
    }
    await shard.put(COLLECTION, { id: address, version, index, body: { ...info } })
  }
  const now = rows.readMeta()
  if (now) rows.writeMeta({ ...now, told: version })
}

/** A resource's schedules: those it made itself, and those that callers bound to nobody made in its name. */
export async function* ownedSchedules(
  resourceId: string,
  open: OpenShard,
): AsyncGenerator<{ address: string; info: ScheduleInfo }, void> {
  for (const boundTo of [undefined, resourceId]) {
    for (const shard of scheduleShardsOf(boundTo)) {
      for await (const { id, body } of listAll(open(shard), COLLECTION, `space:${threadSpace(boundTo)}`)) {
        // tellList wrote it.
        const info = body as ScheduleInfo
        // What the code declares is the code's.
        if (info.resourceId === resourceId && !info.isDeclared) yield { address: id, info }
      }
    }
  }
}

export interface ListSchedules {
  workflowId?: string | undefined
  agentId?: string | undefined
  resourceId?: string | undefined
  /** Of an agent's, the conversation that it adds to, and its label. */
  threadId?: string | undefined
  name?: string | undefined
  status?: ScheduleStatus | undefined
}

/** Under which a schedule is found by what it starts. Workflows may have the ids of agents. */
function ownerIndex(space: string, { workflowId, agentId }: ListSchedules): string {
  return workflowId === undefined ? `agent:${space}/${agentId}` : `workflow:${space}/${workflowId}`
}

/** The schedules that a caller may see, the newest first. */
export async function listSchedules(
  boundTo: string | undefined,
  { workflowId, agentId, ...filter }: ListSchedules,
  open: OpenShard,
): Promise<ScheduleInfo[]> {
  const space = threadSpace(boundTo)
  const isOwned = workflowId !== undefined || agentId !== undefined
  const by = isOwned ? ownerIndex(space, { workflowId, agentId }) : `space:${space}`
  const wanted = Object.entries({ agentId, ...filter }).filter(([, value]) => value !== undefined)
  const query = { by, order: 'descending', limit: MAX_LISTED } as const
  const pages = await Promise.all(
    scheduleShardsOf(boundTo).map((shard) => open(shard).query(COLLECTION, query)),
  )
  return (
    pages
      // tellList wrote them.
      .flatMap(({ documents }) => documents.map(({ body }) => body as ScheduleInfo))
      .filter((info) => {
        const fields: Record<string, unknown> = info
        return wanted.every(([field, value]) => fields[field] === value)
      })
      .toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1))
      .slice(0, MAX_LISTED)
  )
}

/** The names of schedules, anybody's, that should have come by now. */
export async function findOverdue(now: number, open: OpenShard): Promise<string[]> {
  const query = { by: 'nextAt', to: now - OVERDUE_MS, limit: 100 } as const
  const pages = await Promise.all(allScheduleShards().map((shard) => open(shard).query(COLLECTION, query)))
  return pages.flatMap(({ documents }) => documents.map(({ id }) => id))
}
