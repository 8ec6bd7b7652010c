import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { readDecision } from '../demo-workflow.mjs'
import type { Command, RunChunk } from './run.mjs'
import { readRecords, runWorkflow } from './run.mjs'
import { createScreen } from './screen.mjs'
import { createStepRenderer } from './steps.mjs'
import { colorsFor } from '../terminal.mjs'

const record = (type: string, payload: object = {}): string => `${JSON.stringify({ type, payload })}\u001E`
const FINISH = record('workflow-finish', { workflowStatus: 'success' })

/** A server whose answers are given, one a request; `cut` breaks the connection behind what it says. */
const servers: (() => void)[] = []
afterEach(() => servers.splice(0).forEach((close) => close()))

async function serving(answers: { status?: number; text: string; cut?: true }[]) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    const { status = 200, text, cut } = answers[asked.length - 1] ?? { status: 500, text: 'too many' }
    response.writeHead(status)
    response.write(text, () => (cut ? response.destroy() : response.end()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  servers.push(() => server.close().closeAllConnections())
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const wait = (): Promise<void> => Promise.resolve()

async function typesOf(url: string, action: Command['action'] = 'stream'): Promise<string[]> {
  const types: string[] = []
  for await (const { type } of runWorkflow({ url, workflow: 'w', runId: 'r', action, body: {}, wait }))
    types.push(type)
  return types
}

describe('a run over HTTP', () => {
  it('is read record by record, however its bytes are cut', async () => {
    const bytes = new TextEncoder().encode(`\u001E${record('é')}\u001E\u001E${record('b')}`)
    const types: string[] = []
    for await (const { type } of readRecords([...bytes].map((byte) => new Uint8Array([byte]))))
      types.push(type)
    expect(types).toEqual(['é', 'b'])
  })

  it('is taken up behind the last chunk when the connection breaks', async () => {
    const { url, asked } = await serving([
      { text: record('workflow-start') + record('workflow-step-start').slice(0, 9), cut: true },
      { status: 503, text: '' },
    ])
    await expect(typesOf(url)).rejects.toThrow('The server answered 503')
    const whole = await serving([
      { text: record('workflow-start'), cut: true },
      { text: record('workflow-step-start'), cut: true },
      { text: FINISH },
    ])
    expect(await typesOf(whole.url)).toEqual(['workflow-start', 'workflow-step-start', 'workflow-finish'])
    expect(asked[1]).toBe('POST /api/workflows/w/observe?runId=r&offset=1')
    expect(whole.asked).toEqual([
      'POST /api/workflows/w/stream?runId=r',
      'POST /api/workflows/w/observe?runId=r&offset=1',
      'POST /api/workflows/w/observe?runId=r&offset=2',
    ])
  })

  it('counts what was said before an answer', async () => {
    const { url, asked } = await serving([
      { text: record('workflow-start') + record('workflow-finish') },
      { text: record('workflow-start'), cut: true },
      { text: FINISH },
    ])
    expect(await typesOf(url, 'resume-stream')).toEqual(['workflow-start', 'workflow-finish'])
    expect(asked[2]).toBe('POST /api/workflows/w/observe?runId=r&offset=3')
  })

  it('is told in one line when the server refuses', async () => {
    const { url } = await serving([{ status: 409, text: JSON.stringify({ error: { message: 'no' } }) }])
    await expect(typesOf(url)).rejects.toThrow('The server answered 409: no')
  })
})

describe('the steps of a run', () => {
  it('are lines, and where the run stands is known', () => {
    let said = ''
    const renderer = createStepRenderer({
      screen: createScreen({ write: (text) => (said += text) }),
      colors: colorsFor({}),
    })
    const chunks: RunChunk[] = [
      { type: 'workflow-step-start', payload: { id: 'a' } },
      { type: 'workflow-step-result', payload: { id: 'a', status: 'success', startedAt: 5, endedAt: 9 } },
      {
        type: 'workflow-step-suspended',
        payload: { id: 'b', status: 'suspended', suspendPayload: { q: 1 } },
      },
      { type: 'workflow-finish', payload: { workflowStatus: 'suspended' } },
    ]
    for (const chunk of chunks) renderer.draw(chunk)
    expect(said).toBe('  a 4 ms\n  b waits for a decision\n')
    expect(renderer.standing).toMatchObject({ status: 'suspended', step: 'b', asked: { q: 1 } })
  })
})

it.each([
  ['', { approved: true }],
  ['Yes', { approved: true }],
  ['s', { approved: true, architecture: 'serverless' }],
  ['microservices', { approved: true, architecture: 'microservices' }],
  ['n', { approved: false }],
  ['but keep it cheap', { approved: true, note: 'but keep it cheap' }],
])('a person says %j', (said, decision) => {
  expect(readDecision(said)).toEqual(decision)
})
