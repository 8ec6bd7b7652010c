import * as z from 'zod'
import { ERROR_STATUS, isErrorCode } from '../../lib/protocol/error.ts'
import { errorCodesOf, statusesOf } from '../../worker/openapi/document.ts'
import type { Route } from '../../worker/route.ts'
import { routes as table } from '../../worker/routes/table.ts'
import { tell } from '../../worker/words/table.ts'
import type { FuzzRequest } from './requests.ts'
import type { Heard } from './send.ts'

const routes = tell(table)

const errorAnswer = z.object({
  error: z.strictObject({
    code: z.string(),
    message: z.string().min(1),
    issues: z.array(z.strictObject({ field: z.string(), message: z.string() })).optional(),
  }),
})

/** The same in Mastra's dialect. */
const mastraErrorAnswer = z.looseObject({ error: z.string().min(1), code: z.string() })

/** What tells more than a caller is to know: stacks, places of our sources, the engine below, what is secret. */
const LEAKS: readonly [what: string, pattern: RegExp][] = [
  ['a stack', /\n\s+at .+[:(]\d+|\bat [\w.<>]+ \(/],
  ['a place in the sources', /[\w-]+\.(?:ts|mjs|js):\d+/],
  ['the storage below', /SQLITE|sqlite_|\bworkerd\b|Durable Object/],
  [
    'a raw failure of the language',
    /(?:Type|Range|Reference|Syntax)Error(?!: it exploded)|Cannot read propert|is not a function|\[object Object\]/,
  ],
]

/** Codes of any route, since they are said before one is found. */
const EVERYWHERE = ['not_found', 'method_not_allowed']
/** A server's failures that are an answer: what is not offered, and a model whose answer does not fit. */
const HONEST = ['not_offered', 'output_invalid']

/** What is wrong with an answer, in words; undefined if nothing is. */
export function findFault(
  request: FuzzRequest,
  heard: Heard,
  secrets: readonly string[],
): string | undefined {
  const { status, headers, text } = heard
  if (headers['x-injected'] !== undefined) return 'a header was injected'
  const leak = findLeak(text, JSON.stringify(headers), secrets)
  if (leak) return leak
  if (request.method === 'OPTIONS')
    return [204, 403].includes(status) ? undefined : `OPTIONS answers ${status}`
  // The server before the Worker refuses what is too long for it.
  if ([414, 431].includes(status) && headers['x-request-id'] === undefined) return undefined
  if (headers['x-request-id'] === undefined) return 'it does not name its request'
  if (request.method === 'HEAD') return text === '' && status < 500 ? undefined : `HEAD answers ${status}`
  // A path or a method that was bent may have led elsewhere.
  const route = routes.find((each) => each.method === request.method && isAt(each, request.path))
  return status >= 400 ? faultOfError(route, heard) : faultOfAnswer(route, heard)
}

function findLeak(text: string, headers: string, secrets: readonly string[]): string | undefined {
  if (secrets.some((secret) => text.includes(secret) || headers.includes(secret))) return 'it holds a secret'
  return LEAKS.find(([, pattern]) => pattern.test(text))?.[0]
}

function faultOfError(route: Route | undefined, { status, text }: Heard): string | undefined {
  const body = parse(text)
  const plain = errorAnswer.safeParse(body)
  const mastra = mastraErrorAnswer.safeParse(body)
  if (!plain.success && !mastra.success) return `an error of another shape: ${text.slice(0, 100)}`
  if (plain.success && route?.dialect === 'mastra') return "an error that is not in the route's dialect"
  const code = plain.success ? plain.data.error.code : (mastra.data?.code ?? '')
  if (!isErrorCode(code)) return `an unknown code: ${code}`
  if (!(route ? statusesOf(route, code) : [ERROR_STATUS[code]]).includes(status))
    return `${code} with status ${status}`
  if (status >= 500 && !HONEST.includes(code)) return `the server failed: ${text.slice(0, 300)}`
  if (!route?.answers || EVERYWHERE.includes(code) || errorCodesOf(route).includes(code)) return undefined
  return `${code}, which the route's errors do not name`
}

function faultOfAnswer(route: Route | undefined, heard: Heard): string | undefined {
  const { status, headers, text } = heard
  if (!route?.answers) return undefined
  const answer = route.answers.find((each) => (each.status ?? 200) === status)
  if (!answer) return `${status}, which the route does not name`
  const type = headers['content-type'] ?? ''
  if (answer.json)
    return type.startsWith('application/json') ? misfit(answer.json, parse(text)) : `JSON as ${type}`
  if (!answer.events)
    return text === '' || answer.mediaType !== undefined ? undefined : 'a body where none was named'
  if (!type.startsWith('text/event-stream')) return `events as ${type}`
  return faultOfEvents(answer.events, heard)
}

function faultOfEvents(schema: z.ZodType, { text, isLeft }: Heard): string | undefined {
  const frames = text.split('\n\n')
  const rest = frames.pop()
  if (!isLeft && rest !== '') return `a stream that ends in the middle of an event: ${rest?.slice(0, 100)}`
  for (const frame of frames) {
    for (const line of frame.split('\n')) {
      if (line.startsWith('id: ') || line.startsWith(':')) continue
      if (!line.startsWith('data: ')) return `a line that is no event: ${line.slice(0, 100)}`
      const data = line.slice('data: '.length)
      const fault = data === '[DONE]' ? undefined : misfit(schema, parse(data))
      if (fault) return fault
    }
  }
  return undefined
}

function misfit(schema: z.ZodType, value: unknown): string | undefined {
  const parsed = schema.safeParse(value)
  return parsed.success ? undefined : `it does not fit its schema: ${z.prettifyError(parsed.error)}`
}

function isAt({ path }: Route, asked: string): boolean {
  // As the Worker's own URL has it: without `.` and `..`; and a slash at the end does not count.
  const pathname = new URL(`http://host${asked}`).pathname.replace(/\/$/, '')
  const pattern = path.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : RegExp.escape(part)))
  return new RegExp(`^${pattern.join('/')}$`).test(pathname)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
