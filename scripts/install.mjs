// Makes sure that the dependencies of package-lock.json are there, before anything else of the kit is loaded.
// It runs on plain Node 20 with nothing installed. As a command (`node scripts/install.mjs`) it only does that.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isInstalled, writeStamp } from './install/installed.mjs'
import { withLock } from './install/lock.mjs'
import { npmCi } from './install/npm-ci.mjs'
import { isMain, PINNED_NODE, ROOT, STATE_FOLDER } from './project.mjs'
import { Failure, runMain, seconds } from './terminal.mjs'

const OLDEST_NODE = 20

/**
 * Installs what is missing; silent and fast when nothing is. Several processes may call it at once on a fresh
 * clone: one installs, the others wait for it.
 * @param {{ say?: (line: string) => void }} [options]
 */
export async function ensureInstalled({ say = (line) => console.error(line) } = {}) {
  checkNode(process.versions.node)
  if (isReady()) return
  const onWait = (/** @type {number | undefined} */ pid) =>
    say(`Waiting: another process${pid ? ` (${pid})` : ''} is installing the dependencies ...`)
  await withLock(join(STATE_FOLDER, 'install.lock'), () => installUnlessReady(say), { onWait })
}

/** @param {(line: string) => void} say */
async function installUnlessReady(say) {
  if (isReady()) return
  const started = Date.now()
  await npmCi(ROOT, { say })
  checkPinnedNode()
  writeStamp(ROOT)
  say(`Dependencies installed in ${seconds(Date.now() - started)}`)
}

function isReady() {
  return existsSync(PINNED_NODE) && isInstalled(ROOT)
}

/** @param {string} version */
export function checkNode(version) {
  if (Number.parseInt(version, 10) >= OLDEST_NODE) return
  throw new Failure(
    `Edgewise needs Node ${OLDEST_NODE} or newer, and this is ${version}: install a newer one from https://nodejs.org`,
  )
}

/** npm can be told not to run install scripts, and then the package `node` comes without its binary. */
function checkPinnedNode() {
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).devDependencies.node
  const mend =
    'Allow its install script (see allowScripts in package.json) and run: npm ci --ignore-scripts=false'
  if (!existsSync(PINNED_NODE)) throw new Failure(`The pinned Node ${wanted} was not installed. ${mend}`)
  const found = versionOf(PINNED_NODE)
  if (found !== wanted) throw new Failure(`The pinned Node should be ${wanted} but is ${found}. ${mend}`)
}

/** @param {string} node */
function versionOf(node) {
  try {
    return execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().replace(/^v/, '')
  } catch (error) {
    return `unusable (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`
  }
}

if (isMain(import.meta.url)) {
  await runMain(() => ensureInstalled())
}
