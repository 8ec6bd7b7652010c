// `npm run upgrade -- KIT`: takes over the kit's files from a newer checkout. What is the user's stays: app/, the
// wrangler.toml, variables, tests, and whatever else the kit did not bring.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { copy, writeJson, writeManifest } from './create.mjs'
import { kitFiles, MANIFEST, readManifest } from './kit/files.mjs'
import { projectLock, readPackage } from './kit/package.mjs'
import { planUpgrade } from './kit/upgrade-files.mjs'
import { hasKitPackages, upgradePackage } from './kit/upgrade-package.mjs'
import { missingSettings } from './kit/upgrade-settings.mjs'
import { isMain, ROOT } from './project.mjs'
import { Failure, runMain } from './terminal.mjs'

const HELP = `Takes over the kit of a newer checkout: npm run upgrade -- KIT [--force] [--dry-run]

  KIT         the folder of the newer kit (git clone it beside your project)
  --dry-run   says what would be done
  --force     also replaces kit files that you changed; yours are kept in .edgewise/replaced/`

/** @param {string[]} args @returns {number | void} */
function main(args) {
  const { kit, project, isForced, isDry } = readOptions(args)
  if (kit === undefined) return console.log(HELP)
  if (!existsSync(join(kit, 'scripts', 'upgrade.mjs'))) throw new Failure(`There is no kit in ${kit}`)
  // The newer kit knows best what it needs.
  if (resolve(kit) !== resolve(ROOT)) return handOver(kit, args)
  const before = readManifest(project)
  if (!before) {
    throw new Failure(`${project} has no ${MANIFEST}: it is not a project that scripts/create.mjs made`)
  }
  const plan = planUpgrade({ kit, project, before: before.files })
  for (const path of plan.kept) console.log(`kept      ${path} (yours; this upgrade does not change it)`)
  if (plan.changed.length > 0 && !isForced) {
    throw new Failure(
      `Nothing was upgraded: ${plan.changed.length} files of the kit were changed here, and this upgrade changes them too. Move your changes to app/, or take the new files with --force`,
      plan.changed.map((path) => `changed   ${path}`).join('\n'),
    )
  }
  for (const path of plan.changed) console.log(`replaced  ${path} (yours is in .edgewise/replaced/${path})`)
  for (const path of plan.remove) console.log(`removed   ${path}`)
  console.log(`${plan.replace.length} files ${isDry ? 'would be written' : 'written'}`)
  if (!isDry) write({ kit, project, plan, before })
  for (const line of missingSettings(kit, project)) console.log(line)
}

/** @param {string[]} args */
function readOptions(args) {
  const options = /** @type {const} */ ({
    force: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
    into: { type: 'string' },
  })
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const [given] = positionals
  const from = process.env['INIT_CWD'] ?? process.cwd()
  return {
    kit: values.help || given === undefined ? undefined : resolve(from, given),
    project: values.into ?? ROOT,
    isForced: values.force ?? false,
    isDry: values['dry-run'] ?? false,
  }
}

/** @param {string} kit @param {string[]} args @returns {number} */
function handOver(kit, args) {
  const script = join(kit, 'scripts', 'upgrade.mjs')
  const { status } = spawnSync(process.execPath, [script, ...args, '--into', ROOT], { stdio: 'inherit' })
  return status ?? 1
}

/** @param {{ kit: string, project: string, plan: import('./kit/upgrade-files.mjs').Plan, before: import('./kit/files.mjs').Manifest }} work */
function write({ kit, project, plan, before }) {
  const offered = kitFiles(kit)
  for (const path of plan.changed) {
    copy(join(project, path), join(project, '.edgewise', 'replaced', path))
    if (offered.includes(path)) copy(join(kit, path), join(project, path))
    else rmSync(join(project, path))
  }
  for (const path of plan.replace) copy(join(kit, path), join(project, path))
  for (const path of plan.remove) rmSync(join(project, path))
  writePackages({ kit, project, before })
  writeManifest(kit, project, offered)
}

/** @param {{ kit: string, project: string, before: import('./kit/files.mjs').Manifest }} places */
function writePackages({ kit, project, before }) {
  const kitPackage = readPackage(kit)
  const { made, notes } = upgradePackage(readPackage(project), kitPackage, before.dependencies)
  for (const note of notes) console.log(note)
  writeJson(join(project, 'package.json'), made)
  const lock = join(kit, 'package-lock.json')
  if (hasKitPackages(made, kitPackage) && existsSync(lock)) {
    const path = join(project, 'package-lock.json')
    const next = projectLock(readJson(lock), made)
    if (existsSync(path) && isDeepStrictEqual(readJson(path), next)) return
    writeJson(path, next)
    console.log("package-lock.json is the new kit's: npm start and npm test install it")
  } else console.log('You have packages of your own: run npm install')
}

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

if (isMain(import.meta.url)) {
  await runMain(async () => main(process.argv.slice(2)))
}
