// Part of `npm run ok` and of every deployment: the whole Worker, built as a deployment would, minified and gzipped, within
// its budget. In the kit's own repository the kit has a budget: it is measured with the app that a new project begins with.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { MANIFEST } from './kit/files.mjs'
import { isMain, PINNED_NODE, pinnedEnv, ROOT, shortPath, STATE_FOLDER } from './project.mjs'
import { findStartError } from './server/output.mjs'
import { Failure, runMain } from './terminal.mjs'

/** KiB of gzip. @typedef {{ aim: number, gate: number }} Budget over the gate the check fails, over the aim it says so */

/** Of the kit, with a new project's app (docs/decisions/0017). @type {Budget} */
const KIT = { aim: 270, gate: 300 }
/** Of the kit with the demo. @type {Budget} */
const DEMO = { aim: 300, gate: 330 }
/** Of anybody's app: what Cloudflare takes on every plan. @type {Budget} */
const APP = { aim: 1024, gate: 3072 }

/** The app that a new project begins with. A project has it, too, beside its own. */
const TEMPLATE = join(ROOT, 'template', 'app', 'index.ts')

const FOLDER = join(STATE_FOLDER, 'bundle')
const METAFILE = join(STATE_FOLDER, 'bundle-meta.json')

/**
 * Builds the Worker and measures it.
 * @param {string} [environment] of wrangler.toml
 * @returns {string} its size in words; over the aim also what takes the most of it
 */
export function checkBundle(environment = '') {
  if (!existsSync(TEMPLATE) || existsSync(join(ROOT, MANIFEST)))
    return check('The Worker', APP, environment, [])
  const kit = check('The kit', KIT, environment, ['--alias', `../app/index.ts:${TEMPLATE}`])
  return `${kit}\n${check('With the demo', DEMO, environment, [])}`
}

/**
 * @param {string} what
 * @param {Budget} budget
 * @param {string} environment
 * @param {string[]} more arguments of the build
 */
function check(what, { aim, gate }, environment, more) {
  build(environment, more)
  const files = readdirSync(FOLDER).filter((name) => !/\.map$|^README/.test(name))
  const sizes = files.map((name) => measure(join(FOLDER, name)))
  const raw = sum(sizes.map(({ raw }) => raw))
  const gzip = sum(sizes.map(({ gzip }) => gzip))
  const size = `${what}: ${kib(raw)} KiB, gzip ${kib(gzip)} KiB (aim ${aim}, gate ${gate})`
  if (gzip <= aim * 1024) return size
  const parts = largest().map(([name, bytes]) => `  ${kib(bytes).padStart(8)} KiB  ${name}`)
  if (gzip <= gate * 1024) return [...parts, size].join('\n')
  throw new Failure(
    `${what}: the Worker is ${kib(gzip)} KiB gzipped, ${kib(gzip - gate * 1024)} over the gate of ${gate}`,
    parts.join('\n'),
  )
}

/**
 * @param {string} environment
 * @param {string[]} more arguments
 */
function build(environment, more) {
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
    ...more,
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
