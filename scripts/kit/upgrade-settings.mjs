// wrangler.toml is the user's: an upgrade only says what the new kit needs there.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Lines that tell what a project's wrangler.toml lacks. It is read as text: what matters are the names.
 * @param {string} kit
 * @param {string} project
 * @returns {string[]}
 */
export function missingSettings(kit, project) {
  const [wanted, have] = [kit, project].map((root) => readText(join(root, 'wrangler.toml')))
  const classes = missing(/class_name = "(\w+)"/g, wanted, have).map(
    (name) =>
      `wrangler.toml lacks the class ${name}: copy its [[durable_objects.bindings]] from the kit (in each environment), and append [[migrations]] with a new tag and new_sqlite_classes = ["${name}"]`,
  )
  // By its target as well: a shim that was moved is not there any more.
  const aliases = missing(/^("[^"]+" = "\.\/worker\/shims[^"]*")/gm, wanted, have).map(
    (line) => `wrangler.toml lacks the alias ${line}: copy it from the kit's [alias]`,
  )
  const [date] = missing(/^compatibility_date = "([^"]+)"/gm, wanted, have)
  const dates =
    date === undefined ? [] : [`wrangler.toml: the kit was tested with compatibility_date = "${date}"`]
  const timers = missing(/^\[(triggers)\]/gm, wanted, have).map(
    () =>
      'wrangler.toml lacks [triggers]: copy it from the kit, so that schedules are tended without a request',
  )
  return [...classes, ...aliases, ...dates, ...timers, ...missingAssets(wanted, have)]
}

/** @param {string} wanted @param {string} have */
function missingAssets(wanted, have) {
  const [table] = missing(/^\[(assets)\]/gm, wanted, have)
  if (table !== undefined)
    return [
      'wrangler.toml lacks [assets]: copy it from the kit, so that the API document is served, and routes that are not offered are known',
    ]
  const bindings = missing(/^binding = "(ASSETS)"/gm, wanted, have).map(
    (name) =>
      `wrangler.toml lacks binding = "${name}" under its [assets]: add it, so that routes that are not offered are known`,
  )
  const folders = missing(/^directory = "([^"]+)"/gm, wanted, have).map(
    (folder) =>
      `wrangler.toml serves a folder of yours under [assets]: copy what is in the kit's ${folder} into it, for the API document and its explorer`,
  )
  return [...bindings, ...folders]
}

/** @param {RegExp} pattern @param {string} [wanted] @param {string} [have] */
function missing(pattern, wanted = '', have = '') {
  const names = (/** @type {string} */ text) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')
  const known = new Set(names(have))
  return [...new Set(names(wanted))].filter((name) => !known.has(name))
}

/** @param {string} path */
function readText(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
