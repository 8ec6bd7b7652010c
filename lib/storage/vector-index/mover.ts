import type { SqlVectors } from '../adapters/sql-vectors.ts'
import { EdgewiseError } from '../../protocol/error.ts'
import type { Sql } from '../sql.ts'
import type { Vectors } from '../vectors.ts'
import type { Move } from './moves.ts'
import {
  acknowledge,
  endMove,
  findMove,
  forgetUntold,
  hasUntold,
  nextParcel,
  restartMove,
  setSent,
  setStatus,
  startMove,
} from './moves.ts'
import { countPoints } from './points.ts'
import { findSpace } from './space.ts'

export interface Spill {
  /** Where an index goes that has outgrown its object. Only this one object writes to these indexes. */
  remote: Vectors
  /** How many vectors an index may have and stay. */
  embeddedUpTo: number
  /** For tests: how many are copied at once, and how many changes are told beside those of the write. */
  parcel?: number
  now: () => number
  /** Milliseconds that all writers wait, once they are made to. */
  wait: (ms: number) => Promise<void>
  warn?: (message: string) => void
}

/** Moves indexes bit by bit, at most one call of each index at a time. What fails at the service changes nothing. */
export interface Mover {
  /** To be called when so many were written. Sends the next parcel, if there is one. */
  step(index: string, added: number): Promise<void>
  /**
   * To be called before a write: if the service has taken in all that there is, the index is there from then on. When
   * writes never gave it the time for that, they wait here, all of them, for some seconds at most.
   */
  finish(index: string): Promise<void>
  /** Erases it at the service. @throws EdgewiseError `storage_unavailable`: it is to be called again. */
  erase(index: string): Promise<void>
}

/** A writer waits for it: some requests. */
const PARCEL = 250

/**
 * What was sent and not answered may still arrive, for a time. Until it has, nothing else is sent: it would be
 * overtaken. It is also the pause after a failure.
 */
const QUIET_MS = 60_000

/** So many writes may find that the service has not taken in all. Then they are held, so often for so long. */
const WRITES_BEFORE_HOLD = 100
const LOOKS = 10
const LOOK_MS = 500
/** Parcels that are sent at most between two looks. */
const PARCELS = 4

export function createMover(sql: Sql, local: SqlVectors, spill: Spill): Mover {
  const end: Ends = { ...spill, sql, local }
  const busy = new Map<string, Promise<void>>()
  const alone = (index: string, work: () => Promise<void>): Promise<void> => {
    const done = work().finally(() => busy.delete(index))
    busy.set(index, done)
    return done
  }
  const hasOutgrown = createGauge(end)
  const isWaiting = (index: string): boolean => findMove(sql, index)?.status === 'waiting'
  const writes = new Map<string, number>()
  const held = new Map<string, Promise<void>>()
  const hold = async (index: string): Promise<void> => {
    for (let looks = 0; looks < LOOKS && isWaiting(index); looks += 1) {
      if (looks > 0) await spill.wait(LOOK_MS)
      while (busy.has(index)) await busy.get(index)
      const move = findMove(sql, index)
      // A service that is down is waited for by nobody.
      if (!move || !isDue(end, move)) return
      await alone(index, () => catchUp(end, index))
    }
  }
  return {
    step: async (index, added) => {
      if (busy.has(index)) return
      if (findMove(sql, index)) await alone(index, () => tell(end, index, added))
      else if (hasOutgrown(index, added)) await alone(index, () => begin(end, index, added))
    },
    finish: async (index) => {
      while (held.has(index)) await held.get(index)
      if (!isWaiting(index)) return
      const count = (writes.get(index) ?? 0) + 1
      writes.set(index, count % WRITES_BEFORE_HOLD)
      if (count < WRITES_BEFORE_HOLD)
        return busy.has(index) ? undefined : alone(index, () => settle(end, index))
      const pause = held.get(index) ?? hold(index).finally(() => held.delete(index))
      held.set(index, pause)
      return pause
    },
    erase: async (index) => {
      // An object's requests may wait for each other's work.
      while (busy.has(index)) await busy.get(index)
      await alone(index, () => erase(end, index))
    },
  }
}

interface Ends extends Spill {
  sql: Sql
  local: SqlVectors
}

async function begin(ends: Ends, index: string, added: number): Promise<void> {
  const { sql, remote, warn } = ends
  const space = findSpace(sql, index)
  if (!space) return
  try {
    await remote.createIndex(index, space)
  } catch (error) {
    return warn?.(`Vector index "${index}" cannot be moved: ${String(error)}`)
  }
  // It may have been deleted, and created anew, since it was asked for.
  if (findSpace(sql, index)?.space !== space.space || findMove(sql, index)) return
  startMove(sql, index, space)
  await tell(ends, index, added)
}

/** Sends the next parcel. */
async function tell(ends: Ends, index: string, added: number): Promise<void> {
  const { sql, remote, parcel: limit = PARCEL } = ends
  const [move, space] = [findMove(sql, index), findSpace(sql, index)]
  if (!move || !space || !isUnderWay(move) || !isDue(ends, move)) return
  const parcel = nextParcel(sql, space, move, { changed: limit + added, copied: limit })
  const { records, gone, told } = parcel
  if (move.status === 'waiting' && told.length === 0) return
  const hasArrived = await attempt(ends, index, async () => {
    if (records.length > 0) await remote.upsert(index, records)
    if (gone.length > 0) await remote.delete(index, { ids: gone })
  })
  if (!hasArrived) return
  sql.transaction(() => {
    setSent(sql, index, null)
    if (isUnderWay(findMove(sql, index))) acknowledge(sql, index, space, parcel)
  })
}

/** Tells all that is untold, and makes it remote if that was enough. */
async function catchUp(ends: Ends, index: string): Promise<void> {
  for (let parcels = 0; parcels < PARCELS && !isToldAll(ends.sql, index); parcels += 1)
    await tell(ends, index, 0)
  await settle(ends, index)
}

/** Makes it remote, if all is there and can be seen. */
async function settle(ends: Ends, index: string): Promise<void> {
  const { sql, local, remote, warn } = ends
  const [move, space] = [findMove(sql, index), findSpace(sql, index)]
  if (!space || !move || !isDue(ends, move) || !isToldAll(sql, index)) return
  let [count, pending] = [0, 0]
  const isKnown = await attempt(ends, index, async () => {
    const info = await remote.describeIndex(index)
    if (info) [count, pending] = [info.count, info.pendingCount]
  })
  if (!isKnown) return
  setSent(sql, index, null)
  // What was changed since is still to be told.
  if (pending > 0 || !isToldAll(sql, index)) return
  if (count === countPoints(sql, space)) return local.empty(index, () => setStatus(sql, index, 'remote'))
  warn?.(`Vector index "${index}" is moved anew: there are ${count} vectors where it goes`)
  // It may be done once more, later, if its answer was slow: the pause is kept.
  if (!(await attempt(ends, index, () => remote.deleteIndex(index)))) return
  if (isUnderWay(findMove(sql, index))) sql.transaction(() => restartMove(sql, index, space))
}

async function erase(ends: Ends, index: string): Promise<void> {
  const { sql, local, remote } = ends
  const move = findMove(sql, index)
  if (move?.status !== 'erasing') return
  if (!isDue(ends, move))
    throw new EdgewiseError(
      'storage_unavailable',
      `Vector index "${index}" was being moved: delete it again in a minute`,
    )
  await local.deleteIndex(index)
  await remote.deleteIndex(index)
  endMove(sql, index)
}

/** Notes when something was sent, for whoever comes after a crash. If it failed, all stays as it was. */
async function attempt({ sql, now, warn }: Ends, index: string, work: () => Promise<void>): Promise<boolean> {
  setSent(sql, index, now())
  try {
    await work()
    return true
  } catch (error) {
    setSent(sql, index, now())
    warn?.(`Vector index "${index}" stays where it is for now: ${String(error)}`)
    return false
  }
}

function isDue({ now }: Ends, { sentAt }: Move): boolean {
  return sentAt === null || now() >= sentAt + QUIET_MS
}

function isToldAll(sql: Sql, index: string): boolean {
  const space = findSpace(sql, index)
  return findMove(sql, index)?.status === 'waiting' && space !== undefined && !hasUntold(sql, space)
}

/** Leaves of an index what is to be erased at the service. */
export function markErasing(sql: Sql, index: string): void {
  const space = findSpace(sql, index)
  sql.transaction(() => {
    setStatus(sql, index, 'erasing')
    if (space) forgetUntold(sql, space)
  })
}

function isUnderWay(move: Move | undefined): boolean {
  return move?.status === 'copying' || move?.status === 'waiting'
}

/** Whether an index holds too many. Counts only when so many were written that it could be, and once in a while. */
function createGauge({ sql, embeddedUpTo, now }: Ends): (index: string, added: number) => boolean {
  const room = new Map<string, number>()
  const told = new Map<string, number>()
  return (index, added) => {
    const left = (room.get(index) ?? 0) - added
    room.set(index, left)
    if (left >= 0 || embeddedUpTo === Infinity) return false
    // Where it cannot go, it is not asked for at every write.
    if (now() < (told.get(index) ?? -Infinity) + QUIET_MS) return false
    const space = findSpace(sql, index)
    const count = space ? countPoints(sql, space) : 0
    room.set(index, embeddedUpTo - count)
    if (count > embeddedUpTo) told.set(index, now())
    return count > embeddedUpTo
  }
}
