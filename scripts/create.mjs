#!/usr/bin/env node
// `node scripts/create.mjs FOLDER`: a new project with the kit beside an app of its own.
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { hashOf, kitFiles, MANIFEST } from './kit/files.mjs'
import { kitNeeds, projectLock, projectPackage, readPackage } from './kit/package.mjs'
import { isMain, ROOT } from './project.mjs'
import { Failure, runMain } from './terminal.mjs'

const HELP = `Makes a new project: node scripts/create.mjs FOLDER

  FOLDER   a new or an empty one; its name becomes the Worker's`

/** Names of the template that would act on the kit itself if they had their dot. @type {Record<string, string>} */
const DOTTED = { gitignore: '.gitignore', 'dev.vars.example': '.dev.vars.example' }

/** @param {string[]} args */
export async function main(args) {
  const [given, ...more] = args
  if (given === '--help' || given === '-h') return console.log(HELP)
  if (given === undefined || given.startsWith('-') || more.length > 0) throw new Failure(HELP)
  const folder = resolve(process.env['INIT_CWD'] ?? process.cwd(), given)
  const name = basename(folder)
  if (!/^[a-z0-9](?:[a-z0-9-]{0,52}[a-z0-9])?$/.test(name)) {
    throw new Failure(
      `Cannot name a Worker "${name}": use lower-case letters, digits and hyphens, at most 54, as in my-agents`,
    )
  }
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new Failure(`Cannot make a project in ${folder}: it is not empty`)
  }
  createProject(ROOT, folder, name)
  const place = relative(process.env['INIT_CWD'] ?? process.cwd(), folder)
  console.log(`A new project is in ${folder}\n\n  cd ${place}\n  npm start\n  npm test`)
}

/**
 * @param {string} kit
 * @param {string} folder
 * @param {string} name
 */
export function createProject(kit, folder, name) {
  const files = kitFiles(kit)
  for (const path of files) copy(join(kit, path), join(folder, path))
  copy(join(kit, 'LICENSE'), join(folder, 'lib', 'LICENSE'))
  for (const name of ['.npmrc', '.oxfmtrc.json']) copy(join(kit, name), join(folder, name))
  for (const entry of readdirSync(join(kit, 'template'))) {
    cpSync(join(kit, 'template', entry), join(folder, DOTTED[entry] ?? entry), { recursive: true })
  }
  edit(join(folder, 'README.md'), (text) => text.replace('{{name}}', name))
  const config = readFileSync(join(kit, 'wrangler.toml'), 'utf8')
  writeFileSync(join(folder, 'wrangler.toml'), config.replace(/^name = ".*"$/m, `name = "${name}"`))
  writePackage(kit, folder, name)
  writeManifest(kit, folder, files)
}

/** @param {string} kit @param {string} folder @param {string} name */
function writePackage(kit, folder, name) {
  const made = projectPackage(name, readPackage(kit))
  writeJson(join(folder, 'package.json'), made)
  const lock = join(kit, 'package-lock.json')
  // A kit that came as a package has no lock: npm makes one.
  if (existsSync(lock))
    writeJson(join(folder, 'package-lock.json'), projectLock(JSON.parse(readFileSync(lock, 'utf8')), made))
}

/** @param {string} kit @param {string} folder @param {string[]} files */
export function writeManifest(kit, folder, files) {
  const { version, dependencies, devDependencies } = kitNeeds(readPackage(kit))
  const hashes = Object.fromEntries(files.map((path) => [path, hashOf(join(kit, path))]))
  writeJson(join(folder, MANIFEST), {
    version,
    dependencies: { ...dependencies, ...devDependencies },
    files: hashes,
  })
}

/** @param {string} from @param {string} to */
export function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(from, to)
}

/** @param {string} path @param {(text: string) => string} change */
function edit(path, change) {
  writeFileSync(path, change(readFileSync(path, 'utf8')))
}

/** @param {string} path @param {unknown} value */
export function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`)
}

if (isMain(import.meta.url)) {
  await runMain(() => main(process.argv.slice(2)))
}
