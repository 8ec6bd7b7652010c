import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'

/** A wire between client and server that can be cut. */
export interface Relay {
  readonly url: string
  /** What clients sent, a text a connection. */
  readonly sent: readonly string[]
  /** Cuts what is connected now. New connections get through. */
  cut(): void
  close(): Promise<void>
}

export async function openRelay(target: string): Promise<Relay> {
  const { hostname, port } = new URL(target)
  const open = new Set<Socket>()
  const sent: string[] = []
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    const index = sent.push('') - 1
    client.on('data', (bytes) => {
      sent[index] += bytes.toString()
    })
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(socket)
      socket.on('close', () => {
        open.delete(socket)
        other.destroy()
      })
      socket.on('error', () => socket.destroy())
      socket.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = (): void => {
    for (const socket of open) socket.destroy()
  }
  return {
    // It listens on a TCP port.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent,
    cut,
    close: async () => {
      server.close()
      cut()
      await once(server, 'close')
    },
  }
}
