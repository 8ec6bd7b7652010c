import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { unstable_readConfig as readConfig } from 'wrangler'
import { startChild, tempFolder } from './children.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url).href)

/** A Worker as it would be uploaded, and what its wrangler.toml says of it. */
export interface Bundle {
  name: string
  script: Buffer
  /** Modules beside the script that were built already, by the names that it imports them by. */
  wasm: readonly { name: string; bytes: Buffer }[]
  gzipBytes: number
  compatibilityDate: string
  compatibilityFlags: readonly string[]
  objects: readonly { binding: string; className: string }[]
}

/** Builds a Worker as `wrangler deploy` would. `configPath` is from the project's root. */
export async function build(configPath: string): Promise<Bundle> {
  const outdir = tempFolder()
  const config = join(ROOT, configPath)
  const wrangler = join(
    dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
    'wrangler-dist',
    'cli.js',
  )
  const args = ['--no-warnings', wrangler, 'deploy', '--dry-run', '--config', config, '--outdir', outdir]
  const quiet = { CI: 'true', WRANGLER_SEND_METRICS: 'false', WRANGLER_WRITE_LOGS: 'false', NO_COLOR: '1' }
  const child = startChild(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...quiet } })
  let output = ''
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`Cannot build ${configPath}:\n${output}`)
  const read = readConfig({ config }, { hideWarnings: true })
  const script = readFileSync(join(outdir, 'index.js'))
  const wasm = readdirSync(outdir)
    .filter((name) => name.endsWith('.wasm'))
    .map((name) => ({ name, bytes: readFileSync(join(outdir, name)) }))
  return {
    name: read.name ?? configPath,
    script,
    wasm,
    gzipBytes: [script, ...wasm.map(({ bytes }) => bytes)].reduce(
      (sum, bytes) => sum + gzipSync(bytes).length,
      0,
    ),
    compatibilityDate: read.compatibility_date ?? '',
    compatibilityFlags: read.compatibility_flags,
    objects: read.durable_objects.bindings.map(
      ({ name, class_name }: { name: string; class_name: string }) => ({
        binding: name,
        className: class_name,
      }),
    ),
  }
}
