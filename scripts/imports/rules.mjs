// The rules of table.mjs, applied to the files of a checkout.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findCircles } from './circles.mjs'
import { resolveImport, sourceFiles } from './files.mjs'
import { scanImports } from './scan.mjs'
import { DOORS, EXTRA, FREE, NO_RE_EXPORTS, PLATFORM, ROOMS } from './table.mjs'

/** @typedef {import('./scan.mjs').ImportStatement} ImportStatement */

const FOLDERS = ['lib', 'worker', 'durable-objects', 'app', 'client', 'studio', 'scripts', ...FREE]

/**
 * @param {string} root
 * @returns {{ problems: string[], files: number }}
 */
export function checkImports(root) {
  const files = sourceFiles(root, FOLDERS)
  /** @type {string[]} */
  const problems = []
  /** @type {Map<string, Set<string>>} */
  const graph = new Map()
  /** @type {Set<string>} edges that only types cross */
  const typeEdges = new Set()
  for (const file of files) {
    const targets = new Set()
    graph.set(file, targets)
    for (const statement of scanImports(readFileSync(join(root, file), 'utf8'))) {
      const target = statement.specifier.startsWith('.')
        ? resolveImport(root, file, statement.specifier)
        : undefined
      const problem = judge(file, statement, target)
      if (problem) problems.push(`${file}:${statement.line}: ${problem}`)
      if (!target) continue
      const edge = `${file} > ${target}`
      if (!targets.has(target)) typeEdges.add(edge)
      targets.add(target)
      if (!statement.isType) typeEdges.delete(edge)
    }
  }
  problems.push(
    ...files.flatMap(judgeFile),
    ...findCircles(graph).map((path) => describeCircle(path, typeEdges)),
  )
  return { problems, files: files.length }
}

/** The room of a file; a folder of lib that the table does not know is a room of its own. @param {string} path */
export function roomOf(path) {
  const [top = '', second] = path.split('/')
  return top === 'lib' && second !== undefined && path.split('/').length > 2 ? `lib/${second}` : top
}

/** @param {string} file */
function isFree(file) {
  return /\.(?:test|test-d)\.tsx?$/.test(file) || file.includes('/fixtures/') || FREE.includes(roomOf(file))
}

/** @param {string} file @returns {string[]} */
function judgeFile(file) {
  if (isFree(file)) return []
  const room = roomOf(file)
  const problems = []
  if (!ROOMS[room]) problems.push(`${file}: ${room} is no room of the table in scripts/imports/table.mjs`)
  if (file.startsWith('lib/') && file.endsWith('/index.ts') && !DOORS.includes(file)) {
    problems.push(`${file}: no barrels inside lib: import from the file that owns the name`)
  }
  return problems
}

/**
 * @param {string} file
 * @param {ImportStatement} statement
 * @param {string | undefined} target
 * @returns {string | undefined}
 */
function judge(file, { specifier, isReExport }, target) {
  if (isFree(file)) return undefined
  const room = roomOf(file)
  if (
    isReExport &&
    isUnder(room, NO_RE_EXPORTS.rooms) &&
    !DOORS.includes(file) &&
    !NO_RE_EXPORTS.except.test(file)
  ) {
    return `re-exports '${specifier}': only the doors do (${DOORS.join(', ')})`
  }
  const platform = PLATFORM.find(({ rooms, modules }) => isUnder(room, [rooms]) && modules.test(specifier))
  if (platform) return `imports '${specifier}': ${platform.why}`
  if (specifier === 'edgewise' || specifier.startsWith('edgewise/')) {
    return ROOMS[room]?.imports.includes('edgewise')
      ? undefined
      : `imports '${specifier}', which is for apps: import from the file that owns the name`
  }
  if (specifier.startsWith('.')) return judgeRelative(file, specifier, target)
  if (/^[a-z]+:/.test(specifier)) return undefined
  const { packages } = ROOMS[room] ?? {}
  return packages && !packages.includes(packageName(specifier))
    ? `imports the package '${specifier}': ${room} needs none`
    : undefined
}

/**
 * @param {string} file
 * @param {string} specifier
 * @param {string | undefined} target
 */
function judgeRelative(file, specifier, target) {
  if (!target) return `imports '${specifier}', and there is no such file`
  const [from, to] = [roomOf(file), roomOf(target)]
  // Files of the root (package.json) belong to no room.
  if (from === to || !target.includes('/') || !ROOMS[from]) return undefined
  if (isTest(target)) return `imports a test: ${target}`
  const allowed = [...ROOMS[from].imports, ...(EXTRA[file] ?? [])]
  return allowed.includes(to) ? undefined : `${from} may not import ${to} ('${specifier}')`
}

/** @param {string} path */
function isTest(path) {
  return path.startsWith('test/') || /\.test\.tsx?$/.test(path)
}

/** @param {string} room @param {string[]} parents */
function isUnder(room, parents) {
  return parents.some((parent) => room === parent || room.startsWith(`${parent}/`))
}

/** @param {string} specifier */
function packageName(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** @param {string[]} path @param {Set<string>} typeEdges */
function describeCircle(path, typeEdges) {
  const isTypes = path.slice(1).some((node, index) => typeEdges.has(`${path[index]} > ${node}`))
  return `${path[0]}: a circle${isTypes ? ' through type-only imports' : ''}: ${path.join(' > ')}`
}
