// Starts a workflow's run, or answers one, and yields the chunks of its stream (Mastra's: JSON records, each ended by
// 0x1E). A connection that breaks is taken up again at the chunk behind the last one.
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../terminal.mjs'
import { refusal } from './client.mjs'

/** @typedef {{ type: string, payload: { [field: string]: any } }} RunChunk */

/**
 * @typedef {object} Command
 * @property {string} url the server's
 * @property {string} workflow
 * @property {string} runId
 * @property {'stream' | 'resume-stream'} action
 * @property {unknown} body
 * @property {string | undefined} [apiKey]
 * @property {typeof globalThis.fetch} [fetch]
 * @property {(milliseconds: number) => Promise<unknown>} [wait]
 */

const REJOIN_TRIES = 6

/**
 * @param {Command} command
 * @returns {AsyncGenerator<RunChunk>} ends when the run has ended, or waits for somebody; throws a Failure of one line
 */
export async function* runWorkflow({ url, workflow, runId, action, body, apiKey, ...ports }) {
  const { fetch = globalThis.fetch, wait = sleep } = ports
  const base = `${url}/api/workflows/${encodeURIComponent(workflow)}`
  const query = `runId=${encodeURIComponent(runId)}`
  const post = (/** @type {string} */ path, /** @type {unknown} */ sent) =>
    fetch(`${base}/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}),
      },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    })
  const past = action === 'stream' ? 0 : await countChunks(await post(`observe?${query}`, undefined))
  const heard = { count: past }
  let response = await post(`${action}?${query}`, body)
  for (let tries = 1; !(yield* readAnswer(response, heard)); tries++) {
    if (tries > REJOIN_TRIES)
      throw new Failure(
        `The connection to ${url} broke ${tries} times: the run goes on; look at it again as ${runId}`,
      )
    if (tries > 1) await wait(100 * 2 ** tries)
    response = await post(`observe?${query}&offset=${heard.count}`, undefined).catch(() => new Response())
  }
}

/**
 * @param {Response} response
 * @param {{ count: number }} heard
 * @returns {AsyncGenerator<RunChunk, boolean>} returns whether the stream came to its end, rather than broke
 */
async function* readAnswer(response, heard) {
  if (!response.ok) throw new Failure(await refusal(response))
  let isOver = false
  try {
    for await (const chunk of readRecords(response.body ?? [])) {
      heard.count += 1
      isOver = chunk.type === 'workflow-finish'
      yield chunk
    }
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new Failure(`The server sent a record that is not JSON: ${error.message}`)
    if (error instanceof Failure) throw error
  }
  return isOver
}

/** @param {Response} response */
async function countChunks(response) {
  const heard = { count: 0 }
  for await (const _ of readAnswer(response, heard));
  return heard.count
}

/**
 * Records as they come; a bare separator is a sign of life.
 * @param {AsyncIterable<Uint8Array> | Iterable<Uint8Array>} body
 * @returns {AsyncGenerator<RunChunk>}
 */
export async function* readRecords(body) {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body) {
    const records = (rest + decoder.decode(bytes, { stream: true })).split('\u001E')
    rest = records.pop() ?? ''
    for (const record of records) if (record !== '') yield JSON.parse(record)
  }
}
