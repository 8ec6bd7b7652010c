// One local server: wrangler dev on a port and a folder, ready when GET /health says so. What `npm start`, the
// demo, the bench and the end-to-end tests stand on.
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { ROOT } from './project.mjs'
import { readLines, workerLine } from './server/output.mjs'
import { freePort } from './server/port.mjs'
import { untilReady } from './server/ready.mjs'
import { writeVarsFile } from './server/vars.mjs'
import { signalGroup, spawnWrangler, stopGroup } from './server/wrangler.mjs'

/**
 * @typedef {object} Health what GET /health says; more fields may come
 * @property {string} status
 * @property {string} version
 * @property {string} model
 * @property {string[]} agents
 * @property {string} auth
 * @property {{ documents: string, vectors: string }} storage
 * @property {string[]} [problems]
 */

/**
 * @typedef {object} Server
 * @property {string} url without a slash at its end
 * @property {number} port
 * @property {Health} health as it was when the server was ready
 * @property {import('node:child_process').ChildProcess} child its pid is the id of the whole process group
 * @property {Promise<number | null>} exited the exit code, when the server has gone for whatever reason
 * @property {() => Promise<void>} stop ends the whole group; may be called twice
 * @property {() => Promise<void>} kill the same by SIGKILL at once, as a crash would
 */

/**
 * @param {object} [options]
 * @param {number} [options.port] 0, the default, takes a free one
 * @param {string} [options.persistTo] the folder of the embedded storage; default: a new one, removed by `stop`
 * @param {Record<string, string> | 'project'} [options.vars] exactly what the Worker gets as variables (default:
 * none), or 'project' for what .dev.vars or .env say
 * @param {(line: string) => void} [options.log] gets each line that the Worker printed
 * @param {string} [options.logFile] gets all of wrangler's output
 * @param {string} [options.configPath] default: wrangler.toml of this checkout
 * @param {number} [options.timeoutMs] for being ready
 * @returns {Promise<Server>} rejects with a Failure of one line when the server does not come up
 */
export async function startServer(options = {}) {
  const tries = options.port ? 1 : 3
  for (let n = 1; ; n++) {
    try {
      return await startOnce({ ...options, port: options.port || (await freePort()) })
    } catch (error) {
      // Between finding a free port and listening on it somebody else may have taken it.
      const isTaken = error instanceof Error && error.message.includes('Address already in use')
      if (!isTaken || n >= tries) throw error
    }
  }
}

/** @param {Parameters<typeof startServer>[0] & { port: number }} options @returns {Promise<Server>} */
async function startOnce({
  port,
  persistTo,
  vars = {},
  log = () => {},
  logFile,
  configPath,
  timeoutMs = 60_000,
}) {
  const folder = persistTo === undefined ? temporaryFolder() : { path: resolve(persistTo), remove: () => {} }
  const varsFile = vars === 'project' ? undefined : writeVarsFile(vars)
  const config = resolve(configPath ?? join(ROOT, 'wrangler.toml'))
  const child = spawnWrangler({ port, persistTo: folder.path, configPath: config, varsFile: varsFile?.path })
  const exited = exitOf(child)
  const output = collectOutput(child, { log, logFile })
  const cleanUp = () => {
    process.off('exit', leave)
    varsFile?.remove()
    folder.remove()
  }
  const leave = () => {
    signalGroup(child, 'SIGKILL')
    cleanUp()
  }
  process.on('exit', leave)
  const stop = (/** @type {NodeJS.Signals} */ signal) => stopGroup(child, { port, signal }).then(cleanUp)
  const url = `http://127.0.0.1:${port}`
  try {
    const health = await untilReady({ child, url, exited, output, configPath: config, timeoutMs })
    output.passOn()
    return { url, port, health, child, exited, stop: () => stop('SIGTERM'), kill: () => stop('SIGKILL') }
  } catch (error) {
    await stop('SIGKILL')
    throw error
  }
}

function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'edgewise-state-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }) }
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<number | null>} */
function exitOf(child) {
  return new Promise((done) => {
    child.once('error', () => done(null))
    child.once('exit', (code) => done(code))
  })
}

/**
 * @typedef {object} Output
 * @property {() => string} text all so far
 * @property {(listener: (line: string) => void) => void} onLine
 * @property {() => void} passOn from now on the Worker's lines go to the log
 */

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {{ log: (line: string) => void, logFile: string | undefined }} options
 * @returns {Output}
 */
function collectOutput(child, { log, logFile }) {
  if (logFile) startFile(logFile)
  let text = ''
  let isPassedOn = false
  let wasBlank = true
  /** @type {((line: string) => void)[]} */
  const listeners = []
  const take = (/** @type {string} */ line) => {
    if (!isPassedOn) text += `${line}\n`
    for (const listener of listeners) listener(line)
    const shown = isPassedOn ? workerLine(line) : undefined
    if (shown === undefined || (shown === '' && wasBlank)) return
    wasBlank = shown === ''
    if (shown !== '') log(shown)
  }
  for (const stream of [child.stdout, child.stderr]) {
    if (logFile) stream?.on('data', (/** @type {Buffer} */ chunk) => appendFileSync(logFile, chunk))
    readLines(stream, take)
  }
  return {
    text: () => text,
    onLine: (listener) => listeners.push(listener),
    passOn: () => {
      isPassedOn = true
      listeners.length = 0
    },
  }
}

/** @param {string} path */
function startFile(path) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, '')
}
