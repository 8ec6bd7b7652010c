import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { readCapture } from '../../../test/fixtures/mastra/capture.ts'
import type { JsonObject } from '../../protocol/json.ts'
import { describeWorkflow } from '../../workflows/describe.ts'
import type { FlowDefinition } from '../../workflows/graph.ts'
import { createRunView } from '../../workflows/run-view.ts'
import type { RunStream } from '../../workflows/run-stream.ts'
import { createStep } from '../../workflows/step.ts'
import { createWorkflow } from '../../workflows/workflow.ts'
import { toMastraRun, toMastraRuns } from './workflow-run.ts'
import type { MastraRunOptions } from './workflow-stream.ts'
import { createMastraRunEncoder } from './workflow-stream.ts'
import { toMastraWorkflow } from './workflow.ts'

const amount = z.object({ amount: z.number() })
const doubled = z.object({ amount: z.number(), doubled: z.number() })
const approved = z.object({ approved: z.boolean(), doubled: z.number() })

/** The workflow that was recorded. */
const approval = createWorkflow({
  id: 'approval-workflow',
  inputSchema: amount,
  outputSchema: z.object({ message: z.string() }),
})
  .then(
    createStep({
      id: 'prepare',
      inputSchema: amount,
      outputSchema: doubled,
      execute: async ({ inputData }) => ({ ...inputData, doubled: inputData.amount * 2 }),
    }),
  )
  .then(
    createStep({
      id: 'approve',
      inputSchema: doubled,
      outputSchema: approved,
      resumeSchema: z.object({ approved: z.boolean() }),
      suspendSchema: z.object({ reason: z.string() }),
      execute: async ({ inputData, resumeData, suspend }) =>
        resumeData
          ? { ...resumeData, doubled: inputData.doubled }
          : suspend({ reason: `approve ${inputData.doubled}?` }),
    }),
  )
  .then(
    createStep({
      id: 'finish',
      inputSchema: approved,
      outputSchema: z.object({ message: z.string() }),
      execute: async ({ inputData }) => ({ message: `paid ${inputData.doubled}` }),
    }),
  )
  .commit()

type Chunk = { type: string; runId: string; from: string; payload: JsonObject }

async function encode(flow: FlowDefinition, stream: RunStream, options?: MastraRunOptions): Promise<string> {
  const encoder = createMastraRunEncoder(createRunView(flow, 'r1'), options)
  let text = ''
  for await (const entry of stream.entries) text += encoder.encode(entry)
  return text + encoder.end()
}

function chunksOf(text: string): Chunk[] {
  expect(text.endsWith('\u001E')).toBe(true)
  return text
    .slice(0, -1)
    .split('\u001E')
    .map((record) => JSON.parse(record))
}

/** Without what differs from run to run. */
function inKind(chunks: Chunk[]): unknown {
  const ids = new Map<unknown, number>()
  return JSON.parse(JSON.stringify(chunks), (key, value: unknown) => {
    if (key === 'runId') return 'run'
    if (key.endsWith('At')) return 'time'
    if (key !== 'stepCallId') return value
    if (!ids.has(value)) ids.set(value, ids.size)
    return ids.get(value)
  })
}

function shortOf(chunks: Chunk[]): string[] {
  return chunks.map(({ type, payload }) =>
    [type.replace('workflow-', ''), payload['id'], payload['status'] ?? payload['workflowStatus']]
      .filter((part) => part !== undefined)
      .join(' '),
  )
}

describe('a workflow that suspends, as a stream', () => {
  it('is what was recorded', async () => {
    const run = approval.createRun()
    const chunks = chunksOf(await encode(approval, run.stream({ inputData: { amount: 2 } })))
    expect(inKind(chunks)).toEqual(inKind(chunksOf(readCapture('workflow-stream.txt'))))
  })

  it('goes on in the stream of its answer, with the words of the step so far', async () => {
    const run = approval.createRun()
    const asked = chunksOf(await encode(approval, run.stream({ inputData: { amount: 2 } })))
    await run.resume({ resumeData: { approved: true } })
    const whole = chunksOf(await encode(approval, run.observe()))
    expect(shortOf(whole.slice(asked.length))).toEqual([
      'start',
      'step-start approve running',
      'step-result approve success',
      'step-start finish running',
      'step-result finish success',
      'finish success',
    ])
    expect(whole.at(-1)?.payload).toMatchObject({ finalWorkflowResult: { message: 'paid 4' } })
    const result = whole.find(({ type, payload }) => type.endsWith('result') && payload['id'] === 'approve')
    expect(result?.payload).toMatchObject({
      payload: { doubled: 4 },
      resumePayload: { approved: true },
      output: { approved: true, doubled: 4 },
    })
  })

  it('is said again from a chunk on', async () => {
    const run = approval.createRun()
    const all = chunksOf(await encode(approval, run.stream({ inputData: { amount: 2 } })))
    const rest = chunksOf(await encode(approval, run.observe(), { skip: 3 }))
    expect(rest).toEqual(all.slice(3))
  })
})

const count = z.object({ n: z.number() })
const add = createStep({
  id: 'add',
  inputSchema: count,
  outputSchema: count,
  execute: async ({ inputData }) => ({ n: inputData.n + 1 }),
})

describe('the other nodes of a workflow, as a stream', () => {
  it('are an item each of a list, told by its progress', async () => {
    const flow = createWorkflow({ id: 'list', inputSchema: z.array(count) })
      .foreach(add)
      .commit()
    const run = flow.createRun()
    const chunks = chunksOf(await encode(flow, run.stream({ inputData: [{ n: 1 }, { n: 5 }] })))
    expect(shortOf(chunks)).toEqual([
      'start',
      'step-start add running',
      'step-progress add',
      'step-progress add',
      'step-result add success',
      'finish success',
    ])
    expect(chunks[3]?.payload).toEqual({
      id: 'add',
      completedCount: 2,
      totalCount: 2,
      currentIndex: 1,
      iterationStatus: 'success',
      iterationOutput: { n: 6 },
    })
    expect(chunks[4]?.payload).toMatchObject({ output: [{ n: 2 }, { n: 6 }], payload: [{ n: 1 }, { n: 5 }] })
  })

  it('are the steps of a workflow within, under its id; sleeps wait; failures say why', async () => {
    const inner = createWorkflow({ id: 'inner', inputSchema: count, outputSchema: count }).then(add).commit()
    const boom = createStep({
      id: 'boom',
      inputSchema: count,
      outputSchema: count,
      execute: async () => {
        throw new TypeError('no luck')
      },
    })
    const flow = createWorkflow({ id: 'outer', inputSchema: count }).then(inner).sleep(1).then(boom).commit()
    const run = flow.createRun()
    const chunks = chunksOf(await encode(flow, run.stream({ inputData: { n: 1 } })))
    expect(shortOf(chunks).map((line) => line.replace(/sleep_\S+/, 'sleep'))).toEqual([
      'start',
      'step-start inner running',
      'step-start inner.add running',
      'step-result inner.add success',
      'step-result inner success',
      'step-waiting sleep waiting',
      'step-result sleep success',
      'step-start boom running',
      'step-result boom failed',
      'finish failed',
    ])
    expect(chunks.at(-2)?.payload).toMatchObject({ error: { name: 'TypeError', message: 'no luck' } })
  })

  it('report on their way', async () => {
    const talk = createStep({
      id: 'talk',
      inputSchema: count,
      outputSchema: count,
      execute: async ({ inputData, writer }) => {
        writer.write({ at: 'half' })
        return inputData
      },
    })
    const flow = createWorkflow({ id: 'talking', inputSchema: count }).then(talk).commit()
    const run = flow.createRun()
    const chunks = chunksOf(await encode(flow, run.stream({ inputData: { n: 1 } })))
    expect(chunks[2]).toMatchObject({
      type: 'workflow-step-output',
      payload: { stepName: 'talk', output: { at: 'half' } },
    })
  })
})

describe('a workflow and its runs, as JSON', () => {
  it('are what was recorded', async () => {
    const recorded = JSON.stringify(JSON.parse(readCapture('workflows.txt'))['approvalWorkflow'])
    const said = JSON.stringify(toMastraWorkflow(describeWorkflow(approval)))
    expect(JSON.parse(open(said))).toEqual(JSON.parse(open(recorded)))
    const run = approval.createRun()
    await run.start({ inputData: { amount: 2 } })
    const record = await run.get()
    if (!record) throw new Error('the run is gone')
    const { graph } = describeWorkflow(approval)
    const shown: unknown = JSON.parse(JSON.stringify(toMastraRun(record, graph)), mask)
    expect(shown).toEqual(JSON.parse(readCapture('workflow-run.txt'), mask))
  })

  it('hold the fields that were asked for', async () => {
    const run = approval.createRun()
    await run.start({ inputData: { amount: 2 } })
    const record = await run.get()
    if (!record) throw new Error('the run is gone')
    const shown = toMastraRun(record, describeWorkflow(approval).graph, ['payload'])
    expect(Object.keys(shown).toSorted()).toEqual(
      ['createdAt', 'payload', 'resourceId', 'runId', 'status', 'updatedAt', 'workflowName'].toSorted(),
    )
    expect(toMastraRuns([record], 7)).toMatchObject({
      total: 7,
      runs: [{ runId: record.runId, workflowName: 'approval-workflow', snapshot: { status: 'suspended' } }],
    })
  })

  it('say every kind of node', () => {
    const inner = createWorkflow({ id: 'inner', inputSchema: count }).then(add).commit()
    const flow = createWorkflow({ id: 'all', description: 'Everything', inputSchema: count })
      .parallel([add, step('other')])
      .map(async () => ({ n: 1 }))
      .branch([
        [async () => true, step('yes')],
        [async () => false, inner],
      ])
      .map(async () => ({ n: 1 }))
      .dountil(step('again'), async () => true)
      .sleep(5)
      .sleepUntil(new Date(1000))
      .map(async () => [{ n: 1 }])
      .foreach(step('each'), { concurrency: 3 })
      .commit()
    const said = toMastraWorkflow(describeWorkflow(flow))
    expect(said['stepGraph']).toMatchObject([
      { type: 'parallel', steps: [{ step: { id: 'add' } }, { step: { id: 'other' } }] },
      { type: 'step' },
      {
        type: 'conditional',
        steps: [{ step: { id: 'yes' } }, { step: { id: 'inner', component: 'WORKFLOW' } }],
        serializedConditions: [{ id: 'yes-condition' }, { id: 'inner-condition' }],
      },
      { type: 'step' },
      { type: 'loop', loopType: 'dountil', step: { id: 'again' } },
      { type: 'sleep', duration: 5 },
      { type: 'sleepUntil', date: '1970-01-01T00:00:01.000Z' },
      { type: 'step' },
      { type: 'foreach', opts: { concurrency: 3 } },
    ])
    expect(said['allSteps']).toMatchObject({ inner: { isWorkflow: true }, 'inner.add': { id: 'add' } })
  })
})

/** Theirs closes schemas of inputs as well, which would refuse what those only pass over. */
function open(text: string): string {
  return text.replaceAll(',\\"additionalProperties\\":false', '')
}

/** Gives on what it is given. */
function step<const Id extends string>(id: Id) {
  return createStep({
    id,
    inputSchema: count,
    outputSchema: count,
    execute: async ({ inputData }) => inputData,
  })
}

/** Times and ids differ. */
function mask(key: string, value: unknown): unknown {
  if (key === 'runId') return 'run'
  return key.endsWith('At') ? 'time' : value
}
