import { expect, it } from 'vitest'
import { exampleOf } from '../../assets/docs/example.js'
import { toCurl, toRequest } from '../../assets/docs/request.js'
import { describeApi } from '../../worker/openapi/document.ts'
import { routes } from '../../worker/routes/table.ts'
import { tell } from '../../worker/words/table.ts'

const filled = { method: 'get', path: '/api/things/{thingId}', key: '' }

it("fills an operation's form into a request", () => {
  const parameters = [
    { in: 'path', name: 'thingId', value: 'a b/c?' },
    { in: 'query', name: 'page', value: '2' },
    { in: 'query', name: 'format', value: '' },
    { in: 'header', name: 'last-event-id', value: '0' },
  ]
  expect(toRequest({ ...filled, parameters, key: 'k' })).toEqual({
    url: '/api/things/a%20b%2Fc%3F?page=2',
    init: { method: 'GET', headers: { 'last-event-id': '0', authorization: 'Bearer k' } },
  })
})

it('says which part of the path is missing', () => {
  const parameters = [{ in: 'path', name: 'thingId', value: '' }]
  expect(() => toRequest({ ...filled, parameters })).toThrow('thingId is missing')
})

it('shows the same as a command for a shell, quoted, without the key itself', () => {
  const request = toRequest({
    method: 'post',
    path: '/x',
    parameters: [],
    body: `{"a":"it's"}`,
    key: 'hidden-key',
  })
  const command = toCurl(request, 'http://localhost:8787')
  expect(command).toBe(
    String.raw`curl -N -X POST -H "authorization: Bearer $EDGEWISE_API_KEY" -H 'content-type: application/json' --data-binary '{"a":"it'\''s"}' 'http://localhost:8787/x'`,
  )
})

it('starts every body of the document with something of its shape', () => {
  const api = JSON.parse(JSON.stringify(describeApi(tell(routes))))
  type Operation = { requestBody?: { content: { 'application/json': { schema: { required?: string[] } } } } }
  const bodies = Object.values<Record<string, Operation>>(api.paths).flatMap((methods) =>
    Object.values(methods).flatMap((operation) => operation.requestBody ?? []),
  )
  expect(bodies.length).toBeGreaterThan(0)
  for (const { content } of bodies) {
    const { schema } = content['application/json']
    const example = exampleOf(schema, api.components.schemas)
    expect(Object.keys(example as object)).toEqual(schema.required ?? [])
  }
})

it.each([
  [{ type: 'array', minItems: 1, items: { type: 'string' } }, ['']],
  [{ type: 'integer', minimum: 3 }, 3],
  [{ anyOf: [{ type: 'boolean' }, { type: 'null' }] }, false],
  [{ $ref: '#/components/schemas/Self' }, null],
  [{ const: 'x' }, 'x'],
  [{ type: 'string', enum: ['b', 'c'] }, 'b'],
  [{}, ''],
])('of %j makes %j', (schema, example) => {
  expect(exampleOf(schema, { Self: { $ref: '#/components/schemas/Self' } })).toEqual(example)
})
