// package.json and package-lock.json of a project, made from the kit's own.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Of what the kit itself is developed with, this is what a project needs. */
const DEV_DEPENDENCIES = new Set([
  '@cloudflare/workers-types',
  '@types/node',
  'node',
  'oxfmt',
  'typescript',
  'vitest',
  'wrangler',
  'yaml',
])

const SCRIPTS = ['start', 'test', 'demo', 'deploy', 'doctor', 'new', 'upgrade']

/** @typedef {{ name?: string, version?: string, scripts: Record<string, string>, dependencies: Record<string, string>, devDependencies: Record<string, string>, [more: string]: unknown }} Package */
/** @typedef {Record<string, Record<string, string> | undefined>} Needs */
/** @typedef {{ [key: string]: unknown, dependencies?: Record<string, string>, optionalDependencies?: Record<string, string>, peerDependencies?: Record<string, string>, peerDependenciesMeta?: Record<string, { optional?: boolean }> }} Locked */

/** @param {string} root @returns {Package} */
export function readPackage(root) {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
}

/** What the kit needs in a project. @param {Package} kit */
export function kitNeeds({
  version = '',
  scripts,
  dependencies,
  devDependencies,
  exports,
  engines,
  allowScripts,
}) {
  return {
    version,
    scripts: pick(scripts, (name) => SCRIPTS.includes(name)),
    dependencies,
    devDependencies: pick(devDependencies, (name) => DEV_DEPENDENCIES.has(name)),
    rest: { exports, engines, allowScripts },
  }
}

/** @param {string} name @param {Package} kit */
export function projectPackage(name, kit) {
  const { scripts, dependencies, devDependencies, rest } = kitNeeds(kit)
  // The app imports `edgewise`, which is this package's own name: the kit lies beside it.
  return {
    name: 'edgewise',
    version: '0.1.0',
    private: true,
    description: name,
    type: 'module',
    ...rest,
    scripts,
    dependencies,
    devDependencies,
  }
}

/**
 * The lock of a project: what its packages lead to in the kit's lock, at the same versions.
 * @param {{ packages: Record<string, Locked> }} lock the kit's
 * @param {{ dependencies: Record<string, string>, devDependencies: Record<string, string>, [more: string]: unknown }} project
 */
export function projectLock(lock, project) {
  const { dependencies, devDependencies } = project
  const reached = new Set()
  /** @type {[string, string[]][]} a package's place and what it asks for */
  const open = [['', Object.keys({ ...dependencies, ...devDependencies })]]
  for (let next = open.pop(); next; next = open.pop()) {
    const [from, names] = next
    for (const name of names) {
      const place = placeOf(name, from, lock.packages)
      if (place === undefined || reached.has(place)) continue
      reached.add(place)
      open.push([place, needsOf(lock.packages[place])])
    }
  }
  const root = {
    ...lock.packages[''],
    name: project['name'],
    version: project['version'],
    dependencies,
    devDependencies,
  }
  const packages = pick(lock.packages, (place) => reached.has(place))
  return { ...lock, name: project['name'], version: project['version'], packages: { '': root, ...packages } }
}

/**
 * As Node looks for it: in the asking package's own folder, then in each one above.
 * @param {string} name
 * @param {string} from
 * @param {Record<string, Locked>} packages
 */
function placeOf(name, from, packages) {
  for (let at = from; at !== ''; at = parentOf(at)) {
    if (packages[`${at}/node_modules/${name}`]) return `${at}/node_modules/${name}`
  }
  return packages[`node_modules/${name}`] ? `node_modules/${name}` : undefined
}

/** Of `node_modules/a/node_modules/b`, `node_modules/a`. @param {string} place */
function parentOf(place) {
  return place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/')))
}

/** @param {Locked} [locked] */
function needsOf({ dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta = {} } = {}) {
  const peers = Object.keys(peerDependencies ?? {}).filter((name) => !peerDependenciesMeta[name]?.optional)
  return [...Object.keys(dependencies ?? {}), ...Object.keys(optionalDependencies ?? {}), ...peers]
}

/**
 * @template Value
 * @param {Record<string, Value>} from
 * @param {(name: string) => boolean} isWanted
 * @returns {Record<string, Value>}
 */
function pick(from, isWanted) {
  return Object.fromEntries(Object.entries(from).filter(([name]) => isWanted(name)))
}
