import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ROOT } from '../../bench/run/build.ts'
import type { Server } from '../../scripts/serve.mjs'
import { startServer } from '../../scripts/serve.mjs'

/** The kit's own wrangler.toml with a key set: the explorer's files and the Worker's routes, side by side. */
let server: Server
beforeAll(async () => {
  server = await startServer({ vars: { EDGEWISE_API_KEY: 'the-key-of-this-test' } })
})
afterAll(() => server.kill())

it('serves the explorer and what it loads without a key, under a strict policy', async () => {
  const page = await fetch(`${server.url}/docs`)
  const html = await page.text()
  expect({ status: page.status, type: page.headers.get('content-type') }).toEqual({
    status: 200,
    type: 'text/html; charset=utf-8',
  })
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  const loaded = [...html.matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)].map((match) => match[1] ?? '')
  expect(loaded).toHaveLength(2)
  for (const path of [...loaded, ...importsOf('explorer.js')]) {
    const file = await fetch(server.url + path)
    expect({ path, status: file.status }).toEqual({ path, status: 200 })
    expect(file.headers.get('content-security-policy')).toContain("default-src 'none'")
    await file.body?.cancel()
  }
  // Nothing of it comes from elsewhere, or stands in the page itself.
  expect(html).not.toMatch(/https?:|<style|style=|\son\w+=/)
})

it('tells the API without a key, and answers with one', async () => {
  const api = await fetch(`${server.url}/api/openapi.json`)
  const again = await fetch(`${server.url}/api/openapi.json`)
  const document = await api.json()
  // The file, for pages from anywhere: a deployed Worker does not make it.
  expect(document).toEqual(JSON.parse(readFileSync(join(ROOT, 'assets/api/openapi.json'), 'utf8')))
  expect(api.headers.get('content-type')).toBe('application/json')
  expect(api.headers.get('access-control-allow-origin')).toBe('*')
  expect(document).toMatchObject({ openapi: '3.1.0', paths: { '/api/agents/{agentId}/generate': {} } })
  expect(await again.json()).toEqual(document)
  expect((await fetch(`${server.url}/api/agents`)).status).toBe(401)
  const headers = { authorization: 'Bearer the-key-of-this-test' }
  expect((await fetch(`${server.url}/api/agents`, { headers })).status).toBe(200)
})

it("knows what Mastra's client asks for and is not offered, which stands in a file", async () => {
  const headers = { authorization: 'Bearer the-key-of-this-test' }
  for (const round of [1, 2]) {
    const response = await fetch(`${server.url}/api/agents/helper/network`, { method: 'POST', headers })
    const { error } = (await response.json()) as { error: string }
    expect({ round, status: response.status, error }).toEqual({
      round,
      status: 501,
      error: expect.stringContaining('Agent.network'),
    })
  }
  const unknown = await fetch(`${server.url}/api/agents/helper/networks`, { method: 'POST', headers })
  expect(unknown.status).toBe(404)
  await unknown.body?.cancel()
})

it('leaves to the Worker what is no file, and serves no file beyond its folder', async () => {
  const welcome = await fetch(server.url)
  expect(await welcome.json()).toMatchObject({ name: 'edgewise' })
  for (const path of [
    '/docs/nothing.js',
    '/_headers',
    '/assets/docs.html',
    '/wrangler.toml',
    '/..%2fwrangler.toml',
  ]) {
    const response = await fetch(server.url + path)
    expect({ path, status: response.status, body: await response.json() }).toMatchObject({
      path,
      status: 404,
      body: { error: { code: 'not_found' } },
    })
  }
})

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, 'assets', 'docs', file), 'utf8')
  const names = [...text.matchAll(/from '\.\/([\w.-]+)'/g)].map((match) => match[1] ?? '')
  return names.flatMap((name) => [`/docs/${name}`, ...importsOf(name)])
}
