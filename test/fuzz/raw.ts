import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'

/** A connection on which anything can be said, and all that comes back is heard. */
export interface RawConnection {
  say(bytes: string | Uint8Array): Promise<void>
  /** What came back, once it holds this or the other side hung up. */
  until(pattern: RegExp): Promise<string>
  readonly isOpen: boolean
  hangUp(): void
}

export async function openRaw(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  let heard = ''
  // A server that refuses half a request cuts the line: that is an answer, too.
  socket.on('error', () => undefined)
  socket.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1')))
  await once(socket, 'connect')
  return {
    get isOpen() {
      return isOpen(socket)
    },
    say: async (bytes) => {
      if (!isOpen(socket)) return
      if (!socket.write(bytes)) await first(socket, ['drain', 'close'])
    },
    until: async (pattern) => {
      while (!pattern.test(heard) && isOpen(socket)) {
        await first(socket, ['data', 'close', 'end'])
      }
      return heard
    },
    hangUp: () => socket.destroy(),
  }
}

/** The first of these events. Unlike `once` of node:events it takes no error for an end. */
function first(socket: Socket, names: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const name of names) socket.off(name, done)
      resolve()
    }
    for (const name of names) socket.on(name, done)
  })
}

function isOpen(socket: Socket): boolean {
  return socket.writable && !socket.readableEnded
}
