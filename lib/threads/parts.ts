import type { EventLog } from '../log/event-log.ts'
import { createSqliteLog } from '../log/sqlite-log.ts'
import { ThreadLog } from '../log/thread-log.ts'
import type { NewId } from '../protocol/id.ts'
import type { AgentDefinition } from '../agents/agent-options.ts'
import type { MemoryServices } from '../memory/access.ts'
import type { KeyValue } from '../storage/key-value.ts'
import type { VectorRecord } from '../storage/vectors.ts'
import type { Logger } from '../telemetry/logger.ts'
import { Alarm } from './alarm.ts'
import type { Platform } from '../storage/platform.ts'
import { ProjectedThreadState } from './projection.ts'
import type { Secrets } from './secrets.ts'
import { ThreadState } from './thread-state.ts'
import type { RunnerServices } from './turn-runner.ts'

export interface ThreadServices extends RunnerServices, MemoryServices {
  newId: NewId
  logger: Logger
  /** All that the app has. */
  agents(): readonly AgentDefinition[]
  /** Keys of the runtime context that are never written down. */
  secretKeys: readonly string[]
  /** Where runs without a thread are noted for their owner. Default: nowhere. */
  keyValue?(shard: string): KeyValue
  /** When all that a resource owned was erased last, in milliseconds since 1970; undefined: never. */
  erasedAt?(resourceId: string): Promise<number | undefined>
  /** Other services can read the storage, so messages are told to it as well. Default: no. */
  isShared?: boolean
  /** Has another thread of the resource embed what is missing in its indexes: {@link embedAnew}. Undefined if there is none. */
  embedThread?: (address: string, resourceId: string, before: number) => Promise<EmbeddedTurns | undefined>
  /** For tests of recovery: called after each commit of a turn, before anything follows from it. */
  afterCommit?: () => Promise<void>
}

/** What came of embedding some turns anew. */
export interface EmbeddedTurns {
  /** Messages that the indexes did not hold. */
  embedded: number
  /** Turns that no embedder takes. */
  refused: number
  /** Some were taken, or there before: what is refused is their own fault. */
  isTaken: boolean
  /** The turn before which to go on; absent if there is none. */
  next?: number
  /** Why some were refused. */
  error?: string
}

/** What a thread is made of; shared by what works on it. */
export interface ThreadParts {
  platform: Platform
  services: ThreadServices
  rows: ThreadState
  /** The committed events. */
  events: EventLog
  /** The same, and what is being said. */
  log: ThreadLog
  alarm: Alarm
  secrets: Secrets
  /** Vectors of what this object said of late, by their ids: the index may not show them yet. */
  vectors: Map<string, VectorRecord>
  /** What needs no sweep, as far as this object has asked: resources, each with what the app recalls with. */
  swept: Set<string>
}

export function createParts(platform: Platform, services: ThreadServices): ThreadParts {
  const rows = services.isShared ? new ProjectedThreadState(platform.sql) : new ThreadState(platform.sql)
  const events = createSqliteLog(platform.sql, () => rows.hasTables)
  const alarm = new Alarm(platform, rows, services.now)
  const log = new ThreadLog(events)
  return {
    platform,
    services,
    rows,
    events,
    log,
    alarm,
    secrets: new Map(),
    vectors: new Map(),
    swept: new Set(),
  }
}
