// Part of `npm run ok` and of every deployment: the whole Worker, built as a deployment would, minified and gzipped, within its budget.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { isMain, PINNED_NODE, pinnedEnv, ROOT, shortPath, STATE_FOLDER } from './project.mjs'
import { findStartError } from './server/output.mjs'
import { Failure, runMain } from './terminal.mjs'

/** KiB of gzip: over the gate the check fails, over the aim it says so. */
const GATE = 300
const AIM = 270

const FOLDER = join(STATE_FOLDER, 'bundle')
const METAFILE = join(STATE_FOLDER, 'bundle-meta.json')

/**
 * Builds the Worker and measures it.
 * @param {string} [environment] of wrangler.toml
 * @returns {string} its size in words; over the aim also what takes the most of it
 */
export function checkBundle(environment = '') {
  build(environment)
  const files = readdirSync(FOLDER).filter((name) => !/\.map$|^README/.test(name))
  const sizes = files.map((name) => measure(join(FOLDER, name)))
  const raw = sum(sizes.map(({ raw }) => raw))
  const gzip = sum(sizes.map(({ gzip }) => gzip))
  const size = `${kib(raw)} KiB, gzip ${kib(gzip)} KiB (aim ${AIM}, gate ${GATE})`
  if (gzip <= AIM * 1024) return size
  const parts = largest().map(([name, bytes]) => `  ${kib(bytes).padStart(8)} KiB  ${name}`)
  if (gzip <= GATE * 1024) return [...parts, size].join('\n')
  throw new Failure(
    `The Worker is ${kib(gzip)} KiB gzipped, ${kib(gzip - GATE * 1024)} over the gate of ${GATE}`,
    parts.join('\n'),
  )
}

/** @param {string} environment */
function build(environment) {
  rmSync(FOLDER, { recursive: true, force: true })
  const wrangler = join(ROOT, 'node_modules', 'wrangler', 'wrangler-dist', 'cli.js')
  const args = [
    wrangler,
    'deploy',
    '--dry-run',
    '--config',
    join(ROOT, 'wrangler.toml'),
    `--env=${environment}`,
    '--outdir',
    FOLDER,
    '--metafile',
    METAFILE,
  ]
  const env = pinnedEnv({
    CI: 'true',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_WRITE_LOGS: 'false',
  })
  const { status, stdout, stderr } = spawnSync(PINNED_NODE, ['--no-warnings', ...args], {
    cwd: ROOT,
    env,
    encoding: 'utf8',
  })
  if (status === 0) return
  const error = findStartError(`${stdout}\n${stderr}`)
  const place = error?.places[0]
  const where = place ? `${shortPath(place.file)}:${place.line}:${place.column}: ` : ''
  throw new Failure(`The Worker does not build: ${where}${error?.message ?? `${stdout}\n${stderr}`}`)
}

/** @param {string} path */
function measure(path) {
  const bytes = readFileSync(path)
  return { raw: bytes.length, gzip: gzipSync(bytes).length }
}

/** The bytes that each package, and each room of ours, has in the bundle (not gzipped). @returns {[string, number][]} */
function largest() {
  /** @type {{ outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }> }} */
  const { outputs } = JSON.parse(readFileSync(METAFILE, 'utf8'))
  /** @type {Map<string, number>} */
  const byName = new Map()
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = ownerOf(path)
      byName.set(name, (byName.get(name) ?? 0) + bytesInOutput)
    }
  }
  return [...byName].sort(([, a], [, b]) => b - a).slice(0, 20)
}

/** @param {string} path */
function ownerOf(path) {
  const inPackage = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)
  if (inPackage) return inPackage[1] ?? path
  return /(?:^|\/)((?:lib\/[^/]+|worker|durable-objects|app)(?=\/))/.exec(path)?.[1] ?? path
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0)
}

/** @param {number} bytes */
function kib(bytes) {
  return (bytes / 1024).toFixed(1)
}

if (isMain(import.meta.url)) {
  await runMain(async () => console.log(checkBundle()))
}
