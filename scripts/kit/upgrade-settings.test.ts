import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ROOT } from '../project.mjs'
import { missingSettings } from './upgrade-settings.mjs'

let project: string
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'edgewise-settings-'))
})
afterAll(() => rmSync(project, { recursive: true, force: true }))

const kit = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8')

/** What a project is told whose settings are the kit's but for this. */
function told(change: (config: string) => string): string[] {
  writeFileSync(join(project, 'wrangler.toml'), change(kit))
  return missingSettings(ROOT, project)
}

const binding = 'binding = "ASSETS"\n'
const directory = 'directory = "./assets"\n'

it('says nothing where nothing is missing', () => {
  expect(told((config) => config)).toEqual([])
})

it('tells the one line that [assets] lacks, and not to copy the table that is there', () => {
  expect(told((config) => config.replace(binding, ''))).toEqual([
    'wrangler.toml lacks binding = "ASSETS" under its [assets]: add it, so that routes that are not offered are known',
  ])
  expect(told((config) => config.replace(`[assets]\n${directory}${binding}`, ''))).toEqual([
    'wrangler.toml lacks [assets]: copy it from the kit, so that the API document is served, and routes that are not offered are known',
  ])
})

it('tells what a folder of the project’s own needs, where that is served in place of the kit’s', () => {
  expect(told((config) => config.replace(directory, 'directory = "./public"\n'))).toEqual([
    "wrangler.toml serves a folder of yours under [assets]: copy what is in the kit's ./assets into it, for the API document and its explorer",
  ])
})
