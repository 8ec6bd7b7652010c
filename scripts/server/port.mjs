import { createServer } from 'node:net'

/** @param {number} port @param {string} [host] */
export async function isFree(port, host = '127.0.0.1') {
  return (await listen(port, host)) !== undefined
}

/** No system hands these out by itself: Linux does so from 32768 on, others from 49152 on. */
const OWN_PORTS = { from: 20_000, count: 12_000 }

/**
 * A port that nobody listens on at this moment, and that nobody is given who does not ask for it: a server that was
 * stopped finds it free when it starts again.
 * @param {string} [host]
 * @returns {Promise<number>}
 */
export async function freePort(host = '127.0.0.1') {
  for (let tries = 0; tries < 20; tries++) {
    const port = OWN_PORTS.from + Math.floor(Math.random() * OWN_PORTS.count)
    if (await isFree(port, host)) return port
  }
  const port = await listen(0, host)
  if (port === undefined) throw new Error(`Cannot find a free port: ${host} cannot be listened on`)
  return port
}

/** The first free port from the given one upwards. @param {number} from */
export async function nextFreePort(from) {
  for (let port = from; port < Math.min(from + 50, 65_536); port++) {
    if (await isFree(port)) return port
  }
  return freePort()
}

/**
 * Listens for a moment.
 * @param {number} port
 * @param {string} host
 * @returns {Promise<number | undefined>} the port that it got; undefined if it is taken
 */
function listen(port, host) {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address()
      const got = address && typeof address === 'object' ? address.port : undefined
      server.close(() => resolve(got))
    })
  })
}
