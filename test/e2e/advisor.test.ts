import { afterAll, beforeAll, expect, it } from 'vitest'
import { FIRST_QUESTION, FOLLOW_UPS } from '../../scripts/first-question.mjs'
import type { Server } from '../../scripts/serve.mjs'
import { startServer } from '../../scripts/serve.mjs'
import type { WholeAnswer } from './client.ts'
import { newId, resultOf } from './client.ts'

/** The demo app as it is bundled, with the offline model: what `npm run demo` talks to. */
let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.kill())

async function ask(threadId: string, messages: string): Promise<WholeAnswer> {
  const response = await fetch(`${server.url}/api/agents/architecture-agent/generate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages, threadId }),
  })
  return resultOf(response)
}

const ALL = [
  'analyzeRequirementsTool',
  'generateServerlessDiagramTool',
  'generateMicroservicesDiagramTool',
  'compareArchitecturesTool',
  'generateSummaryTool',
]
const toolsOf = ({ toolCalls }: WholeAnswer): string[] => toolCalls.map(({ payload }) => payload.toolName)

const inputOf = ({ toolCalls }: WholeAnswer, tool: string): unknown =>
  toolCalls.find(({ payload }) => payload.toolName === tool)?.payload.args

it('answers an idea with both architectures, and goes on from there on the same thread', async () => {
  const thread = newId('advisor')
  const first = await ask(thread, FIRST_QUESTION)
  expect(toolsOf(first)).toEqual(ALL)
  expect(inputOf(first, 'analyzeRequirementsTool')).toEqual({ requirement: FIRST_QUESTION })
  expect(first.text.match(/```mermaid\n/g)).toHaveLength(2)
  for (const words of [
    'Driver matching',
    'Surge pricing',
    'Lambda',
    'Kafka',
    'Recommendation: Serverless',
    '| Dimension |',
  ])
    expect(first.text).toContain(words)
  expect(first.text).not.toContain('Payments<br/>')

  const [kubernetes = '', payments = '', cost = ''] = FOLLOW_UPS
  const second = await ask(thread, kubernetes)
  expect(toolsOf(second)).toEqual(['generateMicroservicesDiagramTool'])
  expect(inputOf(second, 'generateMicroservicesDiagramTool')).toEqual(
    inputOf(first, 'generateMicroservicesDiagramTool'),
  )
  expect(second.text.match(/```mermaid\n/g)).toHaveLength(1)
  expect(second.text).toContain('Ride-sharing app: Microservices on Kubernetes, 100k daily users')

  const third = await ask(thread, payments)
  expect(toolsOf(third)).toEqual(['analyzeRequirementsTool', 'generateMicroservicesDiagramTool'])
  expect(inputOf(third, 'generateMicroservicesDiagramTool')).toEqual({
    design: expect.stringMatching(/domain=ride-sharing; users=100000; .*features=payments,tracking;/),
  })
  expect(third.text).toContain('["Payments<br/>Temporal worker"]')
  expect(third.text).toContain('PCI-DSS')

  const fourth = await ask(thread, cost)
  expect(toolsOf(fourth)).toEqual(['analyzeRequirementsTool', 'compareArchitecturesTool'])
  expect(inputOf(fourth, 'compareArchitecturesTool')).toEqual({
    design: expect.stringMatching(/domain=ride-sharing; users=1000000; .*features=payments,tracking;/),
  })
  expect(fourth.text).toMatch(/\| Cost a month \| \$[\d,]+-[\d,]+ \| \$[\d,]+-[\d,]+ \|/)
})

it('takes a new idea on the same thread for what it is', async () => {
  const thread = newId('advisor')
  await ask(thread, 'A telemedicine app for 5k patients with video visits')
  const second = await ask(thread, 'A marketplace for used bicycles that serves 20k buyers')
  expect(toolsOf(second)).toEqual(ALL)
  expect(inputOf(second, 'generateSummaryTool')).toEqual({
    design: expect.stringMatching(/domain=marketplace; users=20000;/),
  })
  expect(second.text).toContain('Escrow')
  expect(second.text).not.toContain('Patient records')
})

it('says so when it knows no such domain', async () => {
  const { text } = await ask(newId('advisor'), 'An app for beekeepers to plan the work of the season')
  expect(text).toContain('No known domain was recognised')
})
