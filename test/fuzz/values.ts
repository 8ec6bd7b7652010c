import type { JsonObject, JsonValue } from '../../lib/protocol/json.ts'
import { isRecord } from '../../lib/protocol/json.ts'
import type { Random } from './random.ts'

/** Ids that were seen in answers, by the name of their field: what a request must hold to get past the door. */
export type Seen = Map<string, string[]>

/** So few that requests meet on them. */
export const THREADS = 12

/** Among what was seen: calls that wait for `approval` or `resume`, as JSON of `{ runId, toolCallId }`. */
export function waitingFor(what: string): string {
  return `waiting for ${what}`
}

const TEXTS = [
  '',
  ' ',
  '0',
  '-',
  '.',
  '..',
  '../..',
  '/',
  '//',
  '\\',
  '%',
  '%00',
  '%2e%2e%2f',
  '\0',
  '\n',
  '\r\nx-injected: yes',
  '\u202e',
  '\ud800',
  '\udfff',
  '😀',
  'é',
  'null',
  'undefined',
  'NaN',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  "' OR 1=1 --",
  '"; DROP TABLE rows; --',
  '{}',
  '[]',
  '$ref',
  '${7*7}',
  '<script>alert(1)</script>',
  'run',
  '-/t1',
  'default/t1',
  'x'.repeat(255),
  'x'.repeat(257),
  'ü'.repeat(4000),
  'data: [DONE]\n\n',
  '\u2028',
  'true',
  '1e999',
  'id',
]

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.5,
  2,
  100,
  101,
  1000,
  1001,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  1e21,
  5e-324,
  1.7e308,
]

/** Words that lead the offline model to the tools of the fuzzer's app. */
const ASKS = [
  'hello',
  'add 5',
  'explode now',
  'wire 500',
  'book a room',
  'locate me',
  'wire 5 and book a room and locate me',
  'add 1 and add 2',
]

export interface ValueSource {
  random: Random
  seen: Seen
  /** The document's named schemas. */
  schemas: JsonObject
}

export function nastyText({ random }: ValueSource): string {
  return random.percent(80) ? random.pick(TEXTS) : random.pick(TEXTS) + random.pick(TEXTS)
}

/** A value of no schema at all. */
export function anyValue(source: ValueSource, depth = 0): JsonValue {
  const { random } = source
  const kind = random.below(depth > 4 ? 5 : 7)
  if (kind === 0) return null
  if (kind === 1) return random.percent(50)
  if (kind === 2) return random.pick(NUMBERS)
  if (kind <= 4) return nastyText(source)
  const items = Array.from({ length: random.below(4) }, () => anyValue(source, depth + 1))
  return kind === 5 ? items : Object.fromEntries(items.map((item) => [nastyText(source), item]))
}

/** A value that the schema lets through, mostly: each part of it may be spoiled with a small chance. */
export function valueOf(
  schema: JsonObject,
  source: ValueSource,
  name = '',
  spoil = 5,
): JsonValue | undefined {
  const { random } = source
  if (random.percent(spoil)) return random.percent(20) ? undefined : anyValue(source)
  const known = knownValue(name, schema, source)
  if (known !== undefined) return known
  const reference = schema['$ref']
  if (typeof reference === 'string') {
    const target = source.schemas[reference.split('/').at(-1) ?? '']
    return isRecord(target) ? anyValue(source, 2) : null
  }
  if (schema['const'] !== undefined) return schema['const']
  const choices = schema['enum'] ?? undefined
  if (Array.isArray(choices) && choices.length > 0) return random.pick(choices)
  const options = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(options) && options.length > 0) {
    return valueOf(asSchema(random.pick(options)), source, name, spoil)
  }
  return valueOfType(schema, source, spoil)
}

function valueOfType(schema: JsonObject, source: ValueSource, spoil: number): JsonValue {
  const { random } = source
  const [least, most] = [numberOf(schema['minimum'], 0), numberOf(schema['maximum'], 1000)]
  switch (schema['type']) {
    case 'string': {
      return random.percent(60) ? random.pick(ASKS) : nastyText(source)
    }
    case 'integer': {
      return least + random.below(Math.min(20, most - least + 1))
    }
    case 'number': {
      return random.pick(NUMBERS)
    }
    case 'boolean': {
      return random.percent(50)
    }
    case 'null': {
      return null
    }
    case 'array': {
      const items = asSchema(schema['items'])
      return Array.from({ length: random.below(4) }, () => valueOf(items, source, '', spoil) ?? null)
    }
    case 'object': {
      return objectOf(schema, source, spoil)
    }
    default: {
      return anyValue(source)
    }
  }
}

function objectOf(schema: JsonObject, source: ValueSource, spoil: number): JsonObject {
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  const made: JsonObject = {}
  const fields = asSchema(schema['properties'])
  // A call is answered once: mostly it is one that nobody answered yet.
  const waiting =
    fields['runId'] &&
    source.random.percent(70) &&
    source.seen.get(waitingFor('resumeData' in fields ? 'resume' : 'approval'))?.pop()
  if (waiting) Object.assign(made, JSON.parse(waiting))
  for (const [name, field] of Object.entries(fields)) {
    if (name in made) continue
    if (!required.includes(name) && source.random.percent(50)) continue
    const value = valueOf(asSchema(field), source, name, spoil)
    if (value !== undefined) made[name] = value
  }
  if (isRecord(schema['additionalProperties']) && source.random.percent(40)) {
    made[nastyText(source)] = valueOf(asSchema(schema['additionalProperties']), source, '', spoil) ?? null
  }
  if ('cron' in fields && source.random.percent(85)) beOfOneKind(made, 'workflowId' in fields, source.random)
  return made
}

const OF_AGENTS = ['agentId', 'prompt', 'name', 'threadId', 'ifActive', 'ifIdle']
const OF_WORKFLOWS = ['workflowId', 'inputData', 'initialState']
const OF_SIGNALS = ['signalType', 'tagName', 'attributes', 'providerOptions']

/** A schedule is of a workflow or of an agent: what the other has is refused, and so is what is not offered. */
function beOfOneKind(made: JsonObject, isNew: boolean, random: Random): void {
  const isAgents = random.percent(50)
  for (const field of [...(isAgents ? OF_WORKFLOWS : OF_AGENTS), ...OF_SIGNALS]) delete made[field]
  if (isAgents && random.percent(70)) for (const field of ['ifActive', 'ifIdle']) delete made[field]
  if (isNew)
    Object.assign(
      made,
      isAgents ? { prompt: 'hello', agentId: 'adder' } : { workflowId: 'flow', inputData: { amount: 1 } },
    )
}

/** What fields that only take some texts mostly have. */
const USUAL: Readonly<Record<string, readonly JsonValue[]>> = {
  category: ['default', 'theme', 'a/b'],
  key: ['default', 'theme', 'a/b'],
  requestContext: ['e30=', 'eyJwbGFuIjoicGFpZCJ9'],
  olderThan: [0, 1e12, '2026-01-01'],
  cron: ['0 3 1 1 *', '@yearly'],
  timezone: ['UTC', 'Europe/Zurich'],
  workflowId: ['flow'],
}

/** What the schema leaves open and the Worker reads further, and ids that mean something. */
function knownValue(name: string, schema: JsonObject, source: ValueSource): JsonValue | undefined {
  const { random, seen } = source
  if (name === 'messages') return messagesOf(source, schema)
  if (name === 'schema')
    return { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
  if (name === 'event') return random.percent(80) ? 'room' : nastyText(source)
  if (name === 'inputData' || name === 'data') return { amount: random.below(3) }
  if (name === 'messageIds') return [random.pick(seen.get('messageId') ?? ['m1'])]
  // Else the stream waits with its run, for as long as nobody answers.
  if (name === 'closeOnSuspend') return true
  if (name === 'step' && random.percent(70)) return 'ask'
  if (name === 'resumeData' && random.percent(70)) return { room: 'blue' }
  if (name === 'threadId' || name === 'id')
    return random.percent(90) ? `t${random.below(THREADS)}` : undefined
  const usual = USUAL[name]
  if (usual) return random.percent(90) ? random.pick(usual) : nastyText(source)
  if (name === 'resourceId') return random.pick(['default', 'alice', 'bob'])
  const ids = seen.get(name)
  return ids && ids.length > 0 && random.percent(90) ? random.pick(ids) : undefined
}

function messagesOf(source: ValueSource, schema: JsonObject): JsonValue {
  const isUi = schema['type'] === 'array'
  const { random, seen } = source
  const text = random.percent(80) ? random.pick(ASKS) : nastyText(source)
  if (!isUi && random.percent(30)) return text
  const id = random.percent(30) ? random.pick(seen.get('messageId') ?? ['m1']) : `m${random.below(1e9)}`
  const role = random.percent(85) ? 'user' : random.pick(['assistant', 'system', 'god'])
  const part = random.percent(80) ? { type: 'text', text } : partOf(source)
  const isSaved = 'threadId' in asSchema(asSchema(schema['items'])['properties'])
  const saved = { id, role, content: text, threadId: `t${random.below(THREADS)}` }
  const spoken = isUi || random.percent(70) ? { id, role, parts: [part] } : { role, content: text }
  const message = isSaved ? saved : spoken
  return random.percent(90) ? [message] : [anyValue(source), message]
}

/** Parts beside text: files, and what a client answers to its own tools. */
function partOf(source: ValueSource): JsonObject {
  const { random, seen } = source
  const toolCallId = random.pick(seen.get('toolCallId') ?? ['c1'])
  return random.pick<JsonObject>([
    { type: 'file', mediaType: 'text/plain', url: 'data:text/plain;base64,aGk=' },
    { type: 'file', mediaType: nastyText(source), url: nastyText(source) },
    { type: 'tool-locate', toolCallId, state: 'output-available', input: {}, output: { city: 'Bern' } },
    {
      type: 'tool-wire',
      toolCallId,
      state: 'approval-responded',
      input: {},
      approval: { id: toolCallId, approved: true },
    },
    { type: nastyText(source), data: anyValue(source) },
  ])
}

function asSchema(value: JsonValue | undefined): JsonObject {
  return isRecord(value) ? (value as JsonObject) : {}
}

function numberOf(value: JsonValue | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}
