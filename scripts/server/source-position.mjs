// A Worker that throws while it starts is reported at a position of the bundle. Wrangler deletes that bundle when
// it gives up, so its source map is read while the server starts.
import { readdir, readFile, stat } from 'node:fs/promises'
import { SourceMap } from 'node:module'
import { join, resolve } from 'node:path'

/**
 * @param {string} folder that of the wrangler config
 * @param {number} since milliseconds: older bundles are another server's
 * @returns {Promise<{ map: SourceMap, folder: string } | undefined>}
 */
export async function readBundleMap(folder, since) {
  const parent = join(folder, '.wrangler', 'tmp')
  const names = (await readdir(parent).catch(() => [])).filter((name) => name.startsWith('dev-'))
  let newest
  for (const name of names) {
    const path = join(parent, name, 'index.js.map')
    const time = await stat(path).then(
      (found) => found.mtimeMs,
      () => 0,
    )
    if (time >= since && time > (newest?.time ?? 0)) newest = { time, path, folder: join(parent, name) }
  }
  if (!newest) return undefined
  try {
    return { map: new SourceMap(JSON.parse(await readFile(newest.path, 'utf8'))), folder: newest.folder }
  } catch {
    return undefined
  }
}

/**
 * @param {Awaited<ReturnType<typeof readBundleMap>>} bundle
 * @param {number} line from 1
 * @param {number} column from 1
 * @returns {{ file: string, line: number, column: number } | undefined} absolute file, line and column from 1
 */
export function originalPosition(bundle, line, column) {
  const entry = bundle?.map.findEntry(line - 1, column - 1)
  if (!bundle || !entry || !('originalSource' in entry) || !entry.originalSource) return undefined
  return {
    file: resolve(bundle.folder, entry.originalSource.replace(/^file:\/\//, '')),
    line: entry.originalLine + 1,
    column: entry.originalColumn + 1,
  }
}
