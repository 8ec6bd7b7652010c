import { execFileSync, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createProject } from '../create.mjs'
import { ROOT } from '../project.mjs'
import { CHECKS, checkConfigs, checkInstall, checkPort, checkStart } from './checks.mjs'
import { checkModels } from './models.mjs'
import { checkVariables } from './variables.mjs'

// Some start a server.

/** A project as somebody would have it, with the packages of this checkout. Each test breaks it in one way. */
let root: string
let folder: string
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'edgewise-doctor-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeEach(() => {
  root = join(folder, `p${(count += 1)}`)
  createProject(ROOT, root, 'patient')
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
  copyFileSync(join(ROOT, 'package-lock.json'), join(root, 'package-lock.json'))
})
let count = 0

function write(path: string, text: string): void {
  writeFileSync(join(root, path), text)
}

function edit(path: string, from: string, to: string): void {
  const text = readFileSync(join(root, path), 'utf8')
  expect(text).toContain(from)
  write(path, text.replace(from, to))
}

const says = (problems: { what: string }[]): string[] => problems.map(({ what }) => what)

it('finds nothing in a project that is well', () => {
  write('.dev.vars', "OPENAI_API_KEY='sk-real-1'\n# a remark\n\nexport OTHER=mine\nUSE_LOCAL_LLM=false\n")
  const { status, stdout } = spawnSync(process.execPath, [join(root, 'scripts/doctor.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, PORT: '8941', NODE_OPTIONS: '' },
  })
  expect(stdout).toContain('All is well')
  expect(status).toBe(0)
})

it('knows a Node that is too old', async () => {
  const [check] = CHECKS
  const problems = await check?.run({ root, port: 1, nodeVersion: '18.0.0' })
  expect(says(problems ?? [])).toEqual([expect.stringContaining('needs Node 20')])
})

describe('the install', () => {
  it('may be missing', () => {
    rmSync(join(root, 'node_modules'))
    expect(checkInstall(root)).toMatchObject([
      { what: 'Nothing is installed', mend: expect.stringContaining('npm ci') },
    ])
  })

  it('may lack its lock', () => {
    rmSync(join(root, 'package-lock.json'))
    expect(says(checkInstall(root))).toEqual(['package-lock.json is missing'])
  })

  it('may be of another lock, or without its Node', () => {
    rmSync(join(root, 'node_modules'))
    mkdirSync(join(root, 'node_modules'))
    expect(says(checkInstall(root))).toEqual(['node_modules is not what package-lock.json says'])
  })
})

it('says which port is free when the usual one is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const port = address && typeof address === 'object' ? address.port : 0
  expect(await checkPort(port)).toMatchObject([
    { what: `Port ${port} is taken`, mend: expect.stringMatching(/PORT=\d+ npm start/) },
  ])
  other.close()
})

describe('.dev.vars', () => {
  it.each([
    ['no assignment', 'OPENAI_API_KEY sk-1', '.dev.vars:1 is no NAME=value line'],
    ['an open quote', 'OPENAI_API_KEY="sk-1\nB=2', '.dev.vars:1: the quote of OPENAI_API_KEY is not closed'],
    ['a name twice', 'A=1\nA=2', '.dev.vars:2: A is set twice'],
    ['nothing', 'OPENAI_API_KEY=', '.dev.vars: OPENAI_API_KEY is empty'],
    ['a placeholder', 'OPENAI_API_KEY=your_api_key_here', '.dev.vars: OPENAI_API_KEY holds a placeholder'],
    ['a slip', 'OPENAI_APIKEY=sk-1', '.dev.vars: OPENAI_APIKEY means nothing to the kit'],
    ['a letter too much', 'GOOGLE_AI_API_KEYS=a', '.dev.vars: GOOGLE_AI_API_KEYS means nothing to the kit'],
    [
      'half of Redis',
      'UPSTASH_REDIS_REST_URL=https://x',
      '.dev.vars: UPSTASH_REDIS_REST_URL is set without UPSTASH_REDIS_REST_TOKEN',
    ],
    [
      'a model without its key',
      'OPENAI_MODEL=x',
      '.dev.vars: OPENAI_MODEL is set without OPENAI_API_KEY or OPENAI_BASE_URL',
    ],
    ['a word for a switch', 'USE_LOCAL_LLM=maybe', '.dev.vars: USE_LOCAL_LLM is neither true nor false'],
  ])('with %s is told', (_what, text, problem) => {
    write('.dev.vars', `${text}\n`)
    const problems = checkVariables(root)
    expect(says(problems)).toEqual([problem])
    // What it holds is nobody's business.
    expect(JSON.stringify(problems)).not.toContain('sk-1')
  })

  it('that is a folder is told', () => {
    mkdirSync(join(root, '.dev.vars'))
    expect(says(checkVariables(root))).toEqual(['.dev.vars is no file'])
  })

  it('beside .env, and in git, is told', () => {
    write('.dev.vars', 'A=1\n')
    write('.env', 'B=1\n')
    execFileSync('git', ['init', '-q'], { cwd: root })
    execFileSync('git', ['add', '-f', '.dev.vars'], { cwd: root })
    expect(says(checkVariables(root))).toEqual(['.env is there beside .dev.vars', '.dev.vars is in git'])
  })
})

describe('wrangler.toml', () => {
  it('that cannot be read is told', async () => {
    write('wrangler.toml', 'name = \n')
    expect(says(await checkConfigs(root))).toEqual([expect.stringContaining('wrangler.toml cannot be read')])
  })

  it('that is not there is told', async () => {
    rmSync(join(root, 'wrangler.toml'))
    expect(says(await checkConfigs(root))).toEqual([expect.stringContaining('There is no ')])
  })

  it('is looked at in each of its environments', async () => {
    const text = readFileSync(join(root, 'wrangler.toml'), 'utf8')
    write('wrangler.toml', text.slice(0, text.lastIndexOf('[[env.production.durable_objects')))
    expect(says(await checkConfigs(root))).toEqual([expect.stringMatching(/has no binding.*\(production\)$/)])
  })
})

describe('the app', () => {
  it('that does not compile is told with its place', async () => {
    edit('app/index.ts', 'export default', 'export default )')
    expect(says(await checkStart(root))).toEqual([expect.stringMatching(/app\/index\.ts:\d+:\d+/)])
  })

  it('that throws while it loads is told with its place', async () => {
    edit('app/agents/helper.ts', 'new Agent({', "new Agent({ ...(JSON.parse('{') as object),")
    expect(says(await checkStart(root))).toEqual([expect.stringMatching(/app\/agents\/helper\.ts:\d+:\d+/)])
  })

  it('whose Worker lacks the class of a binding is told', async () => {
    edit('worker/index.ts', 'export const {', 'const {')
    expect(await checkStart(root)).toMatchObject([
      {
        what: expect.stringContaining('not exported'),
        mend: expect.stringContaining('must be one that the Worker exports'),
      },
    ])
  })

  it('without an agent is told', async () => {
    edit('app/index.ts', 'agents: { helper }', '')
    expect(says(await checkStart(root))).toEqual(['The app has no agent'])
  })

  it.each([
    ["'opnai/gpt'", '', 'Cannot use model "opnai/gpt"'],
    ["'openai/gpt-5'", '', 'OPENAI_API_KEY is not set'],
    ["'openai/gpt-5'", 'OPENAI_API_KEY=k', undefined],
  ])('that names the model %s with %j is told %s', async (model, vars, why) => {
    edit('app/agents/helper.ts', "name: 'Helper',", `name: 'Helper', model: ${model},`)
    if (vars) write('.dev.vars', vars)
    const problems = await checkModels(root)
    const expected = {
      what: 'The agent "helper" has a model that cannot be used',
      why: expect.stringContaining(why ?? ''),
    }
    expect(problems).toMatchObject(why === undefined ? [] : [expected])
  })
})
