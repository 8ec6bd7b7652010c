// Is what lies in node_modules what package-lock.json says? A stamp answers in a millisecond; without one
// (somebody ran `npm ci` or `npm install` by hand) npm's own record of what it installed is compared.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean, devOptional?: boolean, peer?: boolean }} LockedPackage */

/** @param {string} root */
export function isInstalled(root) {
  const stamp = readText(stampPath(root))
  if (stamp !== undefined) return stamp.trim() === fingerprint(root)
  if (!matchesLockfile(root)) return false
  writeStamp(root)
  return true
}

/** @param {string} root */
export function writeStamp(root) {
  writeFileSync(stampPath(root), `${fingerprint(root)}\n`)
}

/** The lockfile's hash, and the machine kind: a folder copied from another one has foreign binaries. @param {string} root */
function fingerprint(root) {
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  return `${hash} ${process.platform}-${process.arch}`
}

/** @param {string} root */
function stampPath(root) {
  return join(root, 'node_modules', '.edgewise-lock')
}

/** @param {string} root */
function matchesLockfile(root) {
  const wanted = readPackages(join(root, 'package-lock.json'))
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'))
  if (!wanted || !present) return false
  for (const [path, { version, integrity }] of Object.entries(present)) {
    const locked = wanted[path]
    if (!locked || locked.version !== version || locked.integrity !== integrity) return false
  }
  return Object.entries(wanted).every(
    ([path, locked]) => path === '' || isPresent(root, path, locked, present),
  )
}

/**
 * @param {string} root
 * @param {string} path
 * @param {LockedPackage} locked
 * @param {Record<string, LockedPackage>} present
 */
function isPresent(root, path, locked, present) {
  const isOptional = locked.optional === true || locked.devOptional === true || locked.peer === true
  if (!present[path]) return isOptional
  return existsSync(join(root, path)) || isOptional
}

/** @param {string} path @returns {Record<string, LockedPackage> | undefined} */
function readPackages(path) {
  const text = readText(path)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text).packages
  } catch {
    return undefined
  }
}

/** @param {string} path */
function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
