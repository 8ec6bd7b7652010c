import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent, request as httpRequest } from 'node:http'
import type { FuzzRequest } from './requests.ts'

export interface Heard {
  status: number
  headers: IncomingHttpHeaders
  text: string
  /** The answer was still going on when it was left: a stream that waits for what comes next. */
  isLeft: boolean
}

/** An answer must begin within this. */
const FIRST_BYTE_MS = 20_000
/** A stream is followed this long. */
const FOLLOW_MS = 400
const MOST_BYTES = 2_000_000

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** Sends a request and hears its answer: to its end if it is one document, else for a while. */
export function send(url: string, { method, path, headers, body }: FuzzRequest): Promise<Heard> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    // Without the length node would send the body of a GET as if it were the next request.
    const sized = body ? { ...headers, 'content-length': body.length } : headers
    const request = httpRequest({ agent, hostname, port, method, path, headers: sized })
    const late = setTimeout(() => {
      request.destroy(new Error(`no answer within ${FIRST_BYTE_MS / 1000} s`))
    }, FIRST_BYTE_MS)
    request.once('error', (error) => {
      clearTimeout(late)
      reject(error)
    })
    request.once('response', (response) => {
      clearTimeout(late)
      // The Worker may refuse a body before it has all of it: what is written after that meets a closed door.
      request.on('error', () => undefined)
      hear(response).then(resolve, reject)
    })
    request.end(body)
  })
}

async function hear(response: IncomingMessage): Promise<Heard> {
  const isStream = (response.headers['content-type'] ?? '').startsWith('text/event-stream')
  let isLeft = false
  let text = ''
  const leave = (): void => {
    isLeft = true
    response.destroy()
  }
  const limit = setTimeout(leave, isStream ? FOLLOW_MS : FIRST_BYTE_MS)
  response.setEncoding('utf8')
  try {
    for await (const piece of response) {
      text += String(piece)
      if (text.length > MOST_BYTES) leave()
    }
  } catch (error) {
    if (!isLeft) throw error
  } finally {
    clearTimeout(limit)
  }
  if (isLeft && !isStream) throw new Error('the answer never ended')
  return { status: response.statusCode ?? 0, headers: response.headers, text, isLeft }
}

/** Keeps no connection open after the last request. */
export function hangUp(): void {
  agent.destroy()
}
