// Source files of a checkout, and which file an import means.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'

const SOURCE = /\.(?:ts|tsx|mts|mjs)$/
const SKIPPED = new Set(['node_modules', '.git', '.edgewise', '.wrangler', 'dist'])

/**
 * @param {string} root
 * @param {string[]} folders
 * @returns {string[]} paths from the root, with slashes
 */
export function sourceFiles(root, folders) {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => walk(root, folder))
    .sort()
}

/** @param {string} root @param {string} folder @returns {string[]} */
function walk(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : walk(root, path)
    return SOURCE.test(entry.name) && !entry.name.endsWith('.d.mts') && !entry.name.endsWith('.d.ts')
      ? [path]
      : []
  })
}

/**
 * @param {string} root
 * @param {string} from the importing file
 * @param {string} specifier relative
 * @returns {string | undefined} the file's path from the root; undefined if there is none
 */
export function resolveImport(root, from, specifier) {
  const base = posix.join(posix.dirname(from), specifier)
  const candidates = [
    base,
    `${base}.ts`,
    `${base}.tsx`,
    base.replace(/\.js$/, '.ts'),
    base.replace(/\.mjs$/, '.mts'),
    `${base}/index.ts`,
  ]
  return candidates.find((path) => isFile(join(root, path)))
}

/** @param {string} path */
function isFile(path) {
  return existsSync(path) && statSync(path).isFile()
}
