import { Agent, request } from 'node:http'

/** Somebody who can be asked, and how his words are known in what he sends. */
export interface Target {
  url: string
  path: string
  /** What stands in every piece of text that he sends, and nowhere else. */
  mark: string
  toBody(asked: Asked): unknown
}

/** `past` is the conversation before the prompt, a question and an answer in turns, as chat clients post it. */
interface Asked {
  prompt: string
  thread: string
  message: string
  past: readonly string[]
}

export interface Heard {
  bytes: number
  chunks: number
  /** From the request to the first piece of text. */
  firstMs: number
  text: string
}

const agent = new Agent({ keepAlive: true, noDelay: true })
let asked = 0

const toChatBody = ({ prompt, thread, message, past }: Asked): unknown => ({
  id: thread,
  messages: [...past, prompt].map((text, place) => ({
    id: `${message}-${place}`,
    role: place % 2 === 0 ? 'user' : 'assistant',
    parts: [{ type: 'text', text }],
  })),
})

export function kitAt(url: string): Target {
  return { url, path: '/api/agents/helper/chat', mark: '"type":"text-delta"', toBody: toChatBody }
}

export function bareAt(url: string): Target {
  return { url, path: '/chat', mark: '"type":"text-delta"', toBody: toChatBody }
}

export function modelAt(url: string): Target {
  return {
    url,
    path: '/v1/chat/completions',
    mark: '"delta":{"content":',
    toBody: ({ prompt, past }) => ({ model: MODEL_NAME, stream: true, messages: toChat([...past, prompt]) }),
  }
}

export const MODEL_NAME = 'bench-model'

function toChat(texts: readonly string[]): unknown[] {
  return texts.map((content, place) => ({ role: place % 2 === 0 ? 'user' : 'assistant', content }))
}

/** Asks and reads the answer to its end. */
export function ask(
  target: Target,
  prompt: string,
  thread: string,
  past: readonly string[] = [],
): Promise<Heard> {
  asked += 1
  return post(target, JSON.stringify(target.toBody({ prompt, thread, message: `message-${asked}`, past })))
}

function post({ url, path, mark }: Target, body: string): Promise<Heard> {
  const { promise, resolve, reject } = Promise.withResolvers<Heard>()
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    authorization: 'Bearer none',
  }
  const started = performance.now()
  const sent = request(new URL(path, url).href, { method: 'POST', agent, headers }, (response) => {
    let text = ''
    let firstMs = Number.NaN
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      text += chunk
      if (Number.isNaN(firstMs) && text.includes(mark)) firstMs = performance.now() - started
    })
    response.on('error', reject)
    response.on('end', () => {
      if (response.statusCode !== 200) reject(new Error(`${path} answered ${response.statusCode}: ${text}`))
      resolve({ bytes: Buffer.byteLength(text), chunks: text.split(mark).length - 1, firstMs, text })
    })
  })
  sent.on('error', reject)
  sent.end(body)
  return promise
}
