// Part of `npm run ok`: no source file over 400 lines and no function over 60 (tests: 600, functions as they are).
// The limits are in oxlint-lengths.json. Folders may be given; without, those that exist of the usual ones.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PINNED_NODE, pinnedEnv, ROOT } from './project.mjs'

const FOLDERS = [
  'lib',
  'worker',
  'durable-objects',
  'client',
  'studio',
  'app',
  'assets',
  'scripts',
  'test',
  'bench',
]

const given = process.argv.slice(2)
const folders = given.length > 0 ? given : FOLDERS.filter((folder) => existsSync(join(ROOT, folder)))
const oxlint = join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint')
const config = join(ROOT, 'scripts', 'oxlint-lengths.json')
const args = [oxlint, '-c', config, '--format=unix', '--no-error-on-unmatched-pattern', ...folders]
const { status } = spawnSync(PINNED_NODE, args, { cwd: ROOT, env: pinnedEnv(), stdio: 'inherit' })
process.exitCode = status ?? 1
