// Models that agents name: is there such a provider, and is its key set?
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PINNED_NODE } from '../project.mjs'
import { problem, readVariables } from './variables.mjs'

/** @typedef {import('../deploy/config.mjs').Problem} Problem */

/** Run by the pinned Node, which reads TypeScript: the app itself is asked, and the kit's own registry. */
const ASK = `
const [app, registry] = await Promise.all([import(process.argv[1]), import(process.argv[2])])
const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
const resolve = registry.createModelRegistry(JSON.parse(Buffer.concat(chunks).toString()))
const wrong = []
for (const { id, options } of app.default.agents) {
  const list = Array.isArray(options.model) ? options.model : [options.model]
  for (const entry of list) {
    const model = entry?.model ?? entry
    if (typeof model !== 'string') continue
    try { resolve(model) } catch (error) { wrong.push([id, error.message]) }
  }
}
console.log('\\nmodels:' + JSON.stringify(wrong))
`

/** @param {string} root @returns {Promise<Problem[]>} */
export async function checkModels(root) {
  const url = (/** @type {string} */ path) => pathToFileURL(join(root, path)).href
  const args = [
    '--no-warnings',
    '--input-type=module',
    '--eval',
    ASK,
    url('app/index.ts'),
    url('lib/models/registry.ts'),
  ]
  const vars = join(root, '.dev.vars')
  const values = existsSync(vars) ? readVariables(readFileSync(vars, 'utf8')).values : new Map()
  const { stdout } = spawnSync(PINNED_NODE, args, {
    cwd: root,
    input: JSON.stringify(Object.fromEntries(values)),
    encoding: 'utf8',
    timeout: 20_000,
  })
  const found = /\nmodels:(.*)\n/.exec(stdout)?.[1]
  // An app that runs in workerd need not run in Node.
  if (found === undefined) return []
  /** @type {[string, string][]} */
  const wrong = JSON.parse(found)
  return wrong.map(([agent, message]) =>
    problem(
      `The agent "${agent}" has a model that cannot be used`,
      message,
      'Set the key, or name another model in app/',
    ),
  )
}
