import { describe, expect, it } from 'vitest'
import { RuntimeContext } from '../../lib/protocol/runtime-context.ts'
import { runTool } from '../../lib/tools/run-tool.ts'
import type { ToolOutcome } from '../../lib/tools/outcome.ts'
import { analyze } from '../advisor/analysis.ts'
import { DOMAINS } from '../advisor/domains.ts'
import { analyzeRequirementsTool } from './analyze-requirements.ts'
import { compareArchitecturesTool } from './compare-architectures.ts'
import { generateMicroservicesDiagramTool } from './generate-microservices-diagram.ts'
import { generateServerlessDiagramTool } from './generate-serverless-diagram.ts'
import { generateSummaryTool } from './generate-summary.ts'

const tools = {
  analyzeRequirementsTool,
  generateServerlessDiagramTool,
  generateMicroservicesDiagramTool,
  compareArchitecturesTool,
  generateSummaryTool,
}

/** Runs a tool as the loop does: its input and what it returns are checked against its schemas. */
function call(toolName: string, input: { [name: string]: string | number }): Promise<ToolOutcome> {
  const context = {
    abortSignal: new AbortController().signal,
    runtimeContext: new RuntimeContext(),
    runId: 'run',
    toolCallId: 'call',
    idempotencyKey: 'key',
    writer: { write: () => {} },
  }
  return runTool(tools, { toolName, input, context, timeoutMs: undefined })
}

describe.each(DOMAINS.map(({ id, title }) => ({ id, title })))('for $title', ({ id, title }) => {
  it('each tool returns what its schema says', async () => {
    const { design } = analyze(`A ${title} app for 40k users with payments, EU only`)
    expect(design).toContain(`domain=${id};`)
    const analysis = await call('analyzeRequirementsTool', { requirement: `A ${title} app for 40k users` })
    expect(analysis).toMatchObject({ ok: true, output: { domain: title, scale: expect.any(String) } })
    for (const name of Object.keys(tools).slice(1))
      expect(await call(name, { design }), name).toMatchObject({ ok: true })
  })
})

it('gives the two diagrams with what each component runs on', async () => {
  const { design } = analyze('A ride-sharing app')
  expect(await call('generateServerlessDiagramTool', { design })).toMatchObject({
    output: {
      architecture: 'serverless',
      mermaidCode: expect.stringContaining('flowchart TB'),
      components: expect.arrayContaining([
        {
          component: 'Trips',
          runsOn: 'Step Functions',
          keeps: 'DynamoDB',
          purpose: 'The life of a ride as a state machine',
        },
      ]),
    },
  })
  expect(await call('generateMicroservicesDiagramTool', { design })).toMatchObject({
    output: { architecture: 'microservices', mermaidCode: expect.stringContaining('Ingress and Istio') },
  })
})

it('recommends the same in the comparison and in the summary', async () => {
  const { design } = analyze('An IoT platform for 5M sensors')
  const [comparison, summary] = await Promise.all([
    call('compareArchitecturesTool', { design }),
    call('generateSummaryTool', { design }),
  ])
  expect(comparison).toMatchObject({
    output: { recommended: 'microservices', recommendation: expect.stringMatching(/^Take micro/) },
  })
  expect(summary).toMatchObject({
    output: { summary: expect.stringContaining('Recommendation: Microservices on Kubernetes') },
  })
})

it.each([
  ['analyzeRequirementsTool', {}],
  ['analyzeRequirementsTool', { requirement: '' }],
  ['analyzeRequirementsTool', { requirement: 7 }],
  ['analyzeRequirementsTool', { requirement: 'x'.repeat(20_001) }],
  ['generateSummaryTool', {}],
  ['compareArchitecturesTool', { design: '' }],
])('%s refuses a call with %o and names the field', async (name, input) => {
  const outcome = await call(name, input)
  expect(outcome).toMatchObject({ ok: false, error: { code: 'tool_input_invalid' } })
  expect(JSON.stringify(outcome)).toMatch(/requirement|design/)
})
