// Starts `wrangler dev` as a process group of its own and stops the whole of it: wrangler, workerd and esbuild.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PINNED_NODE, pinnedEnv, ROOT } from '../project.mjs'
import { isFree } from './port.mjs'

// The program behind node_modules/.bin/wrangler, which is only a wrapper that starts it in one more process.
const WRANGLER = join(ROOT, 'node_modules', 'wrangler', 'wrangler-dist', 'cli.js')
const LEASH = new URL('leash.mjs', import.meta.url).href

/** How long a group may take to leave politely. */
const POLITE_MS = 2_000

/** What was killed is gone in some milliseconds, but on a busy machine it may take seconds. */
const PORT_TRIES = 400

/**
 * @param {{ port: number, persistTo: string, configPath: string, varsFile: string | undefined }} options
 * @returns {import('node:child_process').ChildProcess} its pid is the process group's id, too
 */
export function spawnWrangler({ port, persistTo, configPath, varsFile }) {
  const args = ['dev', '--config', configPath, '--ip', '127.0.0.1', '--port', String(port)]
  args.push('--inspector-port', '0', '--persist-to', persistTo, '--show-interactive-dev-session=false')
  // Not `--env-file`: Node looks for its own option of that name even behind the script, and fails without the file.
  if (varsFile) args.push('--envFile', varsFile)
  return spawn(PINNED_NODE, ['--no-warnings', '--import', LEASH, WRANGLER, ...args], {
    cwd: dirname(configPath),
    env: wranglerEnv(persistTo),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
}

/**
 * Wrangler without questions, without the network, and without files in the home folder. The registry, through
 * which local Workers find each other by name, is this server's own: two checkouts must not meet in it.
 * @param {string} persistTo
 */
function wranglerEnv(persistTo) {
  const env = pinnedEnv({
    CI: 'true',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_WRITE_LOGS: 'false',
    WRANGLER_REGISTRY_PATH: join(persistTo, 'registry'),
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    X_LOCAL_EXPLORER: 'false',
    X_LOCAL_OBSERVABILITY: 'false',
  })
  // Set by test runners; esbuild would build it into the Worker.
  delete env['NODE_ENV']
  delete env['NODE_OPTIONS']
  delete env['FORCE_COLOR']
  return env
}

/**
 * Ends the whole group and resolves when its port is free again.
 * @param {import('node:child_process').ChildProcess} child
 * @param {{ port: number, signal?: NodeJS.Signals }} options SIGKILL leaves nobody a chance, as a crash does
 */
export async function stopGroup(child, { port, signal = 'SIGTERM' }) {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = new Promise((resolve) => child.once('exit', resolve))
    signalGroup(child, signal)
    await Promise.race([exited, sleep(POLITE_MS, undefined, { ref: false })])
  }
  signalGroup(child, 'SIGKILL')
  for (let tries = 0; tries < PORT_TRIES && !(await isFree(port)); tries++) await sleep(25)
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
export function signalGroup(child, signal) {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The group is gone already.
  }
}
