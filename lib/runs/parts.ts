import type { Platform } from '../storage/platform.ts'
import { LiveLog } from '../log/live-log.ts'
import type { LogWords } from '../log/words.ts'
import type { EdgewiseError } from '../protocol/error.ts'
import type { RunEvent } from '../protocol/run-event.ts'
import type { Documents } from '../storage/documents.ts'
import type { Wait } from '../streams/wait.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Telemetry } from '../telemetry/span.ts'
import type { StepRuntime } from '../workflows/context.ts'
import type { FlowDefinition } from '../workflows/graph.ts'
import { RunAlarm } from './alarm.ts'
import { CallBudget } from './call-budget.ts'
import type { Letter } from './letter.ts'
import { RunContext } from './run-context.ts'
import { RunRows } from './run-rows.ts'

/** What runs need beside their object. */
export interface RunServices {
  now(): number
  random(): number
  wait: Wait
  telemetry: Telemetry
  logger: Logger
  documents(shard: string): Documents
  /** Other services can read the storage, so whole runs are told to it as well. Default: no. */
  isShared?: boolean
  /** Keys of the runtime context that are never written down. */
  secretKeys: readonly string[]
  getWorkflow(id: string): FlowDefinition | undefined
  /** Sends a call to another run's object; the answer is what a client would get, errors included. */
  callRun(address: string, call: Letter['call']): Promise<Response>
  /** When all that a resource owned was erased last, in milliseconds since 1970; undefined: never. */
  erasedAt?(resourceId: string): Promise<number | undefined>
  /** What steps reach by name. */
  runtime: StepRuntime
  /** How many other objects are called in one invocation. Default: few enough for the platform's least plan. */
  callsAnInvocation?: number
  /** For tests of recovery: called after each commit of a run, before anything follows from it. */
  afterCommit?: () => Promise<void>
}

/** What a run is made of; shared by what works on it. */
export interface RunParts {
  platform: Platform
  services: RunServices
  rows: RunRows
  log: LiveLog<RunEvent>
  alarm: RunAlarm
  context: RunContext
  /** Who listens to what is said as it is. */
  audience: Set<object>
  /** Of the calls to other objects what is left to this invocation. */
  calls: CallBudget
  /** The letters that are being sent. */
  sending?: Promise<void>
  /** How far through all that wait. */
  round?: LetterRound
  /** Told of a letter that was refused for good, before it is dropped. It may be told twice. */
  onRefused(call: Letter['call'], error: EdgewiseError): Promise<void>
  /** What it has to tell it has had to tell for long: its owner may have been erased meanwhile. */
  isLate: boolean
  /** What of the outbox is being told now. */
  telling?: { said: string; done: Promise<void> }
}

/** One way through the letters that wait, the first to the last; it may take several invocations. */
export interface LetterRound {
  /** The last that was tried. */
  after: number
  /** Objects that could not be reached: what comes after for them waits for the next round. */
  unreached: Set<string>
  error?: unknown
}

export function createParts(platform: Platform, services: RunServices, words: LogWords<RunEvent>): RunParts {
  const rows = new RunRows(platform.sql)
  const alarm = new RunAlarm(platform, rows, services.now)
  const context = new RunContext(services.secretKeys)
  const log = new LiveLog(rows, words)
  const calls = new CallBudget(services.callsAnInvocation)
  const isLate = services.erasedAt !== undefined && rows.hasOutbox
  return { platform, services, rows, log, alarm, context, audience: new Set(), calls, isLate, onRefused }
}

async function onRefused(): Promise<void> {
  // Whoever holds the run puts its own in place of it.
}
