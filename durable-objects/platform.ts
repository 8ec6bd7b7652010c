import { createObjectSql } from '../lib/storage/adapters/do-sql.ts'
import type { Platform } from '../lib/storage/platform.ts'

/** A Durable Object as the platform of what lives in it. */
export function objectPlatform(ctx: DurableObjectState): Platform {
  const { storage } = ctx
  return {
    sql: createObjectSql(storage),
    sync: () => storage.sync(),
    getAlarm: () => storage.getAlarm(),
    // The write joins the transaction around it; its promise would only say so.
    setAlarm: (time) => void storage.setAlarm(time),
    deleteAll: () => storage.deleteAll(),
    waitUntil: (work) => ctx.waitUntil(work),
  }
}
