// `npm ci` with its output held back: a line of progress while it runs, the end of what it said if it fails.
import { spawn } from 'node:child_process'
import { basename, delimiter, join } from 'node:path'
import { colorsFor, Failure, withoutColors } from '../terminal.mjs'

/**
 * @param {string} root
 * @param {{ say: (line: string) => void }} options
 */
export async function npmCi(root, { say }) {
  const started = Date.now()
  const stopProgress = showProgress(started, say)
  try {
    const { code, output } = await runNpm(root)
    if (code !== 0) throw new Failure(failureLine(output), lastLines(output))
  } finally {
    stopProgress()
  }
}

/**
 * @param {string} root
 * @returns {Promise<{ code: number, output: string }>}
 */
function runNpm(root) {
  const [command, before] = npmCommand()
  const args = [...before, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=warn']
  const shell = process.platform === 'win32' && command === 'npm'
  const child = spawn(command, args, {
    cwd: root,
    env: npmEnv(root),
    shell,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = stopWithUs(child)
  let output = ''
  const take = (/** @type {Buffer} */ chunk) => {
    output = (output + chunk.toString()).slice(-100_000)
  }
  child.stdout?.on('data', take)
  child.stderr?.on('data', take)
  return new Promise((resolve) => {
    child.on('error', (error) => {
      stop()
      resolve({ code: 1, output: `${output}\n${error.message}` })
    })
    child.on('close', (code) => {
      stop()
      resolve({ code: code ?? 1, output })
    })
  })
}

/** The npm that runs us, if one does; else the one on the PATH. @returns {[string, string[]]} */
function npmCommand() {
  const cli = process.env['npm_execpath']
  return cli && basename(cli) === 'npm-cli.js'
    ? [process.env['npm_node_execpath'] ?? process.execPath, [cli]]
    : ['npm', []]
}

/**
 * The environment without what an outer `npm run` adds: its prefix settings would move the inner install, and
 * a node inside node_modules is about to be deleted.
 * @param {string} root
 */
function npmEnv(root) {
  const env = { ...process.env }
  for (const name of Object.keys(env)) {
    if (/^npm_config_(prefix|local_prefix|global_prefix|omit|production|only|global|dry_run)$/i.test(name))
      delete env[name]
  }
  delete env['NODE_ENV']
  const inside = join(root, 'node_modules')
  env['PATH'] = (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => !folder.startsWith(inside))
    .join(delimiter)
  return env
}

/**
 * A signal to us stops npm, too: an install that goes on alone would meet the next one in the same folder.
 * @param {import('node:child_process').ChildProcess} child
 */
function stopWithUs(child) {
  const onSignal = (/** @type {NodeJS.Signals} */ signal) => {
    child.kill(signal)
    child.once('close', () => process.exit(signal === 'SIGINT' ? 130 : 143))
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  return () => process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
}

/**
 * On a terminal one line that counts; elsewhere a line now and then, so that a log shows it is alive.
 * @param {number} started
 * @param {(line: string) => void} say
 */
function showProgress(started, say) {
  const elapsed = () => Math.round((Date.now() - started) / 1000)
  const text = 'Installing dependencies (npm ci)'
  if (!process.stderr.isTTY) {
    say(`${text} ...`)
    const timer = setInterval(() => say(`${text}: ${elapsed()} s so far`), 15_000)
    return () => clearInterval(timer)
  }
  const dim = colorsFor(process.stderr).dim
  const draw = () => process.stderr.write(`\r${dim(`${text} ... ${elapsed()} s`)}`)
  draw()
  const timer = setInterval(draw, 1000)
  return () => {
    clearInterval(timer)
    process.stderr.write('\r\u001B[2K')
  }
}

/** The last lines that say something, without npm's blank ones and its page of usage. @param {string} output */
export function lastLines(output) {
  const noise = /^npm (error|ERR!)\s*$|A complete log of this run|debug-\d+\.log|EBADENGINE/
  const said = withoutColors(output).split(/^npm (?:error|ERR!) (?:Clean install a project|Usage:)/m)[0] ?? ''
  const lines = said.split('\n').filter((line) => line.trim() !== '' && !noise.test(line))
  const errors = lines.filter((line) => !line.startsWith('npm warn'))
  return (errors.length > 0 ? errors : lines).slice(-12).join('\n')
}

/** @param {string} output */
export function failureLine(output) {
  return `Cannot install the dependencies: npm ci failed. ${mendFor(output)}`
}

/** @param {string} output */
function mendFor(output) {
  if (/spawn npm ENOENT/.test(output)) return 'npm was not found: install it with Node (https://nodejs.org).'
  if (/ENOSPC/.test(output)) return 'The disk is full: free about 600 MB and run the same command again.'
  if (/EACCES|EPERM|EROFS/.test(output)) return 'This folder cannot be written to: check its owner and mode.'
  if (/E401|E403/.test(output))
    return 'The package source refused: check the registry and login of your .npmrc.'
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/.test(output)) {
    return 'The package source was not reached: check the network (or proxy) and run the same command again.'
  }
  if (/can only install packages when|Missing: .* from lock file|EUSAGE/.test(output)) {
    return 'package.json and package-lock.json do not agree: run npm install once and commit package-lock.json.'
  }
  return 'Run npm ci by itself to see all of its output.'
}
