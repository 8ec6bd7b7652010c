// `npm start`: installs what is missing, serves the app locally, and says how to talk to it.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { watchAgentsFile, writeAgentsFile } from './config/agents-file.mjs'
import { FIRST_QUESTION } from './first-question.mjs'
import { ensureInstalled } from './install.mjs'
import { lockHolder, tryLock } from './install/lock.mjs'
import { isMain, ROOT, shortPath, STATE_FOLDER } from './project.mjs'
import { startServer } from './serve.mjs'
import { isFree, nextFreePort } from './server/port.mjs'
import { fetchHealth } from './server/ready.mjs'
import { ownVarsFile, shellVars } from './server/vars.mjs'
import { colorsFor, Failure, runMain, seconds } from './terminal.mjs'

const HELP = `Serves the app in app/ on this machine, with nothing to set up: npm start [-- options]

  --port <number>   the port (or PORT=<number> npm start); default 8787
  --quiet           only the line that says it is ready
  --help            this

Variables of the Worker (OPENAI_API_KEY and the like) come from .dev.vars; without that file the ones that the
kit knows are taken from the shell. State is kept in .edgewise/state; delete that folder to start afresh.`

/** @param {string[]} args */
async function main(args) {
  const options = readOptions(args)
  if (options.help) return console.log(HELP)
  await ensureInstalled()
  const signals = listenForSignals()
  await writeAgentsFile(ROOT)
  const stopWatching = watchAgentsFile(ROOT, (line) => console.error(line))
  const started = Date.now()
  await checkPort(options.port)
  const state = takeStateFolder(options.port)
  const logFile = join(STATE_FOLDER, state.isUsual ? 'start.log' : `start-${options.port}.log`)
  const server = await start(options, { persistTo: state.path, logFile })
  const signal = signals.next()
  try {
    const took = Date.now() - started
    console.log(options.quiet ? `Ready at ${server.url}` : welcome(server, { took, state: state.path }))
    const reason = await Promise.race([signal, server.exited.then(() => 'gone')])
    if (reason === 'gone') throw new Failure(`The server stopped by itself: see ${shortPath(logFile)}`)
    if (!options.quiet) console.log('\nStopping ...')
  } finally {
    stopWatching()
    await server.stop()
    state.release()
  }
}

/**
 * @param {{ port: number, quiet: boolean }} options
 * @param {{ persistTo: string, logFile: string }} files
 */
async function start({ port, quiet }, { persistTo, logFile }) {
  const file = ownVarsFile(ROOT)
  const vars = shellVars(process.env)
  if (file && !quiet && Object.keys(vars).length > 0) {
    console.error(`Not taken from the shell, because ${file} is there: ${Object.keys(vars).join(', ')}`)
  }
  const log = quiet ? () => {} : printWorkerLine
  try {
    return await startServer({ port, persistTo, vars: file ? 'project' : vars, log, logFile })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure(`${error.message} (all of wrangler's output: ${shortPath(logFile)})`)
  }
}

/** @param {string} line */
function printWorkerLine(line) {
  const { red, yellow } = colorsFor(process.stdout)
  const paint = line.startsWith('error: ') ? red : line.startsWith('warning: ') ? yellow : String
  console.log(paint(line))
}

/** @param {string[]} args */
function readOptions(args) {
  const known = /** @type {const} */ ({
    port: { type: 'string' },
    quiet: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  })
  const values = parse(args, known)
  const text = values.port ?? (process.env['PORT'] || '8787')
  const port = Number(text)
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new Failure(`Cannot use port "${text}": give a number from 1 to 65535, as in PORT=8788 npm start`)
  }
  return { port, quiet: values.quiet ?? false, help: values.help ?? false }
}

/**
 * @template {NonNullable<import('node:util').ParseArgsConfig['options']>} T
 * @param {string[]} args
 * @param {T} options
 */
function parse(args, options) {
  try {
    return parseArgs({ args, options }).values
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error)
    throw new Failure(`${reason}. The options are told by: npm start -- --help`)
  }
}

/** @param {number} port */
async function checkPort(port) {
  if (await isFree(port)) return
  const answer = await fetchHealth(`http://127.0.0.1:${port}`, 1_000)
  const who = answer?.health ? 'an Edgewise server that is already running' : 'another program'
  const next = await nextFreePort(port + 1)
  throw new Failure(
    `Cannot start: port ${port} is taken by ${who}. Choose another one: PORT=${next} npm start`,
  )
}

/**
 * Two servers on one folder of SQLite files would overwrite each other's work: the second gets its own.
 * @param {number} port
 */
function takeStateFolder(port) {
  const usual = join(STATE_FOLDER, 'state')
  const own = join(STATE_FOLDER, `state-${port}`)
  for (const path of [usual, own]) {
    const release = tryLock(`${path}.lock`)
    if (release) return { path, release, isUsual: path === usual }
  }
  const holder = lockHolder(`${own}.lock`)
  throw new Failure(
    `Cannot start: ${shortPath(own)} is in use by process ${holder?.pid ?? '(unknown)'}; stop it first`,
  )
}

/**
 * @param {import('./serve.mjs').Server} server
 * @param {{ took: number, state: string }} facts
 */
function welcome({ url, health }, { took, state }) {
  const { bold, dim, cyan } = colorsFor(process.stdout)
  const agent = health.agents[0]
  const key = health.auth === 'key' ? ' -H "authorization: Bearer $EDGEWISE_API_KEY"' : ''
  const parts = [{ type: 'text', text: FIRST_QUESTION }]
  const body = JSON.stringify({ id: 'hello', messages: [{ id: 'm1', role: 'user', parts }] })
  const ask = `curl -N${key} ${url}/api/agents/${agent}/chat -H 'content-type: application/json' -d '${body}'`
  const follow = `curl -N${key} '${url}/api/threads/hello/events?until=idle&after=0'`
  const model =
    health.model === 'offline'
      ? `offline ${dim('(no key is set: see .dev.vars in the README)')}`
      : health.model
  return [
    `${bold(`Edgewise is ready at ${cyan(url)}`)} ${dim(`(${seconds(took)})`)}`,
    `  model   ${model}`,
    `  agents  ${health.agents.join(', ') || '(none: app/index.ts names no agent)'}`,
    `  state   ${shortPath(state)}`,
    ...(agent === undefined ? [] : ['', 'Ask it something, from another terminal:', ask]),
    ...(agent === undefined ? [] : ['', "Follow that thread's events, from the first one:", follow]),
    '',
    dim('Ctrl-C stops it.'),
  ].join('\n')
}

/**
 * SIGINT, SIGTERM and SIGHUP. Until somebody waits for one, and from the second one on, they end this process at
 * once; what must not outlive it (wrangler's group, locks) goes in handlers of its exit.
 */
function listenForSignals() {
  /** @type {(() => void) | undefined} */
  let resolveNext
  const onSignal = () => {
    if (!resolveNext) process.exit(0)
    resolveNext()
    resolveNext = undefined
  }
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(name, onSignal)
  return {
    /** @returns {Promise<'signal'>} */
    next: () => new Promise((resolve) => (resolveNext = () => resolve('signal'))),
  }
}

if (isMain(import.meta.url)) {
  await runMain(() => main(process.argv.slice(2)))
}
