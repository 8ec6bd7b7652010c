import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createProject } from '../create.mjs'
import { ROOT } from '../project.mjs'
import { startServer } from '../serve.mjs'
import { kitFiles } from './files.mjs'

// A new project by the documented way: it is installed, tested, served and deployed (dry), then upgraded.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

let folder: string
let project: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgewise-project-'))
  project = join(folder, 'my-agents')
  expect(run('node', [join(ROOT, 'scripts/create.mjs'), project], folder)).toMatchObject({ status: 0 })
})
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

function run(command: string, args: string[], cwd: string): { status: number | null; output: string } {
  // As from a shell: without what a test runner sets.
  const { NODE_ENV: _, NODE_OPTIONS: __, VITEST: ___, INIT_CWD: ____, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

const npm = (...args: string[]): { status: number | null; output: string } => run('npm', args, project)
const read = (path: string): string => readFileSync(join(project, path), 'utf8')

it('refuses a folder that is not empty, and a name that no Worker can have', () => {
  const create = join(ROOT, 'scripts/create.mjs')
  expect(run('node', [create, project], folder)).toMatchObject({
    status: 1,
    output: expect.stringContaining('not empty'),
  })
  expect(run('node', [create, 'My_Agents'], folder)).toMatchObject({
    status: 1,
    output: expect.stringContaining('My_Agents'),
  })
  expect(run('node', [create], folder)).toMatchObject({ status: 1 })
})

describe('a new project', () => {
  it('installs by its lock and passes its own tests', () => {
    const { status, output } = npm('test')
    expect(output).toContain('Dependencies installed')
    expect(output).toMatch(/\n[1-9]\d* passed, 0 failed/)
    expect(status).toBe(0)
  })

  it('fits its types', () => {
    expect(npm('exec', 'tsc')).toMatchObject({ status: 0 })
  })

  it('starts and answers', async () => {
    const server = await startServer({ configPath: join(project, 'wrangler.toml') })
    try {
      const response = await fetch(`${server.url}/api/agents/helper/generate`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ messages: 'Roll 3 dice', threadId: 't1' }),
      })
      expect(await response.json()).toMatchObject({ text: expect.stringContaining('Rolls') })
      expect((await fetch(`${server.url}/docs`)).status).toBe(200)
    } finally {
      await server.stop()
    }
  })

  it('would deploy, under its own name', () => {
    const { status, output } = npm('run', 'deploy', '--', '--dry-run', '--env', 'production')
    expect(output).toContain('my-agents-production')
    expect(output).toContain('Nothing was deployed')
    // It is measured as what it is: somebody's own app.
    expect(output).toMatch(/The Worker: .* KiB, gzip .* KiB/)
    expect(output).not.toMatch(/The kit:|With the demo/)
    expect(status).toBe(0)
  })
})

describe('npm run new', () => {
  it('writes an agent and a tool that fit their types and are served', async () => {
    expect(npm('run', 'new', 'agent', 'Order status')).toMatchObject({ status: 0 })
    expect(npm('run', 'new', 'tool', 'lookUpOrder')).toMatchObject({ status: 0 })
    expect(read('app/index.ts')).toContain('agents: { helper, orderStatus }')
    expect(read('app/index.ts')).toContain("import { lookUpOrder } from './tools/look-up-order.ts'")
    expect(npm('exec', 'tsc')).toMatchObject({ status: 0 })
    expect(npm('exec', 'oxfmt', '--', '--check', 'app')).toMatchObject({ status: 0 })
    const server = await startServer({ configPath: join(project, 'wrangler.toml') })
    await server.stop()
    expect(server.health.agents).toEqual(['helper', 'order-status'])
  })

  it('overwrites nothing, and takes no name that is none', () => {
    const before = read('app/agents/order-status.ts')
    expect(npm('run', 'new', 'agent', 'order-status')).toMatchObject({
      status: 1,
      output: expect.stringContaining('is there already'),
    })
    expect(read('app/agents/order-status.ts')).toBe(before)
    for (const name of ['../x', 'a/b', '1st', 'class', 'x;y', '', 'é']) {
      expect(npm('run', 'new', 'tool', name)).toMatchObject({ status: 1 })
    }
    expect(npm('run', 'new', 'planet', 'mars')).toMatchObject({ status: 1 })
  })

  it('tells the line to add where the list is not written out', () => {
    const index = read('app/index.ts')
    writeFileSync(join(project, 'app/index.ts'), index.replace(/agents: \{[^}]*\}/, 'agents: all'))
    const { output } = npm('run', 'new', 'agent', 'second')
    expect(output).toContain("import { second } from './agents/second.ts'")
    writeFileSync(join(project, 'app/index.ts'), index)
  })

  it('offers a workflow once the kit has them', () => {
    const isOffered = read('lib/index.ts').includes('createWorkflow')
    const { status, output } = npm('run', 'new', 'workflow', 'refund')
    expect(status).toBe(isOffered ? 0 : 1)
    expect(output).toContain(isOffered ? 'Written: app/workflows/refund.ts' : 'not offered yet')
    if (isOffered) expect(npm('exec', 'tsc')).toMatchObject({ status: 0 })
  })
})

describe('npm run upgrade', () => {
  let newer: string
  beforeAll(() => {
    // The next kit: one file changed, one new, one gone, a package at another version.
    newer = join(folder, 'newer')
    for (const path of [
      ...kitFiles(ROOT),
      'package.json',
      'package-lock.json',
      'wrangler.toml',
      'LICENSE',
      '.npmrc',
    ]) {
      cpSync(join(ROOT, path), join(newer, path))
    }
    const say = (path: string, text: string): void => writeFileSync(join(newer, path), text)
    say('docs/storage.md', '# Storage, newer\n')
    say('docs/new-page.md', '# New\n')
    rmSync(join(newer, 'docs/protocol.md'))
    const config = readFileSync(join(newer, 'wrangler.toml'), 'utf8')
    say(
      'wrangler.toml',
      config
        .replace('class_name = "Store"', 'class_name = "Later"')
        .replace('shims/zod-v4.ts', 'shims/zod-new.ts'),
    )
  })

  it("replaces the kit's files and leaves app/, wrangler.toml and what else is the user's", () => {
    const own = ['app/index.ts', 'app/agents/helper.ts', 'wrangler.toml', 'README.md', 'vitest.config.ts']
    writeFileSync(join(project, 'docs/own-page.md'), '# Mine\n')
    const before = own.map(read)
    const { status, output } = npm('run', 'upgrade', '--', newer)
    expect(status).toBe(0)
    expect(own.map(read)).toEqual(before)
    expect(read('docs/own-page.md')).toBe('# Mine\n')
    expect(read('docs/storage.md')).toBe('# Storage, newer\n')
    expect(read('docs/new-page.md')).toBe('# New\n')
    expect(existsSync(join(project, 'docs/protocol.md'))).toBe(false)
    expect(output).toContain('wrangler.toml lacks the class Later')
    // Its packages are those that the project has.
    expect(output).not.toContain('package-lock.json')
    expect(output).toContain('lacks the alias "zod/v4" = "./worker/shims/zod-new.ts"')
    expect(output.match(/lacks the alias/g)).toHaveLength(1)
  })

  it('tells of a lock that is new', () => {
    const lock = JSON.parse(read('package-lock.json'))
    const old = { ...lock, packages: { ...lock.packages, 'node_modules/gone': { version: '1.0.0' } } }
    writeFileSync(join(project, 'package-lock.json'), JSON.stringify(old))
    expect(npm('run', 'upgrade', '--', newer).output).toContain("package-lock.json is the new kit's")
    expect(JSON.parse(read('package-lock.json'))).toEqual(lock)
    expect(npm('run', 'upgrade', '--', newer).output).not.toContain('package-lock.json')
  })

  it('still passes its tests afterwards', () => {
    expect(npm('test')).toMatchObject({
      status: 0,
      output: expect.stringMatching(/\n[1-9]\d* passed, 0 failed/),
    })
  })

  it('does nothing where a file of the kit was changed here, unless it is forced to, and then keeps it', () => {
    writeFileSync(join(project, 'docs/storage.md'), '# My storage\n')
    writeFileSync(join(newer, 'docs/storage.md'), '# Storage, newest\n')
    writeFileSync(join(newer, 'docs/new-page.md'), '# Newest\n')
    const refused = npm('run', 'upgrade', '--', newer)
    expect(refused).toMatchObject({ status: 1, output: expect.stringContaining('changed   docs/storage.md') })
    expect([read('docs/storage.md'), read('docs/new-page.md')]).toEqual(['# My storage\n', '# New\n'])
    expect(npm('run', 'upgrade', '--', newer, '--force')).toMatchObject({ status: 0 })
    expect(read('docs/storage.md')).toBe('# Storage, newest\n')
    expect(read('.edgewise/replaced/docs/storage.md')).toBe('# My storage\n')
  })

  it("keeps versions and packages that are the user's", () => {
    const mine = JSON.parse(read('package.json'))
    mine.dependencies['left-alone'] = '1.0.0'
    mine.dependencies.zod = '4.6.0'
    mine.scripts.start = 'echo mine'
    writeFileSync(join(project, 'package.json'), JSON.stringify(mine))
    const { output } = npm('run', 'upgrade', '--', newer)
    expect(output).toContain('zod stays at 4.6.0')
    expect(output).toContain('run npm install')
    expect(JSON.parse(read('package.json'))).toMatchObject({
      dependencies: { 'left-alone': '1.0.0', zod: '4.6.0' },
      scripts: { start: 'echo mine' },
    })
  })

  it('says what is no kit, and what is no project', () => {
    expect(npm('run', 'upgrade', '--', folder)).toMatchObject({
      status: 1,
      output: expect.stringContaining('There is no kit'),
    })
    const here = run('node', [join(ROOT, 'scripts/upgrade.mjs'), ROOT, '--into', folder], folder)
    expect(here).toMatchObject({ status: 1, output: expect.stringContaining('has no kit.json') })
  })
})

it('makes a project without a lock from a kit that came as a package', () => {
  const kit = join(folder, 'packed')
  for (const path of kitFiles(ROOT)) cpSync(join(ROOT, path), join(kit, path))
  for (const path of ['package.json', 'wrangler.toml', 'LICENSE', '.npmrc', '.oxfmtrc.json'])
    cpSync(join(ROOT, path), join(kit, path))
  createProject(kit, join(folder, 'from-package'), 'from-package')
  expect(existsSync(join(folder, 'from-package/package-lock.json'))).toBe(false)
  expect(existsSync(join(folder, 'from-package/app/index.ts'))).toBe(true)
})
