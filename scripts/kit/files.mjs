// Which files of a project are the kit's, so that an upgrade may replace them. All others are the user's.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDERS = ['assets', 'docs', 'durable-objects', 'lib', 'scripts', 'template', 'worker']
const SKIPPED =
  /\.test\.tsx?$|^docs\/(?:notes|decisions)\/|^scripts\/(?:bench|kernel|ok|check-\w+)\.mjs$|^scripts\/imports\//
/** Of the skipped ones, what a project needs all the same. */
const NEEDED = new Set(['scripts/check-bundle.mjs'])

/** Where a project keeps what it took over: the kit's version, its files and dependencies, as they came. */
export const MANIFEST = 'kit.json'

/**
 * @typedef {object} Manifest
 * @property {string} version
 * @property {Record<string, string>} files by path, the hash of what the kit brought
 * @property {Record<string, string>} dependencies by name, the version that the kit brought
 */

/** The kit's files in a checkout or in a project. @param {string} root @returns {string[]} paths with slashes */
export function kitFiles(root) {
  return FOLDERS.flatMap((folder) => walk(root, folder))
    .filter((path) => !SKIPPED.test(path) || NEEDED.has(path))
    .toSorted()
}

/** @param {string} root @param {string} folder @returns {string[]} */
function walk(root, folder) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? walk(root, path) : [path]
  })
}

/** @param {string} path @returns {string | undefined} undefined if there is no such file */
export function hashOf(path) {
  if (!existsSync(path)) return undefined
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

/** @param {string} root @returns {Manifest | undefined} */
export function readManifest(root) {
  const path = join(root, MANIFEST)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}
