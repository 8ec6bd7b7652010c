import { DurableObject } from 'cloudflare:workers'

interface Env {
  FLOOR: { getByName(name: string): { fetch(request: Request): Promise<Response> } }
}

/**
 * As little as a durable run can be: an object that runs a function and writes one row a step. It knows nothing of
 * retries, of what was done before a crash, or of who listens.
 */
export class Floor extends DurableObject {
  #step = 0
  #asked: string | undefined

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env)
    ctx.storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS steps (id INTEGER PRIMARY KEY, output TEXT) WITHOUT ROWID',
    )
  }

  override async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    const [, , what = ''] = pathname.split('/')
    const isSynced = searchParams.has('sync')
    if (what === 'asks') return this.#ask(searchParams.get('url') ?? '')
    if (what === 'answer') return this.#answer()
    if (what === 'f1000') return this.#list(isSynced)
    const length = Number(what.slice(1))
    let n = 0
    for (let i = 0; i < length; i += 1) {
      n = await (what.startsWith('y') ? addLater(n) : add(n))
      this.#keep(n)
      if (isSynced) await this.ctx.storage.sync()
    }
    return Response.json({ n })
  }

  async #list(isSynced: boolean): Promise<Response> {
    const items = Array.from({ length: 1000 }, (_, n) => n)
    let next = 0
    const work = async (): Promise<void> => {
      while (next < items.length) {
        const i = next++
        this.#keep(await add(items[i] ?? 0))
        if (isSynced) await this.ctx.storage.sync()
      }
    }
    await Promise.all(Array.from({ length: 10 }, work))
    return Response.json({ count: items.length })
  }

  #ask(url: string): Response {
    this.#asked = url
    this.#keep(0)
    return new Response('waits')
  }

  async #answer(): Promise<Response> {
    this.#keep(1)
    await this.ctx.storage.sync()
    await (await fetch(this.#asked ?? '')).text()
    this.#keep(2)
    return new Response('done')
  }

  #keep(output: number): void {
    this.ctx.storage.transactionSync(() => {
      this.ctx.storage.sql.exec(
        'INSERT INTO steps (id, output) VALUES (?, ?)',
        this.#step,
        JSON.stringify({ n: output }),
      )
    })
    this.#step += 1
  }
}

async function add(n: number): Promise<number> {
  return n + 1
}

async function addLater(n: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 0))
  return n + 1
}

/** `POST /:run/:what` */
export default {
  fetch(request: Request, env: Env): Promise<Response> {
    const [, run = ''] = new URL(request.url).pathname.split('/')
    return env.FLOOR.getByName(run).fetch(request)
  },
}
