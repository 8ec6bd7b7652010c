// The versions that the kit needs, put into a project's package.json without touching what is the user's there.
import { kitNeeds } from './package.mjs'

/** @typedef {import('./package.mjs').Package} Package */

/**
 * @param {Package} project
 * @param {Package} kit
 * @param {Record<string, string>} before versions that the old kit brought
 * @returns {{ made: Package, notes: string[] }} notes: versions of the user's own that were left
 */
export function upgradePackage(project, kit, before) {
  const needs = kitNeeds(kit)
  /** @type {string[]} */
  const notes = []
  const merge = (/** @type {'dependencies' | 'devDependencies'} */ group) => {
    const merged = { ...project[group] }
    for (const [name, version] of Object.entries(needs[group])) {
      const here = merged[name]
      if (here !== undefined && here !== before[name] && here !== version) {
        notes.push(`${name} stays at ${here}, which is yours; the kit was tested with ${version}`)
      } else merged[name] = version
    }
    const wanted = { ...needs.dependencies, ...needs.devDependencies }
    for (const [name, version] of Object.entries(before)) {
      if (!(name in wanted) && merged[name] === version) delete merged[name]
    }
    return sorted(merged)
  }
  const made = {
    ...project,
    ...needs.rest,
    scripts: { ...needs.scripts, ...project.scripts },
    dependencies: merge('dependencies'),
    devDependencies: merge('devDependencies'),
  }
  return { made, notes }
}

/** Are the packages of a project the kit's, and no others? @param {Package} project @param {Package} kit */
export function hasKitPackages({ dependencies, devDependencies }, kit) {
  const needs = kitNeeds(kit)
  return (
    text(dependencies) === text(needs.dependencies) && text(devDependencies) === text(needs.devDependencies)
  )
}

/** @param {Record<string, string>} group */
function text(group) {
  return JSON.stringify(sorted(group))
}

/** @param {Record<string, string>} group */
function sorted(group) {
  return Object.fromEntries(Object.entries(group).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
