import type { EventLog } from '../log/event-log.ts'
import { createSqliteLog } from '../log/sqlite-log.ts'
import { ThreadLog } from '../log/thread-log.ts'
import type { NewId } from '../protocol/id.ts'
import type { Documents } from '../storage/documents.ts'
import type { Logger } from '../telemetry/logger.ts'
import { Alarm } from './alarm.ts'
import type { Platform } from './platform.ts'
import { ProjectedThreadState } from './projection.ts'
import type { Secrets } from './secrets.ts'
import { ThreadState } from './thread-state.ts'
import type { RunnerServices } from './turn-runner.ts'

export interface ThreadServices extends RunnerServices {
  newId: NewId
  logger: Logger
  documents(shard: string): Documents
  /** Keys of the runtime context that are never written down. */
  secretKeys: readonly string[]
  /** Messages are told to the storage as well, for other services to read. Default: no. */
  projectsMessages?: boolean
  /** For tests of recovery: called after each commit of a turn, before anything follows from it. */
  afterCommit?: () => Promise<void>
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
}

export function createParts(platform: Platform, services: ThreadServices): ThreadParts {
  const rows = services.projectsMessages
    ? new ProjectedThreadState(platform.sql)
    : new ThreadState(platform.sql)
  const events = createSqliteLog(platform.sql, () => rows.hasTables)
  const alarm = new Alarm(platform, rows, services.now)
  return { platform, services, rows, events, log: new ThreadLog(events), alarm, secrets: new Map() }
}
