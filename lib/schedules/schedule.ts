import { placeOfSchedule } from '../protocol/address.ts'
import type { Erasing } from '../protocol/erasing.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { Platform } from '../storage/platform.ts'
import { errorField } from '../telemetry/logger.ts'
import { changeMeta, checkFit, createMeta, declareMeta } from './change.ts'
import { findByHand, fireByHand, fireDue, lookAt, startRuns } from './fire.ts'
import type { ScheduleParts, ScheduleServices } from './parts.ts'
import { commit } from './parts.ts'
import type { ScheduleCall } from './schedule-call.ts'
import type { DeclaredSpec, ScheduleChange, ScheduleSpec, Trigger } from './schedule-info.ts'
import { tellList } from './schedule-list.ts'
import type { ScheduleMeta } from './schedule-rows.ts'
import { ScheduleRows } from './schedule-rows.ts'

const RETRY_MS = [2000, 5000, 15_000, 60_000, 300_000]

/**
 * A schedule: its alarm is set to the time that it is due at next. All that it does it first notes in its rows, so that
 * nothing comes twice and nothing is lost, whoever calls and whatever kills the object.
 */
export class Schedule {
  readonly #parts: ScheduleParts
  /** How often in a row something could not be reached. */
  #failures = 0
  #working: Promise<void> = Promise.resolve()
  /** What it has to tell it has had to tell for long. */
  #isLate: boolean

  constructor(address: string, platform: Platform, services: ScheduleServices) {
    const { boundTo, scheduleId = '' } = placeOfSchedule(address) ?? { boundTo: undefined }
    this.#parts = { address, boundTo, scheduleId, platform, services, rows: new ScheduleRows(platform.sql) }
    const meta = this.#parts.rows.readMeta()
    this.#isLate = meta !== undefined && meta.told !== meta.version
  }

  /** @throws EdgewiseError `schedule_not_found`, `schedule_exists`, `invalid_request`. */
  async answer(call: ScheduleCall): Promise<Response> {
    if (call.type === 'schedule-create') return this.#create(call)
    if (call.type === 'schedule-declare') return this.#declare(call)
    if (call.type === 'schedule-nudge') {
      await this.#work()
      return Response.json({})
    }
    if (call.type === 'schedule-erase') return Response.json(await this.#erase(call))
    const meta = this.#mustRead()
    switch (call.type) {
      case 'schedule-get':
        return Response.json(await this.#show())
      case 'schedule-change':
        return this.#change(call.change)
      case 'schedule-remove':
        return this.#remove(meta)
      case 'schedule-run':
        return this.#run(meta, call.nonce)
      case 'schedule-triggers':
        return Response.json(await this.#triggers(call))
      default:
        return call satisfies never
    }
  }

  /** It is due, or something could not be reached. Whatever goes wrong, an active schedule keeps an alarm. */
  async alarm(): Promise<void> {
    await this.#work()
  }

  async #create({ nonce, spec, status }: ScheduleCall & { type: 'schedule-create' }): Promise<Response> {
    const { rows, scheduleId } = this.#parts
    await checkFit(this.#definitionOf(spec), spec)
    const known = rows.readMeta()
    if (known && !known.isDeleted) {
      if (known.nonce !== nonce)
        throw new EdgewiseError('schedule_exists', `There is a schedule "${scheduleId}" already`)
      // It may have died before its list heard of it.
      await this.#work()
      return Response.json(this.#mustRead().info)
    }
    const made = createMeta(this.#parts, spec, { nonce, status, known })
    await this.#write(made)
    return Response.json(made.info)
  }

  async #declare({ spec }: ScheduleCall & { type: 'schedule-declare' }): Promise<Response> {
    const known = this.#parts.rows.readMeta()
    const meta = declareMeta(this.#parts, known, spec)
    if (meta) await this.#write(meta)
    return Response.json({})
  }

  async #change(change: ScheduleChange): Promise<Response> {
    await checkFit(this.#definitionOf(this.#mustRead().info), change)
    const meta = this.#mustRead()
    const changed = changeMeta(this.#parts, meta, change)
    if (changed) await this.#write(changed)
    return Response.json((changed ?? meta).info)
  }

  async #remove(meta: ScheduleMeta): Promise<Response> {
    if (meta.declared !== undefined)
      throw new EdgewiseError(
        'invalid_request',
        `Schedule "${meta.info.id}" is declared in the code: remove it there, or pause it`,
      )
    await this.#write(gone(meta))
    return Response.json({})
  }

  /** True once nothing of it is left; until then it is to be asked again. */
  async #erase({ resourceId, before }: Erasing): Promise<boolean> {
    const { rows } = this.#parts
    const meta = rows.readMeta()
    if (meta?.isDeleted) await this.#work()
    else if (!meta || !isMeant(meta, { resourceId, before })) return true
    else await this.#write({ ...gone(meta), isErased: true })
    return !rows.readMeta()
  }

  async #run(meta: ScheduleMeta, nonce: string): Promise<Response> {
    const setAlarm = (next: ScheduleMeta): void => this.#setAlarm(next)
    await fireByHand(this.#parts, meta, { key: nonce, setAlarm })
    await this.#work()
    // Of an agent's the id is not known before it has been reached.
    const { runId = nonce, at = this.#parts.services.now() } = findByHand(this.#parts, nonce) ?? {}
    return Response.json({ runId, at })
  }

  async #show() {
    const { info } = this.#mustRead()
    const last = this.#parts.rows.readTriggers().find(({ runId }) => runId === info.lastRunId)
    const lastRun = last && (await lookAt(this.#parts, last))
    return { ...info, ...(lastRun && { lastRun }) }
  }

  /** The newest first, each with how its run stands. */
  #triggers({
    limit,
    from = 0,
    to = Infinity,
  }: ScheduleCall & { type: 'schedule-triggers' }): Promise<Trigger[]> {
    const { rows } = this.#parts
    const found = rows.readTriggers().filter(({ at }) => at >= from && at <= to)
    return Promise.all(
      found.slice(0, limit).map(async (trigger) => {
        const run = await lookAt(this.#parts, trigger)
        return run ? { ...trigger, run } : trigger
      }),
    )
  }

  #definitionOf({ workflowId }: Pick<ScheduleSpec, 'workflowId'>) {
    return workflowId === undefined ? undefined : this.#parts.services.getWorkflow(workflowId)
  }

  /** Keeps a change, and does what follows from it. */
  async #write(meta: ScheduleMeta): Promise<void> {
    await this.#keep(meta)
    await this.#work()
    await this.#parts.platform.sync()
  }

  #keep(meta: ScheduleMeta): Promise<void> {
    const { rows } = this.#parts
    return commit(this.#parts, () => {
      rows.writeMeta(meta)
      if (meta.isDeleted) rows.clearTriggers()
      this.#setAlarm(meta)
    })
  }

  /** All that is to be done, by one at a time: who erases waits for the runs that are just being started. */
  #work(): Promise<void> {
    this.#working = this.#working.catch(() => undefined).then(() => this.#workNow())
    return this.#working
  }

  /** What cannot be done now is tried again at the alarm. */
  async #workNow(): Promise<void> {
    const { rows, services, platform } = this.#parts
    try {
      await this.#heedErasure()
      await this.#followCode()
      const setAlarm = (next: ScheduleMeta): void => this.#setAlarm(next)
      do await startRuns(this.#parts)
      while ((await fireDue(this.#parts, setAlarm)) || rows.readWaiting().length > 0)
      await tellList(this.#parts)
      this.#failures = 0
    } catch (error) {
      this.#failures += 1
      this.#isLate = true
      services.logger.warn('schedule not carried out, it is tried again', errorField(error))
    }
    const meta = rows.readMeta()
    if (!meta) return
    if (meta.isDeleted && meta.told === meta.version) {
      rows.forgetTables()
      await platform.deleteAll()
    } else this.#setAlarm(meta)
  }

  /** What could not be told for long may be of one whose owner was erased by those who could not know of it. */
  async #heedErasure(): Promise<void> {
    const { rows, services } = this.#parts
    const meta = rows.readMeta()
    const owner = meta?.info.resourceId
    if (this.#isLate && meta && !meta.isDeleted && owner !== undefined) {
      const before = await services.erasedAt?.(owner)
      const isErased = before !== undefined && isMeant(meta, { resourceId: owner, before })
      if (isErased) await this.#keep({ ...gone(meta), isErased })
    }
    this.#isLate = false
  }

  /** What the code no longer declares is gone, and what it declares otherwise is changed, whoever finds it out first. */
  async #followCode(): Promise<void> {
    const { rows, services } = this.#parts
    const meta = rows.readMeta()
    if (meta?.declared === undefined || meta.isDeleted) return
    const { id, workflowId, agentId } = meta.info
    const declared: readonly DeclaredSpec[] | undefined =
      workflowId === undefined
        ? services.getAgent(agentId)?.schedules
        : services.getWorkflow(workflowId)?.schedules
    const spec = declared?.find((one) => one.id === id)
    const changed = declareMeta(this.#parts, meta, spec)
    if (changed) await this.#keep(changed)
  }

  /** To when it must next be woken. Called in the transaction that decides. */
  #setAlarm({ info, isDeleted, told, version }: ScheduleMeta): void {
    const { rows, services, platform } = this.#parts
    const now = services.now()
    const retryAt = now + (RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] ?? 0)
    const isOwing = told !== version || rows.readWaiting().length > 0
    const isActive = info.status === 'active' && !isDeleted
    // What failed a moment ago would fail again.
    const dueAt = isActive ? Math.max(info.nextAt, this.#failures > 0 ? retryAt : now) : Infinity
    const time = Math.min(dueAt, isOwing ? retryAt : Infinity)
    if (time !== Infinity) platform.setAlarm(time)
  }

  #mustRead(): ScheduleMeta {
    const meta = this.#parts.rows.readMeta()
    if (meta && !meta.isDeleted) return meta
    throw new EdgewiseError('schedule_not_found', `There is no schedule "${this.#parts.scheduleId}"`)
  }
}

/** As it stays until the list has heard that it is gone: nothing of what it was to start. */
function gone({ info, ...meta }: ScheduleMeta): ScheduleMeta {
  const { id, cron, status, isDeclared, createdAt, updatedAt, nextAt } = info
  const nothing = { workflowId: '', inputData: null, runtimeContext: {} }
  const bare = { ...nothing, id, cron, status, isDeclared, createdAt, updatedAt, nextAt }
  return { ...meta, info: bare, isDeleted: true, version: meta.version + 1 }
}

/** What the code declares is not its resource's own. */
function isMeant({ declared, info }: ScheduleMeta, { resourceId, before }: Erasing): boolean {
  return declared === undefined && info.resourceId === resourceId && info.createdAt <= before
}
