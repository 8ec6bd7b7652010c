// `node scripts/kernel.mjs [--check]`: builds the kernel of the vector index from its text, or says whether the built
// one is what the text gives. The built one is kept, so that nobody needs the compiler to run or deploy the Worker.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMain, ROOT } from './project.mjs'
import { Failure, runMain } from './terminal.mjs'

const SOURCE = 'lib/storage/vector-index/kernel.wat'
const BUILT = 'durable-objects/kernel.wasm'

/** @returns {Promise<Uint8Array>} */
export async function compileKernel() {
  const { default: start } = await import('wabt')
  const compiler = await start()
  const module = compiler.parseWat(SOURCE, readFileSync(join(ROOT, SOURCE), 'utf8'), { simd: true })
  try {
    module.validate()
    return module.toBinary({}).buffer
  } finally {
    module.destroy()
  }
}

/** @param {boolean} isCheck @returns {Promise<string>} */
async function main(isCheck) {
  const kernel = await compileKernel()
  if (!isCheck) {
    writeFileSync(join(ROOT, BUILT), kernel)
    return `${BUILT}: ${kernel.length} bytes`
  }
  if (readFileSync(join(ROOT, BUILT)).equals(kernel)) return `${BUILT} is what ${SOURCE} gives`
  throw new Failure(`${BUILT} is not what ${SOURCE} gives`, 'Build it: node scripts/kernel.mjs')
}

if (isMain(import.meta.url)) {
  await runMain(async () => console.log(await main(process.argv.includes('--check'))))
}
