// From the start of wrangler's process to the first good answer of GET /health, or to the reason why there is none.
import { setTimeout as sleep } from 'node:timers/promises'
import { dirname } from 'node:path'
import { Failure } from '../terminal.mjs'
import { isErrorLine } from './output.mjs'
import { readBundleMap } from './source-position.mjs'
import { startFailure } from './start-failure.mjs'

/** A build error does not end wrangler: it waits for the file to change. A line the Worker logs may look the same. */
const AFTER_ERROR_MS = 1_500
/** A Worker that answers, but not with 200, is given this long. */
const UNHEALTHY_MS = 3_000

/**
 * @param {object} options
 * @param {import('node:child_process').ChildProcess} options.child
 * @param {string} options.url
 * @param {Promise<number | null>} options.exited
 * @param {import('../serve.mjs').Output} options.output
 * @param {string} options.configPath
 * @param {number} options.timeoutMs
 * @returns {Promise<import('../serve.mjs').Health>}
 */
export async function untilReady({ url, exited, output, configPath, timeoutMs }) {
  const started = Date.now()
  const giveUp = new AbortController()
  /** @type {ReturnType<typeof readBundleMap> | undefined} */
  let bundle
  const listening = new Promise((resolve) => {
    output.onLine((line) => {
      if (line.includes('Starting local server')) bundle = readBundleMap(dirname(configPath), started)
      if (line.includes('[wrangler:info] Ready on')) resolve('listening')
    })
  })
  const failed = new Promise((resolve) => {
    output.onLine((line) => {
      if (isErrorLine(line)) setTimeout(resolve, AFTER_ERROR_MS, 'failed').unref()
    })
  })
  const gone = exited.then(() => 'gone')
  const timer = sleep(timeoutMs, 'late', { signal: giveUp.signal, ref: false }).catch(() => 'late')
  try {
    const first = await Promise.race([listening, failed, gone, timer])
    if (first === 'listening') {
      const health = await Promise.race([askHealth(url, giveUp.signal), gone, timer])
      if (health && typeof health === 'object') return health
    }
    const otherwise =
      first === 'late' ? `the server was not ready within ${timeoutMs / 1000} s` : 'wrangler gave up'
    throw startFailure(output.text(), { configPath, bundle: await bundle, otherwise })
  } finally {
    giveUp.abort()
  }
}

/**
 * @param {string} url
 * @param {AbortSignal} signal
 * @returns {Promise<import('../serve.mjs').Health | undefined>} undefined when the signal ended it
 */
async function askHealth(url, signal) {
  /** @type {number | undefined} */
  let unhealthySince
  while (!signal.aborted) {
    const answer = await fetchHealth(url)
    if (answer?.health) return answer.health
    if (answer) unhealthySince ??= Date.now()
    if (answer && Date.now() - (unhealthySince ?? 0) > UNHEALTHY_MS) {
      throw new Failure(`Cannot start: GET /health answers ${answer.said}`)
    }
    await sleep(100)
  }
  return undefined
}

/**
 * @param {string} url
 * @param {number} [timeoutMs]
 * @returns {Promise<{ health?: import('../serve.mjs').Health, said: string } | undefined>} undefined when nobody
 * answers
 */
export async function fetchHealth(url, timeoutMs = 5_000) {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(timeoutMs) })
    const text = await response.text()
    const body = parseJson(text)
    if (response.ok && body?.status === 'ok' && Array.isArray(body.agents))
      return { health: body, said: text }
    return {
      said: `${response.status}: ${body?.error?.message ?? body?.problems?.join('; ') ?? (text.split('\n')[0] || '(nothing)').slice(0, 300)}`,
    }
  } catch {
    return undefined
  }
}

/** @param {string} text */
function parseJson(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
