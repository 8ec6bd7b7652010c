import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'docs/messages.md'), 'utf8')

/** Inside the checkout, so that `edgewise` is found by its own name. */
mkdirSync(join(ROOT, '.edgewise'), { recursive: true })
const folder = mkdtempSync(join(ROOT, '.edgewise/messages-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('shows an example that gives what the page says', async () => {
  const example = /```ts file=convert\.ts\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const said: unknown = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '')
  const file = join(folder, 'convert.ts')
  writeFileSync(file, example)
  const { system, messages, lost } = await import(file)
  expect({ system, messages, lost }).toEqual(said)
})
