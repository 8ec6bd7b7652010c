import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { recordTelemetry } from '../test/fixtures/recording-tracer.ts'
import { envOf } from '../test/fixtures/worker-env.ts'
import { runtimeOf } from '../lib/runtime/create.ts'
import { Edgewise } from '../lib/runtime/edgewise.ts'
import { openSpan } from '../lib/telemetry/span.ts'
import type { RequestContext } from './context.ts'
import { route } from './route.ts'

function contextOf(request: Request): RequestContext {
  const env = envOf()
  return {
    request,
    url: new URL(request.url),
    env,
    runtime: runtimeOf(new Edgewise(), env),
    requestId: 'req',
    principal: { id: 'local' },
    span: openSpan(recordTelemetry().telemetry, 'request', {}),
  }
}

function post(body: string, path = '/'): RequestContext {
  const headers = { 'content-type': 'application/json' }
  return contextOf(new Request(`http://localhost${path}`, { method: 'POST', body, headers }))
}

const base = { method: 'POST', path: '/things/:id', id: 'make', summary: 'Makes', policy: 'caller' } as const
const checked = route({
  ...base,
  params: z.object({ id: z.string().max(3, 'is too long') }),
  query: z.object({ page: z.coerce.number<string>('must be a number').default(0) }),
  body: z.object({ list: z.array(z.object({ n: z.number('must be a number') })) }),
  handler: ({ params, query, body, rawBody }) => {
    expectTypeOf(params).toEqualTypeOf<{ id: string }>()
    expectTypeOf(query).toEqualTypeOf<{ page: number }>()
    expectTypeOf(body).toEqualTypeOf<{ list: { n: number }[] }>()
    return Response.json({ params, query, body, rawBody })
  },
})

describe('a route', () => {
  it('calls its handler with the parts of the request that it declares, checked', async () => {
    const response = await checked.run(post('{"list": [{"n": 1}], "more": 2}', '/?page=3&other=4'), {
      id: 'x',
    })
    expect(await response.json()).toEqual({
      params: { id: 'x' },
      query: { page: 3 },
      body: { list: [{ n: 1 }] },
      rawBody: '{"list": [{"n": 1}], "more": 2}',
    })
  })

  it.each([
    ['{"list":[]}', '/', 'long', 'Invalid path: id: is too long', 'id'],
    ['{"list":[]}', '/?page=x', 'x', 'Invalid query: page: must be a number', 'page'],
    ['{"list":[{"n":"1"}]}', '/', 'x', 'Invalid body: list[0].n: must be a number', 'list[0].n'],
  ])('refuses %s at %s with id %s, and names the field', async (body, path, id, message, field) => {
    await expect(checked.run(post(body, path), { id })).rejects.toMatchObject({
      code: 'invalid_request',
      message,
      issues: [{ field, message: expect.any(String) }],
    })
  })

  it('refuses what is wrong as a whole', async () => {
    await expect(checked.run(post('[]'), { id: 'x' })).rejects.toMatchObject({
      message: expect.stringMatching(/^Invalid body: /),
      issues: [{ field: '' }],
    })
    await expect(checked.run(post('{'), { id: 'x' })).rejects.toMatchObject({
      message: 'The body is not JSON',
    })
  })

  it('reads no body that it does not declare', async () => {
    const bare = route({ ...base, handler: ({ body, rawBody }) => Response.json([body ?? null, rawBody]) })
    const context = post('{')
    expect(await (await bare.run(context, {})).json()).toEqual([null, ''])
    expect(context.request.bodyUsed).toBe(false)
  })
})
