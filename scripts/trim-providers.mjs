// What wrangler runs before it bundles: copies of the providers' modules in which a bundler can see that a class which
// nobody uses may be left out. As published, each class has a static method under a computed name, and esbuild must
// take that for a side effect, so all of a provider would be bundled (docs/decisions/0009).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, STATE_FOLDER } from './project.mjs'
import { Failure, runMain } from './terminal.mjs'

const PROVIDERS = ['openai', 'google']
const FOLDER = join(STATE_FOLDER, 'providers')

/** They serialize a model for another product's workflows. Under a plain name nothing changes but what is seen. */
const COMPUTED = /static \[WORKFLOW_(SERIALIZE|DESERIALIZE)\]/g

function main() {
  mkdirSync(FOLDER, { recursive: true })
  for (const provider of PROVIDERS) {
    const file = join(ROOT, 'node_modules', '@ai-sdk', provider, 'dist', 'internal', 'index.js')
    const code = readFileSync(file, 'utf8')
    const trimmed = code
      .replaceAll(COMPUTED, 'static workflow_$1')
      .replaceAll(/^\/\/# sourceMappingURL.*$/gm, '')
    if (trimmed === code)
      throw new Failure(
        `@ai-sdk/${provider} is not as scripts/trim-providers.mjs knows it: has its version changed?`,
      )
    writeIfNew(join(FOLDER, `${provider}.js`), trimmed)
  }
  return 0
}

/** A file that is written again would make wrangler bundle again. */
function writeIfNew(file, text) {
  if (readText(file) !== text) writeFileSync(file, text)
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

await runMain(main)
