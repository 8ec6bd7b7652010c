import { storeClass } from '../../../durable-objects/store.ts'
import type { RuntimeEnv } from '../../../lib/runtime/create.ts'
import { Edgewise } from '../../../lib/runtime/edgewise.ts'
import { createStorage } from '../../../lib/runtime/storage.ts'
import { settle } from '../../../lib/storage/adapters/settled.ts'
import { wait } from '../../../lib/streams/wait.ts'
import type { PortCall } from '../storage-worker/wire.ts'
import { fromWire, toWire } from '../storage-worker/wire.ts'

/** Milliseconds by which the clock of this Worker runs ahead. */
let ahead = 0
const now = (): number => Date.now() + ahead

const options = { vectors: { embeddedUpTo: 200 } }
const app = new Edgewise(options)

export class Store extends storeClass({ now }, app) {}

export default {
  async fetch(request: Request, env: RuntimeEnv): Promise<Response> {
    if (request.url.endsWith('/pass')) {
      ahead += Number(await request.text())
      return new Response()
    }
    // Only the test that started it asks.
    const call = fromWire(await request.text()) as PortCall
    const port: object = createStorage(env, options, { wait, random: Math.random, now })[call.port](
      call.shard,
    )
    const method: unknown = Reflect.get(port, call.method)
    if (typeof method !== 'function') return new Response(`no ${call.method}`, { status: 404 })
    return new Response(toWire(await settle(async () => Reflect.apply(method, port, call.args))))
  },
}
