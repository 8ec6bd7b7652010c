import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import wabt from 'wabt'
import { ROOT } from '../run/build.ts'

/** Builds the module that reads memory, for the Worker of the bench to import. */
export async function buildReader(): Promise<void> {
  const source = readFileSync(join(ROOT, 'bench/vectors/read.wat'), 'utf8')
  const module = (await wabt()).parseWat('read.wat', source, { simd: true })
  writeFileSync(join(ROOT, 'bench/vectors/read.wasm'), module.toBinary({}).buffer)
  module.destroy()
}
