import type { AgentDefinition } from '../agents/agent-options.ts'
import { resolveMemory } from '../agents/resolve-memory.ts'
import type { Memory } from '../memory/memory.ts'
import { runnableCalls, startTurn } from '../log/fold.ts'
import type { TurnState } from '../log/fold.ts'
import { isDurable } from '../log/thread-log.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { TurnEnd, TurnEvent, TurnSuspend } from '../protocol/event.ts'
import type { Message } from '../protocol/message.ts'
import { errorField } from '../telemetry/logger.ts'
import { noteTurnEnd } from './memory-outbox.ts'
import type { ThreadParts } from './parts.ts'
import { remember } from './remember.ts'
import { contextOf } from './secrets.ts'
import type { OpenTurn, ThreadMeta } from './thread-state.ts'
import type { TurnMemory } from './turn-memory.ts'
import type { TurnRecord } from './turn-request.ts'
import { turnEvents } from './turn-runner.ts'

/** What a life of a turn begins with. */
export interface TurnLife {
  record: TurnRecord
  input: Message
  /** The fold of its log, when an earlier life left one. */
  state?: TurnState
  /** That life was cut off by a crash. */
  isRecovered?: boolean
  /** It was stopped while it did not run: it only ends, as a stopped turn does. */
  isStopped?: boolean
  /** It was taken up too often: it only ends. */
  isExhausted?: boolean
}

/**
 * One life of a turn, from being set going to its end or the object's: pulls the loop's events into the log and
 * commits what others act on before it asks for more.
 */
export class RunningTurn {
  readonly turn: number
  readonly runId: string
  /** Resolves when nothing of it is left to do. Never rejects. */
  readonly done: Promise<void>
  readonly #parts: ThreadParts
  readonly #stop = new AbortController()
  #isVoid = false
  /** What the agent remembers with, once that was decided. */
  #memory: Memory | undefined
  /** What it has come to; the loop folds into it what it says. */
  #state: TurnState | undefined

  constructor(parts: ThreadParts, life: TurnLife) {
    this.turn = life.record.turn
    this.runId = life.record.runId
    this.#parts = parts
    if (life.isStopped) this.stop()
    this.done = this.#run(life).catch((error: unknown) => {
      // Only storage fails here. The rows are the truth: the alarm takes the turn up from them.
      parts.services.logger.error('turn interrupted', { runId: this.runId, ...errorField(error) })
    })
  }

  /** Ends the turn; what it has said stays. */
  stop(): void {
    this.#stop.abort(new EdgewiseError('aborted', 'The turn was stopped'))
  }

  /** The thread was erased under it: what it still says goes nowhere. */
  discard(): void {
    this.#isVoid = true
    this.stop()
  }

  async #run({ record, input, state, isRecovered = false, isExhausted = false }: TurnLife): Promise<void> {
    const { rows, log, platform, services } = this.#parts
    const threadId = rows.readMeta()?.info.threadId ?? ''
    // The model is asked while the start is being written; what it says waits until that is on disk.
    let begun: Promise<void> | undefined = this.#settle()
    // Whoever awaits it below hears of a failure; until the model speaks nobody does.
    begun.catch(() => undefined)
    const folded = state ?? startTurn(record.messageId, record.startedAt ?? record.createdAt)
    const runtimeContext = contextOf(record, this.#parts.secrets)
    const { signal } = this.#stop
    const recall = async (agent: AgentDefinition): Promise<TurnMemory> => {
      if (record.history) return { history: record.history, sections: [], tools: {}, news: [] }
      this.#memory = await resolveMemory(agent, runtimeContext)
      return remember(this.#parts, this.#memory.with(record.overrides?.memory), record, input, signal)
    }
    const run = {
      record,
      threadId,
      input,
      runtimeContext,
      state: folded,
      remember: recall,
      isRecovered,
      signal,
    }
    this.#state = folded
    if (isRecovered && runnableCalls(folded).length > 0) {
      await begun
      // Committed with what follows.
      log.push({ type: 'calls-restart' })
    }
    for await (const event of isExhausted ? exhausted(folded) : turnEvents(run, services)) {
      if (begun) await begun
      begun = undefined
      if (this.#isVoid) return
      log.push(event)
      if (mustCommit(event)) await this.#commit(event)
      // The end of a last step is not to be seen before it is committed with the turn's end.
      else if (log.isLong && !isDurable(event)) platform.sql.transaction(() => log.flush())
    }
  }

  async #commit(event: TurnEvent): Promise<void> {
    const { events, log, platform } = this.#parts
    platform.sql.transaction(() => {
      events.append(log.takeRows())
      if (event.type === 'turn-end' || event.type === 'turn-suspend') this.#close(event)
    })
    await this.#settle()
  }

  /** In the commit of its last event: the thread is free for the next turn. */
  #close(last: TurnEnd | TurnSuspend): void {
    const { rows, services, alarm, secrets } = this.#parts
    const isSuspended = last.type === 'turn-suspend'
    const contextKeys = isSuspended && last.contextKeys
    if (!isSuspended) secrets.delete(this.turn)
    const meta = rows.readMeta()
    if (!meta) return
    this.#count(meta)
    rows.endTurn(this.turn)
    const record = isSuspended ? undefined : rows.readTurn(this.turn)
    if (record) noteTurnEnd(this.#parts, meta, record, this.#memory)
    const waited = rows.readSuspended(this.turn)
    const answers = waited?.answers ?? {}
    if (isSuspended) {
      const waits = { runId: this.runId, since: services.now(), answers }
      rows.writeSuspended(this.turn, contextKeys ? { ...waits, contextKeys } : waits)
    } else if (waited) rows.dropSuspended(this.turn)
    const open = meta.open.filter(({ turn }) => turn !== this.turn)
    // Answers that came while it ran: it goes on at once, behind those that wait already.
    if (isSuspended && Object.keys(answers).length > 0) open.push(queuedTurn(this.turn, this.runId))
    rows.writeMeta({ ...meta, open })
    if (meta.expiresAt !== undefined) alarm.set({ ...meta, open })
  }

  /** An answer is counted when its turn begins: one that is not there, or is there after all, is put right. */
  #count(meta: ThreadMeta): void {
    const { rows } = this.#parts
    const record = rows.readTurn(this.turn)
    const isUnanswered = this.#state?.message.parts.length === 0
    if (!record || isUnanswered === (record.isUnanswered ?? false)) return
    const { isUnanswered: _, ...answered } = record
    rows.writeTurn(isUnanswered ? { ...record, isUnanswered } : answered)
    meta.messages += isUnanswered ? -1 : 1
  }

  /** Waits until what was written is on disk, then lets followers see it. */
  async #settle(): Promise<void> {
    const { log, platform, services } = this.#parts
    await platform.sync()
    if (!this.#isVoid) log.publish()
    await services.afterCommit?.()
  }
}

/** A turn's place in the queue. */
export function queuedTurn(turn: number, runId: string): OpenTurn {
  return { turn, runId, state: 'queued', tries: 0, progress: 0 }
}

/**
 * A step's end that ends the turn is committed together with the turn's end, which follows at once; the end of a
 * sub-agent's turn together with the result of its call.
 */
function mustCommit(event: TurnEvent): boolean {
  if (event.type === 'agent-event' && event.event.type === 'turn-end') return false
  return event.type === 'step-end' ? event.isContinued : isDurable(event)
}

async function* exhausted({ usage }: TurnState): AsyncGenerator<TurnEvent, void> {
  const error = {
    code: 'recovery_exhausted',
    message: 'The turn was interrupted too often without coming further',
  } as const
  yield { type: 'turn-end', status: 'failed', finishReason: 'error', usage, error }
}
