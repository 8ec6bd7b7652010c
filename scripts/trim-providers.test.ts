import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ROOT } from './project.mjs'

const SCRIPT = join(ROOT, 'scripts', 'trim-providers.mjs')

it.each(['openai', 'google'])('lets a bundler see which classes of %s are used', (provider) => {
  const copy = join(ROOT, '.edgewise', 'providers', `${provider}.js`)
  execFileSync(process.execPath, [SCRIPT])
  const { mtimeMs } = statSync(copy)
  const code = readFileSync(copy, 'utf8')
  const published = readFileSync(
    join(ROOT, 'node_modules', '@ai-sdk', provider, 'dist', 'internal', 'index.js'),
    'utf8',
  )
  expect(published).toMatch(/static \[WORKFLOW_/)
  expect(code).not.toMatch(/static \[WORKFLOW_/)
  // Nothing else is changed, and a copy that is as it should be is left alone.
  expect(code.split('\n').length).toBe(published.split('\n').length)
  execFileSync(process.execPath, [SCRIPT])
  expect(statSync(copy).mtimeMs).toBe(mtimeMs)
})
