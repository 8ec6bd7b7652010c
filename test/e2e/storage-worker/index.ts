import { createStorage } from '../../../lib/runtime/storage.ts'
import type { StorageEnv } from '../../../lib/runtime/storage.ts'
import { settle } from '../../../lib/storage/adapters/settled.ts'
import { wait } from '../../../lib/streams/wait.ts'
import type { PortCall } from './wire.ts'
import { fromWire, toWire } from './wire.ts'

/** Milliseconds by which the clock of this Worker runs ahead. */
let ahead = 0

/** The storage as the runtime picks it, to be asked from outside. */
export default {
  async fetch(request: Request, env: StorageEnv): Promise<Response> {
    if (request.url.endsWith('/pass')) {
      ahead += Number(await request.text())
      return new Response()
    }
    // Only the test that started it asks.
    const call = fromWire(await request.text()) as PortCall
    const services = { wait, random: Math.random, now: () => Date.now() + ahead }
    const port: object = createStorage(env, {}, services)[call.port](call.shard)
    const method: unknown = Reflect.get(port, call.method)
    if (typeof method !== 'function') return new Response(`no ${call.method}`, { status: 404 })
    return new Response(toWire(await settle(async () => Reflect.apply(method, port, call.args))))
  },
}
