import * as z from 'zod'
import { version } from '../../package.json'
import type { ErrorCode } from '../../lib/protocol/error.ts'
import { ERROR_STATUS } from '../../lib/protocol/error.ts'
import type { JsonObject } from '../../lib/protocol/json.ts'
import type { Route } from '../route.ts'
import type { Answer } from '../words/words.ts'
import { Components } from './components.ts'

const DESCRIPTION =
  'Agents on durable threads. Every answer names its request in `x-request-id`; every stream can be left and rejoined; docs/protocol.md tells what the events mean.'

const TAGS: Record<string, string> = {
  agents: 'Agents, and what is asked of them',
  memory: 'What is kept: threads and their messages',
  runs: 'Runs of workflows: their events',
  server: 'The deployment itself',
  tools: 'Tools, and calling them without an agent',
  workflows: 'Workflows, and their runs',
  threads: 'Running conversations: their events, and stopping them',
}

const EVENT_STREAM =
  'Server-sent events. `x-event-schema` is the shape of the JSON in each `data:` line; some dialects end with `data: [DONE]`.'

const errorBody = z
  .looseObject({
    error: z.looseObject({
      code: z.string(),
      message: z.string(),
      issues: z.array(z.looseObject({ field: z.string(), message: z.string() })).optional(),
    }),
  })
  .meta({ id: 'Error', description: 'What went wrong. Its status follows from its code.' })

/** The same as Mastra's clients take it. */
const mastraErrorBody = z
  .looseObject({ error: z.string(), code: z.string() })
  .meta({ id: 'MastraError', description: "What went wrong, as Mastra's clients read it." })

/** Routes, with their words, as an OpenAPI 3.1 document. */
export function describeApi(routes: readonly Route[]): JsonObject {
  const components = new Components()
  const paths: Record<string, JsonObject> = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    const operations = (paths[path] ??= {})
    // The first line of the table that fits a request answers it.
    operations[route.method.toLowerCase()] ??= describeRoute(route, components)
  }
  const tags = [...new Set(routes.map(tagOf))].toSorted()
  return {
    openapi: '3.1.0',
    info: {
      title: 'Edgewise',
      version,
      description: DESCRIPTION,
      contact: { name: 'Whoever runs this deployment' },
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'This deployment' }],
    tags: tags.map((name) => ({ name, description: TAGS[name] ?? `What is under /api/${name}` })),
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The value of EDGEWISE_API_KEY' },
        key: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The same in another header' },
      },
    },
  }
}

function describeRoute(route: Route, components: Components): JsonObject {
  const { id, summary = id, policy, params, query, headers = {}, body } = route
  const parameters = [
    ...describeFields('path', params, components),
    ...describeFields('query', query, components),
    ...Object.entries(headers).map(([name, description]) => ({
      in: 'header',
      name,
      description,
      schema: { type: 'string' },
    })),
  ]
  const input = body && { 'application/json': { schema: components.describe(body, 'input') } }
  return {
    operationId: id,
    summary,
    description: route.description ?? `${summary}.`,
    tags: [tagOf(route)],
    security: policy === 'public' ? [] : [{ bearer: [] }, { key: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(input && { requestBody: { required: body?.isOptional() !== true, content: input } }),
    responses: { ...describeAnswers(route, components), ...describeErrors(route, components) },
  }
}

function tagOf({ tag, path }: Route): string {
  return tag ?? /^\/api\/([\w-]+)/.exec(path)?.[1] ?? 'server'
}

/** Each field of an object in the path or in the query is a parameter of its own. */
function describeFields(place: string, schema: z.ZodType | undefined, components: Components): JsonObject[] {
  if (!(schema instanceof z.ZodObject)) return []
  const { properties = {}, required = [] } = components.describe(schema, 'input')
  // They are so in the JSON Schema of an object.
  const [fields, names] = [properties as Record<string, JsonObject>, required as string[]]
  return Object.entries(fields).map(([name, { description, ...field }]) => ({
    in: place,
    name,
    required: names.includes(name),
    ...(description !== undefined && { description }),
    schema: field,
  }))
}

function describeAnswers({ answers = [{ description: 'Done' }] }: Route, components: Components): JsonObject {
  return Object.fromEntries(
    answers.map((answer) => {
      const content = contentOf(answer, components)
      return [answer.status ?? 200, { description: answer.description, ...(content && { content }) }]
    }),
  )
}

function contentOf({ json, events, mediaType }: Answer, components: Components): JsonObject | undefined {
  if (json) return { 'application/json': { schema: components.describe(json, 'output') } }
  if (events) {
    const schema = { type: 'string', description: EVENT_STREAM }
    return { 'text/event-stream': { schema, 'x-event-schema': components.describe(events, 'output') } }
  }
  return mediaType === undefined ? undefined : { [mediaType]: { schema: { type: 'string' } } }
}

function describeErrors(route: Route, components: Components): JsonObject {
  const isMastra = route.dialect === 'mastra'
  const error = components.describe(isMastra ? mastraErrorBody : errorBody, 'output')
  const said = errorCodesOf(route).flatMap((code) =>
    statusesOf(route, code).map((status) => ({ status, code })),
  )
  const byStatus = Map.groupBy(said, ({ status }) => status)
  return Object.fromEntries(
    [...byStatus].map(([status, found]) => {
      const codes = found.map(({ code }) => code)
      const code = { enum: codes }
      const place = isMastra ? { code } : { error: { properties: { code } } }
      const schema = { allOf: [error, { properties: place }] }
      return [status, { description: codes.join(', '), content: { 'application/json': { schema } } }]
    }),
  )
}

/** Failed Dependency: what a turn that was begun and failed is answered with in Mastra's dialect (docs/decisions/0008). */
const TURN_FAILED = 424

/** With these codes a turn fails once it was begun. */
const OF_TURNS: readonly ErrorCode[] = [
  'model_failed',
  'output_invalid',
  'step_timeout',
  'turn_timeout',
  'recovery_exhausted',
]

/** The statuses that a code may have on a route. */
export function statusesOf({ dialect, errors = [] }: Route, code: ErrorCode): number[] {
  const own = ERROR_STATUS[code]
  if (dialect !== 'mastra' || !errors.includes('model_failed')) return [own]
  if (OF_TURNS.includes(code)) return [TURN_FAILED]
  return code === 'internal' ? [own, TURN_FAILED] : [own]
}

/** The codes that a route may answer with: its own, and those that its policy and its schemas bring. */
export function errorCodesOf({ policy, params, query, body, errors = [] }: Route): ErrorCode[] {
  const codes: ErrorCode[] = [...errors, 'internal']
  if (policy !== 'public') codes.push('unauthorized')
  if (params || query || body) codes.push('invalid_request')
  if (body) codes.push('payload_too_large', 'unsupported_media_type')
  if (params instanceof z.ZodObject && 'agentId' in params.shape) codes.push('agent_not_found')
  return [...new Set(codes)].toSorted()
}
