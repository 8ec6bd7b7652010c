// `npm run bench [-- names]`: measures the kit against a bare Worker, side by side (bench/README.md).
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ensureInstalled } from './install.mjs'
import { isMain, PINNED_NODE, pinnedEnv, ROOT } from './project.mjs'
import { runMain } from './terminal.mjs'

/** @param {string[]} args @returns {Promise<number>} */
async function main(args) {
  await ensureInstalled()
  const bench = join(ROOT, 'bench', 'main.ts')
  const child = spawn(PINNED_NODE, ['--no-warnings', bench, ...args], {
    cwd: ROOT,
    env: pinnedEnv({ WRANGLER_SEND_METRICS: 'false' }),
    stdio: 'inherit',
  })
  // The bench stops what it started; it is waited for.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.on(signal, () => child.kill(signal))
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(error.message)
      resolve(1)
    })
    child.once('close', (code) => resolve(code ?? 1))
  })
}

if (isMain(import.meta.url)) {
  await runMain(() => main(process.argv.slice(2)))
}
