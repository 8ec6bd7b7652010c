// Asks one question over HTTP and yields the chunks of its answer (AI SDK UI message stream). A connection that
// breaks is taken up again: the server replays the running turn from its first chunk.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../terminal.mjs'
import { readSse } from './sse.mjs'

/** @typedef {{ type: string, [field: string]: any }} Chunk */

/** What is yielded besides the server's chunks: the next ones start over from the first, or no more will come. */
const REJOINED = { type: 'client-rejoined' }
const OVER = { type: 'client-over' }

const REJOIN_TRIES = 6

/**
 * @param {object} options
 * @param {string} options.url
 * @param {string} options.agent
 * @param {string} options.thread
 * @param {string} options.question
 * @param {string} [options.apiKey]
 * @param {typeof fetch} [options.fetch]
 * @param {(milliseconds: number) => Promise<unknown>} [options.wait]
 * @returns {AsyncGenerator<Chunk>} ends after the last chunk; throws a Failure of one line
 */
export async function* ask({ url, agent, thread, question, apiKey, fetch = globalThis.fetch, wait = sleep }) {
  const chat = `${url}/api/agents/${encodeURIComponent(agent)}/chat`
  const auth = apiKey ? { authorization: `Bearer ${apiKey}` } : {}
  const message = { id: randomUUID(), role: 'user', parts: [{ type: 'text', text: question }] }
  const first = await fetch(chat, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      'idempotency-key': randomUUID(),
      ...auth,
    },
    body: JSON.stringify({ id: thread, messages: [message] }),
  }).catch((error) => {
    throw new Failure(`Cannot reach ${url}: ${reasonOf(error)}`)
  })
  let isDone = yield* readAnswer(first)
  for (let tries = 1; !isDone; tries++) {
    if (tries > REJOIN_TRIES)
      throw new Failure(`The connection to ${url} broke ${tries} times: the answer may still come; ask again`)
    if (tries > 1) await wait(100 * 2 ** tries)
    const again = await fetch(`${chat}/${encodeURIComponent(thread)}/stream`, { headers: auth }).catch(
      () => undefined,
    )
    if (!again || again.status >= 500) continue
    if (again.status === 204) return yield OVER
    yield REJOINED
    isDone = yield* readAnswer(again)
  }
}

/**
 * @param {Response} response
 * @returns {AsyncGenerator<Chunk, boolean>} returns whether the stream came to its end, rather than broke
 */
async function* readAnswer(response) {
  if (!response.ok || !response.body) throw new Failure(await refusal(response))
  let isDone = false
  try {
    for await (const { data } of readSse(response.body)) {
      if (data === '[DONE]') return true
      const chunk = JSON.parse(data)
      isDone ||= chunk.type === 'finish' || chunk.type === 'abort'
      yield chunk
    }
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new Failure(`The server sent a frame that is not JSON: ${error.message}`)
    if (error instanceof Failure) throw error
    return isDone
  }
  return isDone
}

/** Why the server refused, on one line. @param {Response} response */
export async function refusal(response) {
  const text = await response.text().catch(() => '')
  let said = text.split('\n')[0]?.slice(0, 300)
  try {
    said = JSON.parse(text).error.message
  } catch {
    // Not our error's shape: its first line has to do.
  }
  const mend = response.status === 401 ? " (set EDGEWISE_API_KEY to one of the server's keys)" : ''
  return `The server answered ${response.status}: ${said || response.statusText || 'nothing'}${mend}`
}

/** @param {unknown} error */
function reasonOf(error) {
  const cause = error instanceof Error ? error.cause : undefined
  if (cause instanceof Error && 'code' in cause) return `${cause.code}`
  return error instanceof Error ? error.message : String(error)
}
