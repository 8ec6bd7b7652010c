import { createConfig, lintFromString } from '@redocly/openapi-core'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { ERROR_STATUS } from '../../lib/protocol/error.ts'
import type { Route } from '../route.ts'
import { route } from '../route.ts'
import { routes as table } from '../routes/table.ts'
import { tell, words } from '../words/table.ts'
import { describeApi } from './document.ts'

const routes = tell(table)
const done = (): Response => new Response()
const own = { method: 'GET', path: '/api/things/:thingId', id: 'getThing', summary: 'A thing' } as const

function operationOf(made: Route): unknown {
  const { paths } = describeApi([made])
  return Object.values(Object.values(paths as Record<string, object>)[0] ?? {})[0]
}

describe('the API document', () => {
  it("is clean by redocly's recommended rules", async () => {
    // What is public and takes nothing cannot be asked in a wrong way.
    const rules = { 'operation-4xx-response': 'off' } as const
    const config = await createConfig({ extends: ['recommended'], rules })
    const found = await lintFromString({ source: JSON.stringify(describeApi(routes)), config })
    expect(found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([])
  })

  it('names every route of the table, each operation by a name of its own', () => {
    const { paths } = describeApi(routes)
    const operations = Object.values(paths as Record<string, Record<string, { operationId: string }>>)
    const names = operations.flatMap((methods) => Object.values(methods).map((each) => each.operationId))
    expect(new Set(names)).toEqual(new Set(Object.keys(words)))
    expect(new Set(names)).toEqual(new Set(routes.map(({ id }) => id)))
    expect(names).toHaveLength(routes.length)
  })

  it('is the file that a deployed Worker serves (npm test -- worker/openapi -u writes it anew)', async () => {
    // A line a path, so that changes of two people meet only where they should.
    const text = `${JSON.stringify(describeApi(routes)).replaceAll(/,(?="\/)/g, ',\n')}\n`
    await expect(text).toMatchFileSnapshot('../../assets/api/openapi.json')
  })

  it('holds no reference that leads nowhere', () => {
    const document = describeApi(routes)
    const { schemas } = document['components'] as { schemas: object }
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map((match) => match[1])
    const known = Object.keys(schemas).map((name) => `#/components/schemas/${name}`)
    expect(known).toEqual(expect.arrayContaining([...new Set(references)]))
    expect(references.length).toBeGreaterThan(0)
  })
})

describe('a route in the document', () => {
  it('says what it takes, what it answers and how it fails', () => {
    const made = route({
      ...own,
      method: 'POST',
      policy: 'caller',
      description: 'Gives a thing.',
      params: z.object({ thingId: z.string().min(1) }),
      query: z.object({ page: z.coerce.number<string>().int().default(0) }),
      headers: { 'x-wish': 'What for' },
      body: z.object({ name: z.string().optional() }),
      answers: [{ status: 201, description: 'Made', json: z.looseObject({ id: z.string() }) }],
      errors: ['thread_busy', 'already_answered'],
      handler: done,
    })
    expect(operationOf(made)).toMatchObject({
      operationId: 'getThing',
      description: 'Gives a thing.',
      tags: ['things'],
      security: [{ bearer: [] }, { key: [] }],
      parameters: [
        { in: 'path', name: 'thingId', required: true, schema: { type: 'string', minLength: 1 } },
        { in: 'query', name: 'page', required: false, schema: { type: 'integer', default: 0 } },
        { in: 'header', name: 'x-wish', description: 'What for' },
      ],
      requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
      responses: {
        201: {
          description: 'Made',
          content: { 'application/json': { schema: { properties: { id: { type: 'string' } } } } },
        },
        400: { description: 'invalid_request' },
        401: { description: 'unauthorized' },
        409: { description: 'already_answered, thread_busy' },
        413: { description: 'payload_too_large' },
        415: { description: 'unsupported_media_type' },
        500: { description: 'internal' },
      },
    })
  })

  it('needs no key where it is public', () => {
    expect(operationOf(route({ ...own, policy: 'public', handler: done }))).toMatchObject({ security: [] })
  })

  it('may answer with a stream, whose events have a shape', () => {
    const answers = [
      { description: 'Events', events: z.looseObject({ type: z.string() }) },
      { status: 204, description: 'Nothing' },
    ]
    expect(operationOf(route({ ...own, policy: 'caller', answers, handler: done }))).toMatchObject({
      responses: {
        200: {
          content: {
            'text/event-stream': {
              schema: { type: 'string' },
              'x-event-schema': { properties: { type: { type: 'string' } } },
            },
          },
        },
        204: { description: 'Nothing' },
      },
    })
  })

  it('names a recursive shape once, in one document', () => {
    const body = z.object({ a: z.json(), b: z.record(z.string(), z.json()) })
    const table = ['x', 'y'].map((id) =>
      route({ ...own, id, path: `/${id}`, policy: 'public', body, handler: done }),
    )
    const { components } = describeApi(table)
    expect(Object.keys((components as { schemas: object }).schemas).toSorted()).toEqual(['Error', 'Part1'])
  })
})

it('has a status for every error code that a route names', () => {
  for (const { errors = [] } of routes) {
    for (const code of errors) expect(ERROR_STATUS).toHaveProperty(code)
  }
})
