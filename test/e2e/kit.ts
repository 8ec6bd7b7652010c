import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Bundle } from '../../bench/run/build.ts'
import { build } from '../../bench/run/build.ts'
import { serve } from '../../bench/run/workerd.ts'
import type { Server } from '../../scripts/serve.mjs'
import { startServer } from '../../scripts/serve.mjs'
import type { OpenAIServer } from '../fixtures/openai/index.ts'
import { startOpenAIServer } from '../fixtures/openai/index.ts'
import type { Sink } from './sink.ts'
import { startSink } from './sink.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

/** The test app's Worker under `wrangler dev`, and what it talks to: a model and a sink, in the test's own process. */
export interface World {
  readonly url: string
  readonly model: OpenAIServer
  readonly stage: Stage
  readonly sink: Sink
  /** The folder in which its objects are. */
  readonly state: string
  /** SIGKILL for wrangler, node and workerd at once, as when the power goes. */
  kill(): Promise<void>
  /**
   * Starts the Worker again on what the last one left, at the same address. That it is up is learned by `GET
   * /health`, which looks at no object: whatever a thread does by then, nobody asked it to.
   */
  restart(): Promise<void>
  /** SIGKILL for workerd alone, which wrangler starts again by itself. */
  killWorkerd(): Promise<void>
  /** Lines that the Worker logged. */
  readonly log: readonly string[]
  close(): Promise<void>
}

export interface WorldOptions {
  /** Variables of the Worker beside the model's address. */
  vars?: Record<string, string>
}

const CONFIG = 'test/e2e/wrangler.toml'

export async function openWorld({ vars = {} }: WorldOptions = {}): Promise<World> {
  const bundle = await build(CONFIG)
  const model = await startOpenAIServer()
  const sink = await startSink()
  const folder = mkdtempSync(join(tmpdir(), 'edgewise-e2e-'))
  const log: string[] = []
  const settings = {
    configPath: writeWorker(join(folder, 'worker'), bundle),
    persistTo: join(folder, 'state'),
    vars: { ...modelVars(model), ...vars },
    log: (line: string) => void log.push(line),
  }
  const release = async (): Promise<void> => {
    await Promise.all([model.close(), sink.close()])
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
  let server: Server
  try {
    server = await startServer(settings)
  } catch (error) {
    await release()
    throw error
  }
  const { url, port } = server
  return {
    url,
    model,
    sink,
    log,
    state: settings.persistTo,
    stage: openStage(model),
    kill: () => server.kill(),
    restart: async () => {
      server = await startServer({ ...settings, port })
    },
    killWorkerd: async () => {
      process.kill(await workerdOf(server.child.pid ?? 0, port), 'SIGKILL')
    },
    close: async () => {
      await server.kill()
      await release()
    },
  }
}

/**
 * The same Worker in workerd alone, for what wrangler's own proxy keeps from it: that a client left before it had an
 * answer's first byte.
 */
export async function openBareWorld(): Promise<Pick<World, 'url' | 'model' | 'stage' | 'sink' | 'close'>> {
  const bundle = await build(CONFIG)
  const model = await startOpenAIServer()
  const sink = await startSink()
  const server = await serve(bundle, { vars: modelVars(model) })
  const close = async (): Promise<void> => {
    await Promise.all([server.stop(), model.close(), sink.close()])
  }
  return { url: server.url, model, sink, stage: openStage(model), close }
}

/**
 * Writes a Worker that is built already, and gives the path of its configuration. Served from there it stays as it
 * is: of its sources wrangler would watch every file, and start it anew under the test when somebody saves one.
 */
function writeWorker(folder: string, bundle: Bundle): string {
  const { name, script, compatibilityDate, compatibilityFlags, objects } = bundle
  const config = {
    name,
    main: 'index.js',
    no_bundle: true,
    find_additional_modules: true,
    base_dir: '.',
    rules: [{ type: 'CompiledWasm', globs: ['**/*.wasm'] }],
    compatibility_date: compatibilityDate,
    compatibility_flags: compatibilityFlags,
    durable_objects: {
      bindings: objects.map(({ binding, className }) => ({ name: binding, class_name: className })),
    },
    migrations: [{ tag: 'v1', new_sqlite_classes: objects.map(({ className }) => className) }],
  }
  mkdirSync(folder, { recursive: true })
  for (const { name: file, bytes } of bundle.wasm) writeFileSync(join(folder, file), bytes)
  writeFileSync(join(folder, 'index.js'), script)
  writeFileSync(join(folder, 'wrangler.json'), JSON.stringify(config))
  return join(folder, 'wrangler.json')
}

/** The workerd that runs the Worker: of two in the group, the one that is not the proxy on the port for all. */
async function workerdOf(group: number, port: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,pgid=,args='])
  for (const line of stdout.split('\n')) {
    const [pid, pgid, ...args] = line.trim().split(/\s+/)
    const isWorkerd = args.some((arg) => arg.endsWith('/workerd')) && args.includes('serve')
    if (Number(pgid) === group && isWorkerd && !args.join(' ').includes(`:${port} `)) return Number(pid)
  }
  throw new Error('Cannot kill workerd: it does not run')
}

function modelVars({ url }: OpenAIServer): Record<string, string> {
  return { OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: 'test-key-not-secret' }
}
