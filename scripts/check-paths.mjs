// Part of `npm run ok`: no file of the project tells where somebody's machine keeps it, or which package source an
// install came from.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMain, ROOT } from './project.mjs'

const MACHINE_FOLDERS = ['work', 'root', String.raw`home/[\w.-]+`, String.raw`Users/[\w.-]+`]
const MACHINE_PATH = new RegExp(String.raw`(?<![\w.:/*-])/(?:${MACHINE_FOLDERS.join('|')})/[\w.]`)

/**
 * @param {string} path from the project's root
 * @param {string} text
 * @returns {string[]}
 */
export function findLeaks(path, text) {
  return text.split('\n').flatMap((line, index) => {
    const what = leakOf(path, line)
    return what ? [`${path}:${index + 1}: ${what}: ${line.trim().slice(0, 120)}`] : []
  })
}

/** @param {string} path @param {string} line */
function leakOf(path, line) {
  if (path.endsWith('package-lock.json')) {
    return /"resolved"\s*:\s*"(?:https?|file):/.test(line) ? "a package's download address" : undefined
  }
  if (path.endsWith('.npmrc') && /registry\s*=|_auth|_password/.test(line)) return 'a package source'
  return MACHINE_PATH.test(line) ? 'a path of one machine' : undefined
}

/** Tracked files, and those that are about to be. */
function projectFiles() {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
  return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 << 20 })
    .split('\0')
    .filter(Boolean)
}

/** @param {string} path */
function readText(path) {
  try {
    const text = readFileSync(join(ROOT, path), 'utf8')
    return text.includes('\0') ? '' : text
  } catch {
    // Deleted, but still in git's index.
    return ''
  }
}

if (isMain(import.meta.url)) {
  const files = projectFiles()
  const leaks = files.flatMap((path) => findLeaks(path, readText(path)))
  for (const leak of leaks) console.error(leak)
  console.log(`${files.length} files, ${leaks.length} leaks`)
  process.exitCode = leaks.length > 0 ? 1 : 0
}
