// Where things lie in this checkout. Everything here is derived from this file's own place, so that the
// scripts work from any folder that they are started in.
import { existsSync, realpathSync } from 'node:fs'
import { delimiter, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Local, untracked state: the embedded storage, logs, the last bundle. */
export const STATE_FOLDER = join(ROOT, '.edgewise')

/** The Node of package.json's devDependencies; what runs wrangler, vitest and the compilers. */
export const PINNED_NODE = join(
  ROOT,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
)

/**
 * A path as a person in this project would write it.
 * @param {string} path
 * @param {string} [root]
 */
export function shortPath(path, root = ROOT) {
  const short = relative(root, path)
  return short === '' || short.startsWith('..') ? path : short
}

/**
 * The environment for child processes: `#!/usr/bin/env node` of every tool finds the pinned Node.
 * @param {Record<string, string>} [more]
 * @returns {NodeJS.ProcessEnv}
 */
export function pinnedEnv(more = {}) {
  const path = [join(ROOT, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter)
  return { ...process.env, ...more, PATH: path }
}

/**
 * Was this module started as a command, rather than imported?
 * @param {string} url its `import.meta.url`
 */
export function isMain(url) {
  const started = process.argv[1]
  return (
    started !== undefined && existsSync(started) && realpathSync(started) === realpathSync(fileURLToPath(url))
  )
}
