// `npm run deploy [-- --env NAME] [--dry-run]`: looks for what would go wrong, then lets wrangler deploy.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkBundle } from './check-bundle.mjs'
import { checkConfig, readConfig } from './deploy/config.mjs'
import { checkMigrations, deployedMigrations, deployTag, git } from './deploy/migrations.mjs'
import { runWrangler } from './deploy/run-wrangler.mjs'
import { deployedSecrets, missingSecrets, putCommand } from './deploy/secrets.mjs'
import { writeAgentsFile } from './config/agents-file.mjs'
import { ensureInstalled } from './install.mjs'
import { isMain, ROOT } from './project.mjs'
import { Failure, runMain } from './terminal.mjs'

const HELP = `Checks the project and deploys it with wrangler: npm run deploy [-- options]

  --env <name>   an environment of wrangler.toml, such as staging or production; default: its top level
  --dry-run      checks and builds all, asks nobody, deploys nothing

Before it deploys: wrangler.toml holds together, migrations only append (compared with the git tag
${deployTag('<env>')}, else with the last commit), the Worker is within its budget, and the secrets are set.`

/** @param {string[]} args @returns {Promise<number | void>} */
async function main(args) {
  const { env, isDry, isHelp } = readOptions(args)
  if (isHelp) return console.log(HELP)
  await ensureInstalled()
  await writeAgentsFile(ROOT)
  const config = await readConfig(join(ROOT, 'wrangler.toml'), env)
  const where = env ?? 'the top level'
  report(checkConfig(config, ROOT))
  console.log(`config       ok  ${config.name ?? ''}, ${where} of wrangler.toml`)
  const before = await deployedMigrations(ROOT, env)
  if (before) report(checkMigrations(before, config.migrations))
  console.log(
    `migrations   ok  ${before ? `only append to ${before.from}` : 'nothing to compare with: no git here'}`,
  )
  console.log(`bundle       ok  ${checkBundle(env)}`)
  await checkSecrets({ env, isDry, vars: Object.keys(config.vars) })
  if (isDry) return console.log('Nothing was deployed: --dry-run')
  const { code } = await runWrangler(['deploy'], { root: ROOT, env, isShown: true })
  if (code === 0) git(ROOT, ['tag', '--force', deployTag(env)])
  return code
}

/** @param {string[]} args */
function readOptions(args) {
  const options = /** @type {const} */ ({
    env: { type: 'string' },
    'dry-run': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  })
  try {
    const { values } = parseArgs({ args, options })
    return { env: values.env, isDry: values['dry-run'] ?? false, isHelp: values.help ?? false }
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('. ')
    throw new Failure(`${reason}. The options are told by: npm run deploy -- --help`)
  }
}

/** @param {import('./deploy/config.mjs').Problem[]} problems */
function report(problems) {
  if (problems.length === 0) return
  throw new Failure(problems.map(({ what, why, mend }) => `${what}\n  ${why}. ${mend}`).join('\n'))
}

/** @param {{ env: string | undefined, isDry: boolean, vars: string[] }} place */
async function checkSecrets({ env, isDry, vars }) {
  if (isDry) {
    const wanted = missingSecrets(vars).map(({ name }) => name)
    console.log(`secrets      not asked for; a deployment wants ${wanted.join(', ') || 'none'}`)
    return
  }
  const missing = missingSecrets([...vars, ...(await deployedSecrets({ root: ROOT, env }))])
  const lines = missing.map(({ name, why }) => `${name} is not set: ${why}\n  ${putCommand(name, env)}`)
  if (missing.some(({ isNeeded }) => isNeeded)) throw new Failure(lines.join('\n'))
  console.log(['secrets      ok', ...lines].join('\n'))
}

if (isMain(import.meta.url)) {
  await runMain(() => main(process.argv.slice(2)))
}
