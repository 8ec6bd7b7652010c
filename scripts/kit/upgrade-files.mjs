// What an upgrade would do to the kit's files of a project: decided first, done afterwards.
import { join } from 'node:path'
import { hashOf, kitFiles } from './files.mjs'

/**
 * @typedef {object} Plan
 * @property {string[]} replace files that are as the old kit brought them, or new
 * @property {string[]} remove files that the new kit has no more
 * @property {string[]} changed files that somebody changed here, and that the upgrade would write or remove
 * @property {string[]} kept files that somebody changed here, and that are the same in both kits
 */

/**
 * @param {{ kit: string, project: string, before: Record<string, string> }} places `before`: hashes by the manifest
 * @returns {Plan}
 */
export function planUpgrade({ kit, project, before }) {
  /** @type {Plan} */
  const plan = { replace: [], remove: [], changed: [], kept: [] }
  const offered = kitFiles(kit)
  for (const path of offered) {
    const fresh = hashOf(join(kit, path))
    const here = hashOf(join(project, path))
    if (here === fresh) continue
    const isOwn = here !== undefined && here !== before[path]
    if (!isOwn) plan.replace.push(path)
    else plan[fresh === before[path] ? 'kept' : 'changed'].push(path)
  }
  for (const [path, hash] of Object.entries(before)) {
    if (offered.includes(path)) continue
    const here = hashOf(join(project, path))
    if (here !== undefined) plan[here === hash ? 'remove' : 'changed'].push(path)
  }
  return plan
}
