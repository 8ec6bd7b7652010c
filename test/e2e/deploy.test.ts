import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { ROOT } from '../../bench/run/build.ts'

/** Cloudflare's API, as much of it as says which secrets a Worker has. Whatever else is asked of it is refused. */
async function startCloudflare(secrets: readonly string[] | undefined) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const isList = request.method === 'GET' && request.url?.endsWith('/secrets') === true
    const result = secrets?.map((name) => ({ name, type: 'secret_text' }))
    const errors = [{ code: 10_007, message: 'This Worker does not exist on your account.' }]
    response.writeHead(isList && result ? 200 : 404, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(
        isList && result
          ? { success: true, errors: [], messages: [], result }
          : { success: false, errors, messages: [], result: null },
      ),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address && typeof address === 'object' ? address.port : 0
  close = () => server.close()
  return { url: `http://127.0.0.1:${port}/client/v4`, asked }
}

let close = (): unknown => undefined
afterEach(() => close())

function deploy(args: string[], env: Record<string, string>): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env: { ...process.env, ...env, NODE_OPTIONS: '' } }
    const child = execFile(
      process.execPath,
      [join(ROOT, 'scripts/deploy.mjs'), ...args],
      options,
      (_error, out, err) => {
        resolve({ code: child.exitCode ?? -1, output: out + err })
      },
    )
  })
}

function account(url: string): Record<string, string> {
  return {
    CLOUDFLARE_API_BASE_URL: url,
    CLOUDFLARE_API_TOKEN: 'token-of-this-test',
    CLOUDFLARE_ACCOUNT_ID: 'a1',
  }
}

it.each([['that has no name'], ['staging', '--env', 'staging'], ['production', '--env', 'production']])(
  'a dry run of the environment %s asks nobody',
  async (_name, ...args) => {
    const cloudflare = await startCloudflare([])
    const { code, output } = await deploy(['--dry-run', ...args], account(cloudflare.url))
    expect(output).toContain('Nothing was deployed')
    expect(code).toBe(0)
    expect(cloudflare.asked).toEqual([])
  },
)

it('nothing is deployed while a secret is missing, and the command that sets it is named', async () => {
  const cloudflare = await startCloudflare(['OPENAI_API_KEY', 'UPSTASH_REDIS_REST_URL'])
  const { code, output } = await deploy(['--env', 'production'], account(cloudflare.url))
  expect(output).toContain('npx wrangler secret put EDGEWISE_API_KEY --env production')
  expect(output).toContain('npx wrangler secret put UPSTASH_REDIS_REST_TOKEN --env production')
  expect(code).toBe(1)
  expect(cloudflare.asked).toEqual(['GET /client/v4/accounts/a1/workers/scripts/edgewise-production/secrets'])
})

it('a Worker that was never deployed has no secrets yet', async () => {
  const cloudflare = await startCloudflare(undefined)
  const { code, output } = await deploy([], account(cloudflare.url))
  expect(output).toContain('npx wrangler secret put EDGEWISE_API_KEY\n')
  expect(code).toBe(1)
})

it('with all secrets set it is wrangler that deploys', async () => {
  const cloudflare = await startCloudflare(['OPENAI_API_KEY', 'EDGEWISE_API_KEY'])
  const { code, output } = await deploy(['--env', 'staging'], account(cloudflare.url))
  expect(output).toMatch(/secrets\s+ok/)
  // This account refuses the upload: what it was asked shows that it came so far.
  expect(cloudflare.asked.slice(1).join('\n')).toContain('/workers/')
  expect(code).not.toBe(0)
})
