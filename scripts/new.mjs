// `npm run new agent|tool|workflow NAME`: writes a file that runs as it is, and adds it to app/index.ts.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled } from './install.mjs'
import { addToApp } from './new/add-to-app.mjs'
import { readName } from './new/names.mjs'
import { KINDS } from './new/templates.mjs'
import { isMain, PINNED_NODE, pinnedEnv, ROOT } from './project.mjs'
import { Failure, runMain } from './terminal.mjs'

const HELP = `Writes a new part of the app: npm run new <kind> <name>

  kind   ${Object.keys(KINDS).join(', ')}
  name   words, as in order-status`

/** @param {string[]} args */
async function main(args) {
  const [kind = '', given = '', ...more] = args
  if (['', '-h', '--help'].includes(kind)) return console.log(HELP)
  const made = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined
  if (!made || given === '' || more.length > 0) throw new Failure(HELP)
  const name = readName(given)
  if (kind === 'workflow' && !isOffered('createWorkflow')) {
    throw new Failure(
      'Workflows are not offered yet: this kit has no createWorkflow (npm run upgrade brings a newer one)',
    )
  }
  const path = `${made.folder}/${name.file}.ts`
  if (existsSync(join(ROOT, path))) throw new Failure(`${path} is there already: nothing was written`)
  await ensureInstalled()
  mkdirSync(join(ROOT, made.folder), { recursive: true })
  writeFileSync(join(ROOT, path), made.write(name))
  console.log(`Written: ${path}`)
  addIt({ list: made.list, variable: name.variable, from: `./${path.slice('app/'.length)}` })
  if (kind === 'tool') console.log(`Give it to an agent, too: tools: { ${name.variable} }`)
}

/** @param {{ list: string, variable: string, from: string }} entry */
function addIt(entry) {
  const index = join(ROOT, 'app', 'index.ts')
  const source = existsSync(index) ? readFileSync(index, 'utf8') : ''
  const changed = addToApp(source, entry)
  if (changed === undefined) {
    console.log(
      `Add it to the list in app/index.ts yourself:\n  import { ${entry.variable} } from '${entry.from}'\n  ${entry.list}: { ${entry.variable} }`,
    )
    return
  }
  writeFileSync(index, changed)
  const oxfmt = join(ROOT, 'node_modules', 'oxfmt', 'bin', 'oxfmt')
  if (existsSync(oxfmt)) spawnSync(PINNED_NODE, [oxfmt, index], { cwd: ROOT, env: pinnedEnv() })
  console.log('Added to app/index.ts')
}

/** Does the door for apps have it? @param {string} name */
function isOffered(name) {
  return new RegExp(String.raw`\b${name}\b`).test(readFileSync(join(ROOT, 'lib', 'index.ts'), 'utf8'))
}

if (isMain(import.meta.url)) {
  await runMain(() => main(process.argv.slice(2)))
}
