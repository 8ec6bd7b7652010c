import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, describe } from 'vitest'
import { documentsContract } from '../../test/contracts/documents.ts'
import { keyValueContract } from '../../test/contracts/key-value.ts'
import type { BaseStorage } from './base-storage.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url).href)
mkdirSync(join(ROOT, '.edgewise'), { recursive: true })
/** Inside the checkout, so that `edgewise` is found by its own name. */
const folder = mkdtempSync(join(ROOT, '.edgewise/storage-page-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const page = readFileSync(join(ROOT, 'docs/storage.md'), 'utf8')
const code = /```ts file=app\/storage\.ts\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
// The suite says what time it is.
writeFileSync(join(folder, 'clock.ts'), 'export const clock = { now: 1 }\n')
writeFileSync(
  join(folder, 'storage.ts'),
  `import { clock } from './clock.ts'\n${code.replaceAll('Date.now()', 'clock.now')}`,
)

interface Example {
  MyStorage: new () => BaseStorage
}
const example: Example = await import(pathToFileURL(join(folder, 'storage.ts')).href)
const { clock }: { clock: { now: number } } = await import(pathToFileURL(join(folder, 'clock.ts')).href)

describe('the storage of the page', () => {
  let spaces = 0
  const space = () => `resource/${(spaces += 1)}`

  documentsContract(() => new example.MyStorage().documents(space()))
  keyValueContract(() => ({
    keyValue: new example.MyStorage().keyValue(space()),
    pass: async (ms) => void (clock.now += ms),
  }))
})
