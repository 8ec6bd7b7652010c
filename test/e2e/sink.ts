import { once } from 'node:events'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Journal } from './journal.ts'
import { createJournal } from './journal.ts'

/** A call that arrived: from here on it has happened, whether or not anybody lives to hear the answer. */
export interface Effect {
  tool: string
  /** The idempotency key: `run/step/call`. */
  key: string
}

/** The world outside, which tools change: a real HTTP server that counts what was done to it. */
export interface Sink {
  readonly url: string
  readonly effects: Journal<Effect>
  /** Keeps calls of these runs' tool waiting for their answers until the function that it gives is called. */
  hold(fits: (effect: Effect) => boolean): () => void
  /** A world that takes so many milliseconds to answer any call. */
  delayMs: number
  close(): Promise<void>
}

export async function startSink(): Promise<Sink> {
  const effects = createJournal<Effect>()
  const holds = new Set<{ fits: (effect: Effect) => boolean; held: (() => void)[] }>()
  const server = createServer((request, response) => {
    request.resume()
    const effect = { tool: (request.url ?? '/').slice(1), key: String(request.headers['idempotency-key']) }
    const hold = [...holds].find(({ fits }) => fits(effect))
    const answer = (): void => void setTimeout(giveReceipt, sink.delayMs, response, effect)
    if (hold) hold.held.push(answer)
    effects.add(effect)
    if (!hold) answer()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // It listens on a TCP port.
  const { port } = server.address() as AddressInfo
  const sink: Sink = {
    delayMs: 0,
    url: `http://127.0.0.1:${port}`,
    effects,
    hold: (fits) => {
      const hold = { fits, held: [] as (() => void)[] }
      holds.add(hold)
      return () => {
        holds.delete(hold)
        for (const answer of hold.held) answer()
      }
    },
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  return sink
}

/** The receipt names the call, not the try: who knows a key answers it alike every time. */
function giveReceipt(response: ServerResponse, { tool, key }: Effect): void {
  const call = key.split('/').at(-1) ?? ''
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ receipt: `${tool} ${call}` }))
}
