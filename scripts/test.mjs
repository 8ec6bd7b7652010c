// `npm test`: installs what is missing, runs all tests with vitest, and ends with one line of counts. Arguments go
// on to vitest: `npm test -- lib/agents`, `npm test -- --project node`. `npm test -- --long` lets the fuzzer ask
// 10,000 times, by another seed each time (FUZZ and FUZZ_SEED set both).
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { writeAgentsFile } from './config/agents-file.mjs'
import { ensureInstalled } from './install.mjs'
import { isMain, PINNED_NODE, pinnedEnv, ROOT } from './project.mjs'
import { readLines } from './server/output.mjs'
import { runMain } from './terminal.mjs'
import { withoutNoise } from './test-run/noise.mjs'
import { summarize } from './test-run/summary.mjs'

/** @param {string[]} args @returns {Promise<number>} */
async function main(args) {
  await ensureInstalled()
  await writeAgentsFile(ROOT)
  const isLong = args.includes('--long')
  const folder = mkdtempSync(join(tmpdir(), 'edgewise-test-'))
  try {
    const reportPath = join(folder, 'report.json')
    const rest = args.filter((arg) => arg !== '--long')
    const exitCode = await runVitest(rest, reportPath, isLong ? longFuzz(process.env) : {})
    const summary = summarize(readReport(reportPath), exitCode)
    for (const note of summary.notes) console.log(note.replace(ROOT, ''))
    console.log(summary.line)
    return summary.exitCode
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * @param {string[]} args
 * @param {string} reportPath
 * @param {Record<string, string>} vars
 * @returns {Promise<number>}
 */
function runVitest(args, reportPath, vars) {
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
  const report = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`]
  const child = spawn(PINNED_NODE, [vitest, 'run', ...report, ...args.map(fromRoot)], {
    cwd: ROOT,
    env: pinnedEnv({ WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false', ...vars }),
    stdio: ['inherit', 'inherit', 'pipe'],
  })
  readLines(
    child.stderr,
    withoutNoise((line) => process.stderr.write(`${line}\n`)),
  )
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

/** @param {NodeJS.ProcessEnv} env */
function longFuzz({ FUZZ = '10000', FUZZ_SEED = String(Date.now() % 1_000_000) }) {
  return { FUZZ, FUZZ_SEED }
}

/** vitest runs in the project's folder, whatever folder this was called from: npm says which. @param {string} arg */
function fromRoot(arg) {
  const calledFrom = process.env['INIT_CWD'] ?? ROOT
  return arg.startsWith('./') ? relative(ROOT, join(calledFrom, arg)) : arg
}

/** @param {string} path @returns {import('./test-run/summary.mjs').VitestReport | undefined} */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

if (isMain(import.meta.url)) {
  await runMain(() => main(process.argv.slice(2)))
}
