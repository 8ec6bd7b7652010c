// One call of wrangler that is not the development server.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { PINNED_NODE, pinnedEnv } from '../project.mjs'
import { withoutColors } from '../terminal.mjs'

/**
 * @param {string[]} args
 * @param {{ root: string, env: string | undefined, isShown?: boolean }} options with `isShown` its output goes to the terminal too
 * @returns {Promise<{ code: number, output: string, stdout: string }>} `output` is all that it printed
 */
export function runWrangler(args, { root, env, isShown = false }) {
  const wrangler = join(root, 'node_modules', 'wrangler', 'wrangler-dist', 'cli.js')
  // An empty environment is the top level, which wrangler otherwise warns about.
  const place = ['--config', join(root, 'wrangler.toml'), `--env=${env ?? ''}`]
  const child = spawn(PINNED_NODE, ['--no-warnings', wrangler, ...args, ...place], {
    cwd: root,
    env: pinnedEnv({
      CI: 'true',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_SEND_ERROR_REPORTS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      WRANGLER_WRITE_LOGS: 'false',
    }),
    stdio: ['inherit', 'pipe', 'pipe'],
  })
  let output = ''
  let stdout = ''
  const take = (/** @type {Buffer} */ bytes) => {
    output += bytes.toString()
    if (isShown) process.stdout.write(bytes)
  }
  child.stdout.on('data', (/** @type {Buffer} */ bytes) => {
    stdout += bytes.toString()
    take(bytes)
  })
  child.stderr.on('data', take)
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 1, output: error.message, stdout }))
    child.once('close', (code) =>
      resolve({ code: code ?? 1, output: withoutColors(output), stdout: withoutColors(stdout) }),
    )
  })
}
