// wrangler.toml as wrangler reads it, and what is wrong with it before wrangler would notice: or never would.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { shortPath } from '../project.mjs'
import { Failure, withoutColors } from '../terminal.mjs'

/** @typedef {{ name: string, class_name: string, script_name?: string }} Binding */
/** @typedef {{ tag: string, new_sqlite_classes?: string[], new_classes?: string[], deleted_classes?: string[], renamed_classes?: { from: string, to: string }[] }} Migration */
/** @typedef {{ name?: string, main?: string, compatibility_date?: string, compatibility_flags: string[], alias?: Record<string, string>, assets?: { directory?: string }, vars: Record<string, unknown>, durable_objects: { bindings: Binding[] }, migrations: Migration[], definedEnvironments?: string[] }} Config */

/** @typedef {{ what: string, why: string, mend: string }} Problem what is wrong, why it matters, how it is mended */

/**
 * @param {string} path of a wrangler.toml
 * @param {string} [env]
 * @returns {Promise<Config>}
 */
export async function readConfig(path, env) {
  if (!existsSync(path)) throw new Failure(`There is no ${path}: git checkout it, or copy it from the kit`)
  const { unstable_readConfig: read } = await import('wrangler')
  const config = attempt(() => read({ config: path }, { hideWarnings: true }))
  if (env === undefined) return config
  const have = config.definedEnvironments ?? []
  if (have.includes(env)) return attempt(() => read({ config: path, env }, { hideWarnings: true }))
  throw new Failure(`There is no environment "${env}" in wrangler.toml (have: ${have.join(', ') || 'none'})`)
}

/**
 * @param {() => unknown} read
 * @returns {Config}
 */
function attempt(read) {
  try {
    // wrangler's own type of it says more than is needed here.
    return /** @type {Config} */ (read())
  } catch (error) {
    const text = withoutColors(error instanceof Error ? error.message : String(error))
    const lines = text.split('\n').map((line) => line.trim().replace(/^- /, ''))
    const [first = text] = lines.filter((line) => line !== '' && !/^Processing .* configuration/.test(line))
    throw new Failure(`wrangler.toml cannot be read: ${first}`)
  }
}

const ALIASES = [
  '@ai-sdk/gateway',
  'zod/v4',
  '@ai-sdk/provider-utils',
  '@ai-sdk/openai/internal',
  '@ai-sdk/google/internal',
  '@upstash/redis/cloudflare',
]

/**
 * @param {Config} config
 * @param {string} root
 * @returns {Problem[]}
 */
export function checkConfig(config, root) {
  const {
    main = '',
    compatibility_flags: flags,
    alias = {},
    assets,
    durable_objects: objects,
    migrations,
  } = config
  /** @type {Problem[]} */
  const problems = []
  for (const [name, path] of [
    ['main', main],
    ['assets.directory', assets?.directory ?? 'assets'],
  ]) {
    // wrangler has made some of its paths absolute.
    if (path && existsSync(resolve(root, path))) continue
    problems.push({
      what: `wrangler.toml: ${name} is "${shortPath(path, root)}", and there is no such file`,
      why: 'Nothing can be built without it',
      mend: `Set ${name} to what the kit has (worker/index.ts, ./assets)`,
    })
  }
  if (!flags.includes('enable_request_signal')) {
    problems.push({
      what: 'wrangler.toml: compatibility_flags lacks "enable_request_signal"',
      why: 'Without it nothing learns that a client has left, and its turn goes on being paid for',
      mend: 'compatibility_flags = ["enable_request_signal"]',
    })
  }
  for (const name of ALIASES) {
    if (alias[name]) continue
    problems.push({
      what: `wrangler.toml: [alias] lacks "${name}"`,
      why: 'The Worker would carry code that it never uses, and be over its budget',
      mend: 'Copy the [alias] section from the kit',
    })
  }
  return [...problems, ...checkObjects(objects.bindings, migrations)]
}

/**
 * @param {Binding[]} bindings
 * @param {Migration[]} migrations
 * @returns {Problem[]}
 */
function checkObjects(bindings, migrations) {
  const classes = classesOf(migrations)
  const own = bindings.filter(({ script_name: script }) => script === undefined)
  const unmade = own.filter(({ class_name: name }) => !classes.has(name))
  const unbound = [...classes].filter((name) => !own.some((binding) => binding.class_name === name))
  return [
    ...unmade.map(({ name, class_name: className }) => ({
      what: `wrangler.toml: ${name} is bound to the class "${className}", which no migration makes`,
      why: 'A deployment would be refused',
      mend: `Append to the migrations: [[migrations]] tag = "v${migrations.length + 1}", new_sqlite_classes = ["${className}"]`,
    })),
    ...unbound.map((name) => ({
      what: `wrangler.toml: the class "${name}" has no binding in this environment`,
      why: 'The Worker reaches its objects by their binding; bindings are not inherited by environments',
      mend: `Add a [[durable_objects.bindings]] with class_name = "${name}" to the environment`,
    })),
  ]
}

/** Classes that exist once all migrations have run. @param {Migration[]} migrations */
function classesOf(migrations) {
  /** @type {Set<string>} */
  const classes = new Set()
  for (const step of migrations) {
    for (const name of [...(step.new_sqlite_classes ?? []), ...(step.new_classes ?? [])]) classes.add(name)
    for (const { from, to } of step.renamed_classes ?? []) {
      classes.delete(from)
      classes.add(to)
    }
    for (const name of step.deleted_classes ?? []) classes.delete(name)
  }
  return classes
}
