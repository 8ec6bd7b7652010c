import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url).href)
const page = readFileSync(join(ROOT, 'docs/memory.md'), 'utf8')
const examples = [...page.matchAll(/```ts file=(\S+)\n([\s\S]*?)```/g)]

/** Inside the checkout, so that `edgewise` is found by its own name. */
let folder: string
beforeAll(() => {
  mkdirSync(join(ROOT, '.edgewise'), { recursive: true })
  folder = mkdtempSync(join(ROOT, '.edgewise/memory-page-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('the page on memory shows code that type-checks', () => {
  expect(examples.length).toBeGreaterThan(1)
  for (const [, file = '', code = ''] of examples) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), code)
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.json', include: ['app'] }),
  )
  const tsc = join(ROOT, 'node_modules/.bin/tsc')
  const check = (): string =>
    execFileSync(tsc, ['--noEmit', '-p', folder], { encoding: 'utf8', stdio: 'pipe' })
  expect(check).not.toThrow()
})
