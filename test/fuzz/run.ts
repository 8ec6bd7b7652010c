import type { JsonObject } from '../../lib/protocol/json.ts'
import { findFault } from './check.ts'
import { createRandom } from './random.ts'
import type { FuzzRequest, Operation } from './requests.ts'
import { learn, makeRequest } from './requests.ts'
import type { Heard } from './send.ts'
import { send } from './send.ts'
import type { Seen, ValueSource } from './values.ts'

export interface FuzzReport {
  /** By operation, how often each status was heard. */
  statuses: Map<string, Map<number, number>>
  /** By what is wrong, an example with all that is needed to ask again. */
  faults: Map<string, string>
}

interface Options {
  url: string
  key: string
  secrets: readonly string[]
  seed: number
  count: number
}

/** Requests under way at once: turns then meet each other on the same threads. */
const AT_ONCE = 12
const MOST_FAULTS = 20

/** Asks the Worker for every operation of its own document, in ways that nobody should, and judges each answer. */
export async function fuzz({ url, key, secrets, seed, count }: Options): Promise<FuzzReport> {
  const document: ApiDocument = await (await fetch(`${url}/api/openapi.json`)).json()
  const operations = readOperations(document).flatMap(byWeight)
  const seen: Seen = new Map()
  const source: ValueSource = { random: createRandom(seed), seen, schemas: document.components.schemas }
  const report: FuzzReport = { statuses: new Map(), faults: new Map() }
  let next = 0
  const work = async (): Promise<void> => {
    while (next < count && report.faults.size < MOST_FAULTS) {
      const index = next++
      const operation = source.random.pick(operations)
      if (takesAnswers(operation)) await askToWait(url, key, source)
      if (operation.operationId.startsWith('resumeWorkflow')) await runToWait(url, key, source)
      const request = makeRequest(operation, source, key)
      const fault = await judge(url, request, secrets, (heard) => {
        learn(heard.text, seen)
        tally(report, request.operationId, heard.status)
      })
      if (!fault) continue
      const [kind = ''] = fault.split('\n')
      report.faults.set(`${request.operationId}: ${kind}`, `${fault}\n  request ${index}: ${tell(request)}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return report
}

function takesAnswers({ body }: Operation): boolean {
  return 'runId' in Object(body?.['properties'])
}

/** A turn that suspends: by chance alone there would be few of them to answer to. */
async function askToWait(url: string, key: string, { random, seen }: ValueSource): Promise<void> {
  const response = await fetch(`${url}/api/agents/asker/generate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ messages: random.pick(['wire 500', 'book a room']) }),
  })
  learn(await response.text(), seen)
}

/** Likewise a run that waits. */
async function runToWait(url: string, key: string, { seen }: ValueSource): Promise<void> {
  const response = await fetch(`${url}/api/workflows/flow/start-async`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ inputData: { amount: 2 } }),
  })
  learn(await response.text(), seen)
}

async function judge(
  url: string,
  request: FuzzRequest,
  secrets: readonly string[],
  hear: (heard: Heard) => void,
): Promise<string | undefined> {
  try {
    const heard = await send(url, request)
    hear(heard)
    const fault = findFault(request, heard, secrets)
    return fault && `${fault}\n  ${heard.status} ${heard.text.slice(0, 300)}`
  } catch (error) {
    return String(error)
  }
}

function tally({ statuses }: FuzzReport, operationId: string, status: number): void {
  const counts = statuses.get(operationId) ?? new Map<number, number>()
  counts.set(status, (counts.get(status) ?? 0) + 1)
  statuses.set(operationId, counts)
}

function tell({ method, path, headers, body }: FuzzRequest): string {
  const text = body && new TextDecoder().decode(body)
  const { authorization: _, ...rest } = headers
  return `${method} ${path} ${JSON.stringify(rest)} ${text === undefined ? '' : JSON.stringify(text.slice(0, 1000))}`
}

/** What starts a turn is asked for more often, what destroys less: else all the rest would find nothing. */
function byWeight(operation: Operation): Operation[] {
  const fields = operation.body?.['properties'] ?? {}
  const weight = 'messages' in Object(fields) ? 8 : operation.method === 'delete' ? 1 : 3
  return Array.from({ length: weight }, () => operation)
}

interface ApiDocument {
  paths: Record<string, Record<string, ApiOperation>>
  components: { schemas: JsonObject }
}

interface ApiOperation {
  operationId: string
  parameters?: Operation['parameters']
  requestBody?: { content: { 'application/json': { schema: JsonObject } } }
}

function readOperations({ paths }: ApiDocument): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters = [], requestBody }]) => ({
      operationId,
      method,
      path,
      parameters,
      body: requestBody?.content['application/json'].schema,
    })),
  )
}
