import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { checkNode } from '../install.mjs'
import { isInstalled, writeStamp } from './installed.mjs'
import { failureLine, lastLines } from './npm-ci.mjs'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'edgewise-installed-'))
  mkdirSync(join(root, 'node_modules', 'a'), { recursive: true })
  lockfile({
    '': {},
    'node_modules/a': { version: '1.0.0', integrity: 'x' },
    'node_modules/b': { version: '2.0.0', optional: true },
  })
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const lockfile = (packages: object) =>
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }))
const record = (packages: object) =>
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }))

it('takes a stamp of the same lockfile as installed, and of another one as not', () => {
  expect(isInstalled(root)).toBe(false)
  writeStamp(root)
  expect(isInstalled(root)).toBe(true)
  lockfile({ '': {} })
  expect(isInstalled(root)).toBe(false)
})

it("believes npm's own record of an install by hand, if it is the lockfile's", () => {
  record({ 'node_modules/a': { version: '1.0.1', integrity: 'y' } })
  expect(isInstalled(root)).toBe(false)
  record({})
  expect(isInstalled(root)).toBe(false)
  record({ 'node_modules/a': { version: '1.0.0', integrity: 'x' } })
  expect(isInstalled(root)).toBe(true)
})

it('refuses an old Node in one line', () => {
  expect(() => checkNode('18.20.1')).toThrow('Edgewise needs Node 20 or newer, and this is 18.20.1')
  expect(() => checkNode('20.0.0')).not.toThrow()
})

it('names the mend for a failed install', () => {
  expect(failureLine('npm error code ENOTFOUND')).toContain('check the network')
  expect(failureLine('npm error code ENOSPC')).toContain('disk is full')
  expect(failureLine('npm error Missing: x@1 from lock file')).toContain('run npm install once')
  expect(failureLine('something else')).toContain('Run npm ci by itself')
})

it('keeps of a failed install what says why', () => {
  const output = [
    'npm warn EBADENGINE   package: x',
    'npm warn old',
    'npm error code EUSAGE',
    'npm error',
    'npm error Missing: @x/y@ from lock file',
    'npm error Clean install a project',
    'npm error   --dry-run',
  ].join('\n')
  expect(lastLines(output)).toBe('npm error code EUSAGE\nnpm error Missing: @x/y@ from lock file')
})
