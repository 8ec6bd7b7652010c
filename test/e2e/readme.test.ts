import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Server } from '../../scripts/serve.mjs'
import { startServer } from '../../scripts/serve.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url).href)
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')

/** Inside the checkout, so that `edgewise` is found by its own name. */
let folder: string
let server: Server

beforeAll(async () => {
  mkdirSync(join(ROOT, '.edgewise'), { recursive: true })
  folder = mkdtempSync(join(ROOT, '.edgewise/readme-'))
  mkdirSync(join(folder, 'app'))
  mkdirSync(join(folder, 'worker'))
  const app = /```ts file=app\/index\.ts\n([\s\S]*?)```/.exec(readme)?.[1]
  writeFileSync(join(folder, 'app/index.ts'), app ?? '')
  const entry = readFileSync(join(ROOT, 'worker/index.ts'), 'utf8')
  writeFileSync(
    join(folder, 'worker/index.ts'),
    entry
      .replace('../durable-objects/', '../../../durable-objects/')
      .replace('./serve.ts', '../../../worker/serve.ts'),
  )
  const config = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8').replaceAll(
    /"\.\/(worker\/shims|assets)/g,
    '"../../$1',
  )
  writeFileSync(join(folder, 'wrangler.toml'), config)
  server = await startServer({ configPath: join(folder, 'wrangler.toml') })
})

afterAll(async () => {
  await server?.stop()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

it('shows an app that type-checks', () => {
  const config = { extends: '../../tsconfig.json', include: ['app', 'worker'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(ROOT, 'node_modules/.bin/tsc')
  expect(() =>
    execFileSync(tsc, ['--noEmit', '-p', folder], { encoding: 'utf8', stdio: 'pipe' }),
  ).not.toThrow()
})

it('shows a question that the app answers', () => {
  const curl = /```sh\n(curl [\s\S]*?)```/.exec(readme)?.[1] ?? ''
  const command = curl.replace('http://127.0.0.1:8787', server.url)
  const answer: unknown = JSON.parse(
    execFileSync('bash', ['-c', `${command.trim()} -s`], { encoding: 'utf8' }),
  )
  expect(answer).toMatchObject({
    toolCalls: [{ payload: { toolName: 'orderStatus', args: { orderNumber: 'A-1043' } } }],
    text: expect.stringContaining('shipped'),
    finishReason: 'stop',
    threadId: 't1',
  })
})

it('names files that exist', () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, path]) => path ?? '')
  expect(links.length).toBeGreaterThan(4)
  // benches and docs are written beside the code: a link that leads nowhere is a lie
  for (const path of links)
    expect(() => execFileSync('ls', [join(ROOT, path)], { stdio: 'pipe' }), path).not.toThrow()
})
