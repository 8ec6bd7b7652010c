import type { ChildProcess } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Bundle } from './build.ts'
import { startChild, stopChild, tempFolder } from './children.ts'

/** A Worker that is served: workerd alone, with no proxy before it, so that all its CPU is the Worker's. */
export interface ServedWorker {
  url: string
  pid: number
  /** Where V8's inspector listens; undefined unless it was asked for. */
  inspectorUrl: string | undefined
  /** User and system time of the whole process, every thread, since it started. */
  cpuMs(): number
  rssBytes(): number
  stop(): Promise<void>
}

export interface ServeOptions {
  vars?: Record<string, string>
  isInspected?: boolean
  /** Where objects are kept. Default: a folder of its own. Whoever serves it again finds them as they were. */
  storage?: string
  v8Flags?: readonly string[]
}

export async function serve(bundle: Bundle, options: ServeOptions = {}): Promise<ServedWorker> {
  const folder = tempFolder()
  const { storage = join(folder, 'storage') } = options
  mkdirSync(storage, { recursive: true })
  writeFileSync(join(folder, 'index.js'), bundle.script)
  for (const { name, bytes } of bundle.wasm) writeFileSync(join(folder, name), bytes)
  writeFileSync(join(folder, 'config.capnp'), toConfig(bundle, storage, options))
  const inspector = options.isInspected ? ['--inspector-addr=127.0.0.1:0'] : []
  const args = ['serve', ...inspector, '--control-fd=3', join(folder, 'config.capnp')]
  const child = startChild(workerdPath(), args, { stdio: ['ignore', 'inherit', 'pipe', 'pipe'] })
  child.stderr?.on('data', (lines: Buffer) => complain(lines.toString()))
  const ports = await readPorts(child, options.isInspected ? ['http', 'inspector'] : ['http'])
  const { pid } = child
  if (pid === undefined) throw new Error('Cannot start workerd: it has no process id')
  return {
    url: `http://127.0.0.1:${ports.get('http')}`,
    pid,
    inspectorUrl: ports.has('inspector') ? `http://127.0.0.1:${ports.get('inspector')}` : undefined,
    cpuMs: () => readCpuMs(pid),
    rssBytes: () => readRss(pid),
    stop: () => stopChild(child),
  }
}

/** Passes on what workerd says, less its notes to its own makers. */
function complain(lines: string): void {
  const meant = lines.split('\n').filter((line) => line !== '' && !line.includes('NOSENTRY'))
  if (meant.length > 0) console.error(meant.join('\n'))
}

/** workerd comes with miniflare and is not ours to depend on by name. */
function workerdPath(): string {
  const ofMiniflare = createRequire(createRequire(import.meta.url).resolve('miniflare'))
  const { default: path }: { default: string } = ofMiniflare('workerd')
  return path
}

function toConfig(bundle: Bundle, storage: string, { vars = {}, v8Flags = [] }: ServeOptions): string {
  const text = JSON.stringify
  const bindings = [
    ...Object.entries(vars).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
    ...bundle.objects.map(
      ({ binding, className }) => `(name = ${text(binding)}, durableObjectNamespace = ${text(className)})`,
    ),
  ]
  const modules = [
    '(name = "index.js", esModule = embed "index.js")',
    ...bundle.wasm.map(({ name }) => `(name = ${text(`./${name}`)}, wasm = embed ${text(name)})`),
  ]
  const namespaces = bundle.objects.map(
    ({ className }) => `(className = ${text(className)}, uniqueKey = ${text(className)}, enableSql = true)`,
  )
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  v8Flags = ${list(v8Flags.map((flag) => text(flag)))},
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["public", "private"])),
    (name = "storage", disk = (path = ${text(storage)}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = ${list(modules)},
  compatibilityDate = ${text(bundle.compatibilityDate)},
  compatibilityFlags = ${list(bundle.compatibilityFlags.map((flag) => text(flag)))},
  bindings = ${list(bindings)},
  durableObjectNamespaces = ${list(namespaces)},
  durableObjectStorage = (localDisk = "storage"),
);
`
}

function list(items: readonly string[]): string {
  return `[${items.join(', ')}]`
}

/** workerd tells on its control pipe where each socket listens: one JSON line each. */
async function readPorts(child: ChildProcess, names: readonly string[]): Promise<Map<string, number>> {
  const ports = new Map<string, number>()
  // The fourth of the pipes that it was started with.
  const control = child.stdio[3] as Readable
  let rest = ''
  for await (const chunk of control) {
    const lines = (rest + String(chunk)).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const { event, socket, port }: { event: string; socket?: string; port: number } = JSON.parse(line)
      ports.set(event === 'listen-inspector' ? 'inspector' : (socket ?? ''), port)
    }
    if (names.every((name) => ports.has(name))) return ports
  }
  throw new Error('Cannot start workerd: it ended at once')
}

/** The scheduler's own count, in nanoseconds: the ticks of /proc/PID/stat are too coarse for short windows. */
function readCpuMs(pid: number): number {
  let nanoseconds = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
  }
  return nanoseconds / 1e6
}

function readRss(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) * 1024
}
