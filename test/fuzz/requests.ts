import type { JsonObject } from '../../lib/protocol/json.ts'
import { placeOfRun } from '../../lib/protocol/run-id.ts'
import type { Seen, ValueSource } from './values.ts'
import { THREADS, anyValue, nastyText, valueOf, waitingFor } from './values.ts'
import type { Random } from './random.ts'

/** An operation of the API document. */
export interface Operation {
  operationId: string
  method: string
  path: string
  parameters: readonly { in: string; name: string; required?: boolean; schema: JsonObject }[]
  body: JsonObject | undefined
}

export interface FuzzRequest {
  operationId: string
  method: string
  /** As it is put on the wire. */
  path: string
  headers: Record<string, string>
  body: Uint8Array<ArrayBuffer> | undefined
}

const JSON_TYPES = [
  'text/plain',
  'application/json; charset=utf-16',
  'application/vnd.x+json',
  'multipart/form-data; boundary=x',
  '',
  'application/json;',
  'a/b/c',
]
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

/** A request for an operation: nearly right in most cases, in some right, in some not of this world. */
export function makeRequest(operation: Operation, source: ValueSource, key: string): FuzzRequest {
  const { random } = source
  const spoil = random.pick([0, 0, 3, 15])
  const headers: Record<string, string> = { authorization: `Bearer ${key}` }
  if (spoil > 0) spoilHeaders(headers, source)
  for (const { in: place, name } of operation.parameters) {
    if (place === 'header' && random.percent(30)) headers[name] = headerValue(name, source)
  }
  const body = operation.body && bodyOf(operation.body, source, spoil)
  if (body && !(spoil > 0 && random.percent(10))) headers['content-type'] = 'application/json'
  if (body && spoil > 0 && random.percent(4)) headers['content-type'] = random.pick(JSON_TYPES)
  return {
    operationId: operation.operationId,
    method: spoil > 0 && random.percent(3) ? random.pick(METHODS) : operation.method.toUpperCase(),
    path: pathOf(operation, source, spoil) + queryOf(operation, source, spoil),
    headers,
    body,
  }
}

function pathOf(operation: Operation, source: ValueSource, spoil: number): string {
  const { random } = source
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => {
    if (random.percent(spoil)) return trick(nastyText(source), random)
    return encode(idFor(name, source, operation))
  })
  if (!random.percent(spoil / 3)) return path
  return random.pick([
    `${path}/`,
    `/${path}`,
    path.replace('/api', '/api/./x/..'),
    `${path};a=b`,
    path.toUpperCase(),
    `${path}%00`,
    `${path}/..%2f..`,
    path.replace(/\w/, '%ff'),
  ])
}

const IDS = new Set(['agentId', 'workflowId', 'threadId', 'runId', 'scheduleId', 'category', 'key'])

function idFor(name: string, { random, seen }: ValueSource, { path }: Operation): string {
  if (name === 'runId' && (path.startsWith('/api/workflows') || path.startsWith('/api/runs/{runId}/')))
    return random.pick(seen.get('flowRunId')?.slice(-6) ?? ['x'])
  if (name === 'agentId') return random.pick(['adder', 'asker', 'plain', 'asker'])
  if (name === 'toolId') return random.pick(['add', 'wire'])
  if (name === 'workflowId') return 'flow'
  // Schedules get their ids as threads do.
  if (name === 'threadId' || name === 'scheduleId') return `t${random.below(THREADS)}`
  if (name === 'category' || name === 'key') return random.pick(['default', 'theme'])
  return random.pick(seen.get(name) ?? ['x'])
}

/** Escapes in ways that a router may take for something else. */
function trick(text: string, random: Random): string {
  const escaped = encode(text)
  return random.pick([
    escaped,
    escaped.replaceAll('%', '%25'),
    escaped.toLowerCase(),
    escaped.replaceAll('.', '%2e'),
    `${escaped}%`,
    '%c0%ae%c0%ae',
    '%ed%a0%80',
  ])
}

/** As `encodeURIComponent`, and with a replacement for what is no Unicode. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

function queryOf(operation: Operation, source: ValueSource, spoil: number): string {
  const { random, seen } = source
  const query: string[] = []
  for (const { in: place, name, schema, required = false } of operation.parameters) {
    if (place !== 'query' || random.percent(required ? spoil : 70)) continue
    const known =
      name === 'after'
        ? random.pick(seen.get('offset') ?? ['0'])
        : IDS.has(name) && !random.percent(spoil)
          ? idFor(name, source, operation)
          : valueOf(schema, source, name, spoil)
    query.push(`${name}=${encode(typeof known === 'string' ? known : JSON.stringify(known ?? ''))}`)
    if (random.percent(spoil)) query.push(`${name}=${encode(nastyText(source))}`)
  }
  if (random.percent(spoil)) query.push(`${encode(nastyText(source))}=${trick(nastyText(source), random)}`)
  return query.length > 0 ? `?${query.join('&')}` : ''
}

function headerValue(name: string, source: ValueSource): string {
  const { random, seen } = source
  if (name === 'last-event-id')
    return latin(random.pick([...(seen.get('offset') ?? []), '0', nastyText(source)]))
  return random.percent(80) ? `k${random.below(20)}` : latin(nastyText(source))
}

function spoilHeaders(headers: Record<string, string>, source: ValueSource): void {
  const { random } = source
  if (random.percent(4)) headers['authorization'] = latin(`Bearer ${nastyText(source)}`)
  if (random.percent(4))
    headers['origin'] = random.pick(['null', 'https://evil.example', 'http://localhost', 'javascript:x', '*'])
  if (random.percent(4)) headers['content-encoding'] = random.pick(['gzip', 'br', 'x'])
  if (random.percent(4)) headers['x-forwarded-host'] = latin(nastyText(source))
  if (random.percent(4)) headers['range'] = 'bytes=0-1,5-'
  if (random.percent(4)) headers['x-long'] = 'x'.repeat(4000)
  if (random.percent(4)) headers['access-control-request-headers'] = latin(nastyText(source))
}

/** What a header can hold: the rest is for raw sockets. */
function latin(text: string): string {
  return text.replaceAll(/[^\t\u0020-\u007E\u0080-\u00FF]/g, '').trim()
}

function bodyOf(schema: JsonObject, source: ValueSource, spoil: number): Uint8Array<ArrayBuffer> {
  const { random } = source
  const text = JSON.stringify(valueOf(schema, source, 'body', spoil / 4) ?? null)
  if (!random.percent(spoil)) return bytes(text)
  return random.pick<() => Uint8Array<ArrayBuffer>>([
    () => bytes(''),
    () => bytes(text.slice(0, random.below(text.length + 1))),
    () =>
      bytes(
        text.replace('{', '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},'),
      ),
    () => bytes(text.replace(/:("[^"]*"|\d+)/, ':1e400')),
    () => bytes(text.replace('{', `{"messages":${'['.repeat(5000)}${']'.repeat(5000)},`)),
    () => bytes(`${'{"a":'.repeat(100)}1${'}'.repeat(100)}`),
    () => bytes(JSON.stringify(anyValue(source))),
    () => bytes(text.replace(/"(\w+)"/, '"\\ud800$1"')),
    () => bytes(`\uFEFF${text}`),
    () => bytes(text.replace('{', `{${Array.from({ length: 2000 }, (_, i) => `"k${i}":${i}`).join(',')},`)),
    () => Uint8Array.from([...bytes(text), 0xff, 0xc0, 0x80]),
    () => Uint8Array.from({ length: 200 }, () => random.below(256)),
  ])()
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new TextEncoder().encode(text))
}

/** Remembers the ids of an answer. */
export function learn(text: string, seen: Seen): void {
  for (const [, name = '', id = ''] of text.matchAll(/"(runId|toolCallId|messageId)":"([^"\\]{1,300})"/g)) {
    keep(seen, name === 'runId' && isOfFlow(id) ? 'flowRunId' : name, id)
  }
  for (const [, id = ''] of text.matchAll(/"id":"(msg_[^"\\]+)"/g)) keep(seen, 'messageId', id)
  for (const [, id = ''] of text.matchAll(/^id: (\S+)$/gm)) keep(seen, 'offset', id)
  // An answer of an agent; workflows say it in another way.
  const found = /"suspended":\[\{"toolCallId"/.test(text) ? readSuspended(text) : undefined
  for (const { toolCallId, wait } of found?.suspended ?? []) {
    keep(seen, waitingFor(wait.for), JSON.stringify({ runId: found?.runId, toolCallId }))
  }
}

/** The id of a workflow's run names its object. */
function isOfFlow(runId: string): boolean {
  return placeOfRun(runId)?.address.includes('/flow/') ?? false
}

function readSuspended(text: string): Suspended | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

interface Suspended {
  runId?: string
  suspended?: { toolCallId: string; wait: { for: string } }[]
}

function keep(seen: Seen, name: string, id: string): void {
  const ids = seen.get(name) ?? []
  if (ids.includes(id)) return
  // The newest are the ones that still mean something.
  seen.set(name, [...ids.slice(-40), id])
}
