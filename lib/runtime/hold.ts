import { placeOfSchedule, resourceOfErasure, workflowOfQueue } from '../protocol/address.ts'
import { answerRunCall } from '../runs/answer.ts'
import type { RunServices } from '../runs/parts.ts'
import { Queue } from '../runs/queue.ts'
import { Run } from '../runs/run.ts'
import { Schedule } from '../schedules/schedule.ts'
import type { ScheduleServices } from '../schedules/parts.ts'
import type { Platform } from '../storage/platform.ts'
import type { ErasureServices } from './erasure.ts'
import { Erasure } from './erasure.ts'

/** What an object of the class `Run` holds. */
export interface Held {
  /** The call must be one for what it is. @throws EdgewiseError for what is answered before the first byte. */
  answer(call: never): Promise<Response>
  alarm(): Promise<void>
}

/** A run, a schedule, a queue of runs, or an erasure: an object's name says which it is. */
export function hold(
  name: string,
  platform: Platform,
  services: RunServices & ScheduleServices & { erasure?: ErasureServices },
): Held {
  if (placeOfSchedule(name)) return new Schedule(name, platform, services)
  if (workflowOfQueue(name) !== undefined) return new Queue(name, platform, services)
  if (services.erasure && resourceOfErasure(name) !== undefined)
    return new Erasure(name, platform, services.erasure)
  const run = new Run(platform, services)
  return { answer: (call) => answerRunCall(run, call), alarm: () => run.alarm() }
}
