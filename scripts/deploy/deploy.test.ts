import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ROOT } from '../project.mjs'
import { checkConfig, readConfig } from './config.mjs'
import { checkMigrations, deployedMigrations, deployTag } from './migrations.mjs'
import { missingSecrets, putCommand } from './secrets.mjs'

const KIT = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgewise-deploy-'))
  for (const name of ['worker', 'assets']) symlinkSync(join(ROOT, name), join(folder, name))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(text: string): string {
  const path = join(folder, 'wrangler.toml')
  writeFileSync(path, text)
  return path
}

async function problemsOf(text: string, env?: string): Promise<string[]> {
  return checkConfig(await readConfig(write(text), env), folder).map(({ what }) => what)
}

describe("the kit's wrangler.toml", () => {
  it.each([undefined, 'staging', 'production'])('holds together in the environment %s', async (env) => {
    expect(await problemsOf(KIT, env)).toEqual([])
  })

  it('gives each environment a Worker of its own', async () => {
    const path = write(KIT)
    const names = await Promise.all([undefined, 'staging', 'production'].map((env) => readConfig(path, env)))
    expect(names.map(({ name }) => name)).toEqual(['edgewise', 'edgewise-staging', 'edgewise-production'])
  })
})

describe('a wrangler.toml', () => {
  it.each([
    [
      'no flag',
      KIT.replace('"enable_request_signal"', ''),
      'compatibility_flags lacks "enable_request_signal"',
    ],
    ['no alias', KIT.replace('"zod/v4" =', '"zod/v5" ='), '[alias] lacks "zod/v4"'],
    ['another entry', KIT.replace('worker/index.ts', 'worker/main.ts'), 'main is'],
    ['no such assets', KIT.replace('"./assets"', '"./public"'), 'assets.directory is'],
    [
      'a class that nobody makes',
      KIT.replace('class_name = "Store"', 'class_name = "Shop"'),
      'bound to the class "Shop"',
    ],
  ])('with %s is told so', async (_what, text, says) => {
    expect(await problemsOf(text)).toContainEqual(expect.stringContaining(says))
  })

  it('whose environment lacks a binding is told so', async () => {
    const text = KIT.slice(0, KIT.lastIndexOf('[[env.production.durable_objects'))
    expect(await problemsOf(text, 'production')).toEqual([
      'wrangler.toml: the class "Store" has no binding in this environment',
    ])
  })

  it('that cannot be read says where, and one without the environment says which there are', async () => {
    await expect(readConfig(write('name = \n'))).rejects.toThrow('wrangler.toml cannot be read: ')
    await expect(readConfig(join(folder, 'no.toml'))).rejects.toThrow('There is no ')
    await expect(readConfig(write(KIT), 'prod')).rejects.toThrow(
      'There is no environment "prod" in wrangler.toml (have: staging, production)',
    )
  })
})

function check(before: object[], now: object[]): string[] {
  return checkMigrations({ from: 'HEAD', migrations: before }, now).map(({ what }) => what)
}

describe('migrations', () => {
  const v1 = { tag: 'v1', new_sqlite_classes: ['Thread', 'Store'] }
  const v2 = { tag: 'v2', new_sqlite_classes: ['Run'] }

  it('may be appended', () => {
    expect(check([v1], [v1, v2])).toEqual([])
  })

  it.each([
    ['removed', [v1, v2], [v1], 'the migration "v2" is not what it was at HEAD'],
    ['changed', [v1], [{ ...v1, new_sqlite_classes: ['Thread'] }, v2], 'the migration "v1" is not'],
    ['put before one that was deployed', [v1], [v2, v1], 'the migration "v1" is not'],
    ['given a tag that is taken', [v1], [v1, { ...v2, tag: 'v1' }], 'two migrations have the tag "v1"'],
  ])('may not be %s', (_what, before, now, says) => {
    expect(check(before, now)).toEqual([expect.stringContaining(says)])
  })

  it('are compared with the last deployment from here, else with the last commit', async () => {
    const git = (...args: string[]): void => {
      const who = ['-c', 'user.name=t', '-c', 'user.email=t@localhost', '-c', 'commit.gpgsign=false']
      execFileSync('git', [...who, ...args], { cwd: folder, stdio: 'ignore' })
    }
    expect(await deployedMigrations(folder, undefined)).toBeUndefined()
    git('init')
    write(KIT)
    git('add', '.')
    git('commit', '-m', 'one')
    git('tag', deployTag('production'))
    write(KIT.replace('new_sqlite_classes = ["Thread", "Store"]', 'new_sqlite_classes = ["Thread"]'))
    git('commit', '-am', 'two')
    const tagged = await deployedMigrations(folder, 'production')
    const committed = await deployedMigrations(folder, 'staging')
    expect([tagged?.from, committed?.from]).toEqual(['deployed/production', 'HEAD'])
    expect(tagged?.migrations[0]).toMatchObject({ new_sqlite_classes: ['Thread', 'Store'] })
    expect(committed?.migrations[0]).toMatchObject({ new_sqlite_classes: ['Thread'] })
  })
})

function names(have: string[]): string[] {
  return missingSecrets(have).map(({ name }) => name)
}

describe('secrets', () => {
  it('are a key for callers, and one for a model', () => {
    expect(names([])).toEqual(['EDGEWISE_API_KEY', 'OPENAI_API_KEY'])
    expect(names(['EDGEWISE_API_KEY', 'GOOGLE_AI_API_KEY'])).toEqual([])
    expect(missingSecrets(['EDGEWISE_API_KEY'])).toMatchObject([{ name: 'OPENAI_API_KEY', isNeeded: false }])
  })

  it('come in pairs', () => {
    const have = ['EDGEWISE_API_KEY', 'OPENAI_API_KEY']
    expect(names([...have, 'UPSTASH_REDIS_REST_URL'])).toEqual(['UPSTASH_REDIS_REST_TOKEN'])
    expect(names([...have, 'UPSTASH_VECTOR_REST_TOKEN'])).toEqual(['UPSTASH_VECTOR_REST_URL'])
  })

  it('are set by a command that names the environment', () => {
    expect(putCommand('A', 'staging')).toBe('npx wrangler secret put A --env staging')
    expect(putCommand('A', undefined)).toBe('npx wrangler secret put A')
  })
})
