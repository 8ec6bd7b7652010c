import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { Env } from '../env.ts'
import { listUnoffered } from './unoffered.ts'

/** What the platform's binding gives, by the project's files and its `not_found_handling`. */
const serving = (body: string, type: string, status = 200): Pick<Env, 'ASSETS'> => ({
  ASSETS: { fetch: async () => new Response(body, { status, headers: { 'content-type': type } }) },
})

// The binding is all that is read of the environment.
const list = (env: Pick<Env, 'ASSETS'>): ReturnType<typeof listUnoffered> => listUnoffered(env as Env)

it('knows nothing where the file is not, also where a page is served for every path that is not there', async () => {
  expect(await list({})).toEqual([])
  expect(await list(serving('Not found', 'text/plain', 404))).toEqual([])
  expect(await list(serving('<!doctype html>', 'text/html; charset=utf-8'))).toEqual([])
})

it('reads the file', async () => {
  const file = readFileSync('assets/api/unoffered.json', 'utf8')
  expect(await list(serving(file, 'application/json'))).toEqual(JSON.parse(file))
})
