// `npm run ok`, the gate: everything that must hold before a change goes in, one line a check. CI runs the same.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ensureInstalled } from './install.mjs'
import { isMain, PINNED_NODE, pinnedEnv, ROOT } from './project.mjs'
import { colorsFor, runMain, seconds } from './terminal.mjs'

/** @typedef {{ name: string, run: string[], isTests?: boolean }} Check `run` is a program for the pinned Node */

const bin = (/** @type {string[]} */ ...path) => join(ROOT, 'node_modules', ...path)
const script = (/** @type {string} */ name) => join(ROOT, 'scripts', name)

/** @type {Check[]} */
const CHECKS = [
  { name: 'format', run: [bin('oxfmt', 'bin', 'oxfmt'), '--check'] },
  { name: 'lint', run: [bin('oxlint', 'bin', 'oxlint'), '--deny-warnings'] },
  { name: 'types', run: [bin('typescript', 'bin', 'tsc'), '--noEmit'] },
  { name: 'boundaries', run: [script('check-boundaries.mjs')] },
  { name: 'lengths', run: [script('check-lengths.mjs')] },
  { name: 'paths', run: [script('check-paths.mjs')] },
  { name: 'kernel', run: [script('kernel.mjs'), '--check'] },
  { name: 'bundle', run: [script('check-bundle.mjs')] },
  { name: 'deploy', run: [script('deploy.mjs'), '--env', 'production', '--dry-run'] },
  { name: 'tests', run: [script('test.mjs')], isTests: true },
]

const HELP = `Checks everything that must hold before a change goes in: npm run ok [-- options]

  --fast, --skip-tests   all but the tests`

/** @param {string[]} args @returns {Promise<number>} */
async function main(args) {
  const options = /** @type {const} */ ({
    fast: { type: 'boolean' },
    'skip-tests': { type: 'boolean' },
    help: { type: 'boolean' },
  })
  const { values } = parseArgs({ args, options })
  if (values.help) {
    console.log(HELP)
    return 0
  }
  await ensureInstalled()
  const checks = CHECKS.filter(({ isTests }) => !isTests || !(values.fast || values['skip-tests']))
  let failed = 0
  for (const check of checks) if (!(await runCheck(check))) failed += 1
  console.log(failed === 0 ? 'ok' : `${failed} of ${checks.length} checks failed`)
  return failed === 0 ? 0 : 1
}

/** @param {Check} check @returns {Promise<boolean>} */
async function runCheck({ name, run }) {
  const started = Date.now()
  const { code, output } = await collect(run)
  const { green, red, dim } = colorsFor(process.stdout)
  const took = dim(seconds(Date.now() - started))
  if (code === 0) {
    console.log(`${name.padEnd(12)} ${green('ok')}      ${took}${note(name, output)}`)
    return true
  }
  console.log(`${name.padEnd(12)} ${red('failed')}  ${took}\n${output.trimEnd()}\n`)
  return false
}

/** What a good check still has to say in one line. @param {string} name @param {string} output */
function note(name, output) {
  const says = ['bundle', 'tests', 'boundaries'].includes(name)
  return says ? `  ${output.trim().split('\n').at(-1)}` : ''
}

/** @param {string[]} run @returns {Promise<{ code: number, output: string }>} */
function collect(run) {
  const child = spawn(PINNED_NODE, run, { cwd: ROOT, env: pinnedEnv(), stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const take = (/** @type {Buffer} */ chunk) => (output += chunk.toString())
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 1, output: error.message }))
    child.once('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

if (isMain(import.meta.url)) {
  await runMain(() => main(process.argv.slice(2)))
}
