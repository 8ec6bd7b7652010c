import { createStep, createWorkflow } from 'edgewise'
import * as z from 'zod'
import { analyze } from '../advisor/analysis.ts'
import { MICROSERVICES, SERVERLESS } from '../advisor/platform.ts'
import { architecture, compareOutput, comparisonOf } from '../tools/compare-output.ts'
import { diagramOf, diagramOutput } from '../tools/diagram-output.ts'
import { toReport } from './report.ts'

const analyzeStep = createStep({
  id: 'analyze',
  description: 'Reads the requirement: domain, scale, features, constraints',
  inputSchema: z.object({ requirement: z.string().min(1).max(20_000) }),
  outputSchema: z.object({
    domain: z.string(),
    load: z.string(),
    features: z.array(z.string()),
    assumptions: z.array(z.string()),
    design: z.string(),
  }),
  execute: ({ inputData }) => analyze(inputData.requirement),
})

const designed = z.object({ design: z.string() })

const drawServerless = createStep({
  id: 'draw-serverless',
  description: 'Draws it with functions and managed services',
  inputSchema: designed,
  outputSchema: diagramOutput,
  execute: ({ inputData }) => diagramOf(inputData.design, SERVERLESS),
})

const drawMicroservices = createStep({
  id: 'draw-microservices',
  description: 'Draws it as services on Kubernetes',
  inputSchema: designed,
  outputSchema: diagramOutput,
  execute: ({ inputData }) => diagramOf(inputData.design, MICROSERVICES),
})

const compareStep = createStep({
  id: 'compare',
  description: 'Compares cost, team, time and trade-offs, and recommends one',
  inputSchema: z.object({ 'draw-serverless': diagramOutput, 'draw-microservices': diagramOutput }),
  outputSchema: compareOutput,
  execute: ({ getStepResult }) => comparisonOf(getStepResult(analyzeStep).design),
})

/** What is built is a person's decision: the run waits for it, for days if need be. */
const approveStep = createStep({
  id: 'approve',
  description: 'Asks a person which of the two it shall be',
  inputSchema: z.object({ recommendation: z.string(), recommended: architecture }),
  outputSchema: z.object({ architecture, note: z.string().optional() }),
  suspendSchema: z.object({ question: z.string(), recommendation: z.string(), recommended: architecture }),
  resumeSchema: z.object({
    approved: z.boolean(),
    /** Another than the recommended one. */
    architecture: architecture.optional(),
    note: z.string().max(2000).optional(),
  }),
  execute: ({ inputData: { recommendation, recommended }, resumeData, suspend, bail }) => {
    if (!resumeData) {
      const question = `Write the report for the ${recommended} architecture?`
      return suspend({ question, recommendation, recommended })
    }
    const { approved, architecture: chosen = recommended, note } = resumeData
    if (!approved) return bail({ report: `Nothing was decided.${note ? ` ${note}` : ''}` })
    return { architecture: chosen, ...(note !== undefined && { note }) }
  },
})

const reportStep = createStep({
  id: 'report',
  description: 'Writes the report for what was decided',
  inputSchema: z.object({ architecture, note: z.string().optional() }),
  outputSchema: z.object({ architecture, report: z.string() }),
  execute: ({ inputData: { architecture: decided, note }, getStepResult }) => {
    const diagram = getStepResult(decided === 'serverless' ? drawServerless : drawMicroservices)
    const { design, assumptions } = getStepResult(analyzeStep)
    const comparison = getStepResult(compareStep)
    return { architecture: decided, report: toReport({ design, assumptions, diagram, comparison, note }) }
  },
})

/** Turns an idea into two architectures, lets a person decide, and writes the report for the one that is taken. */
export const architectureWorkflow = createWorkflow({
  id: 'architectureWorkflow',
  description:
    'Analyses an idea, draws and compares two architectures, waits for a decision, writes the report',
  inputSchema: z.object({ requirement: z.string().min(1).max(20_000) }),
  outputSchema: z.object({ architecture: architecture.optional(), report: z.string() }),
})
  .then(analyzeStep)
  .parallel([drawServerless, drawMicroservices])
  .then(compareStep)
  .then(approveStep)
  .then(reportStep)
  .commit()
