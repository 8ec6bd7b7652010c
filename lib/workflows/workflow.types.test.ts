import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { Agent } from '../agents/agent.ts'
import { createTool } from '../tools/tool.ts'
import { childRun } from './child-run.ts'
import { createStep } from './step.ts'
import { createWorkflow } from './workflow.ts'
import type { Workflow } from './workflow.ts'

/** What the next node is given. */
type GivenOf<W> =
  W extends Workflow<string, infer _I, infer _O, infer _S, infer _N, infer Given> ? Given : never

const count = z.object({ n: z.number() })
const named = z.object({ name: z.string() })
const state = z.object({ seen: z.array(z.string()), total: z.number() })

const add = createStep({
  id: 'add',
  inputSchema: count,
  outputSchema: count,
  execute: ({ inputData }) => inputData,
})
const name = createStep({
  id: 'name',
  inputSchema: count,
  outputSchema: named,
  execute: () => ({ name: 'x' }),
})
const start = createWorkflow({ id: 'flow', inputSchema: count, outputSchema: named, stateSchema: state })

describe('types', () => {
  it('takes and gives what the workflow does whose run is started', () => {
    const inner = createWorkflow({ id: 'inner', inputSchema: count }).then(name).commit()
    const flow = start.then(childRun(inner, { id: 'sub' }))
    expectTypeOf<GivenOf<typeof flow>>().toEqualTypeOf<{ name: string }>()
    const pair = start.parallel([childRun(inner), childRun(inner, { id: 'other' })])
    expectTypeOf<GivenOf<typeof pair>>().toEqualTypeOf<{ inner: { name: string }; other: { name: string } }>()
    const byId = start.then(childRun('inner'))
    expectTypeOf<GivenOf<typeof byId>>().toEqualTypeOf<unknown>()
    // @ts-expect-error: it takes something else than it is given.
    start.then(name).then(childRun(inner))
  })

  it('carries what an event brings to the node behind it, or what stands for it', () => {
    const bare = start.waitForEvent('x')
    expectTypeOf<GivenOf<typeof bare>>().toEqualTypeOf<unknown>()
    const typed = start.waitForEvent('x', { schema: named })
    expectTypeOf<GivenOf<typeof typed>>().toEqualTypeOf<{ name: string }>()
    const either = start.waitForEvent('x', { schema: named, timeoutMs: 5, timeoutValue: null })
    expectTypeOf<GivenOf<typeof either>>().toEqualTypeOf<{ name: string } | null>()
    const after = start.waitForEvent('x', name, { timeout: 5 })
    expectTypeOf<GivenOf<typeof after>>().toEqualTypeOf<{ name: string }>()
    const greet = createStep({ id: 'greet', inputSchema: named, execute: () => 1 })
    // @ts-expect-error: it takes something else than it is given.
    start.waitForEvent('x', greet)
  })

  it('gives a step what its schemas say', () => {
    createStep({
      id: 'ask',
      inputSchema: z.object({ at: z.string().transform(Number) }),
      outputSchema: count,
      stateSchema: z.object({ total: z.number() }),
      suspendSchema: named,
      resumeSchema: z.object({ yes: z.boolean() }),
      execute: async ({ inputData, state, setState, resumeData, suspendData, suspend }) => {
        expectTypeOf(inputData).toEqualTypeOf<{ at: number }>()
        expectTypeOf(state).toEqualTypeOf<{ total: number }>()
        expectTypeOf(resumeData).toEqualTypeOf<{ yes: boolean } | undefined>()
        expectTypeOf(suspendData).toEqualTypeOf<{ name: string } | undefined>()
        setState({ total: 1 })
        // @ts-expect-error: the state has no such key.
        setState({ other: 1 })
        // @ts-expect-error: what it suspends with does not fit.
        if (!resumeData) return suspend({ name: 1 })
        return { n: 1 }
      },
    })
    // @ts-expect-error: its output does not fit.
    createStep({ id: 'bad', outputSchema: count, execute: () => ({ n: 'one' }) })
  })

  it('carries what a step gives to the one behind it', () => {
    expectTypeOf<GivenOf<typeof start>>().toEqualTypeOf<{ n: number }>()
    const flow = createWorkflow({ id: 'f', inputSchema: count }).then(add).then(name)
    expectTypeOf<GivenOf<typeof flow>>().toEqualTypeOf<{ name: string }>()
    // @ts-expect-error: add takes a number, name gives a text.
    flow.then(add)
    const needsState = createStep({ id: 's', stateSchema: z.object({ total: z.number() }), execute: () => 1 })
    createWorkflow({ id: 'f', stateSchema: state }).then(needsState)
    // @ts-expect-error: the workflow's state has no total.
    createWorkflow({ id: 'f', stateSchema: named }).then(needsState)
  })

  it('gives what parallel steps and branches give by their ids', () => {
    const flow = createWorkflow({ id: 'f', inputSchema: count }).parallel([add, name])
    expectTypeOf<GivenOf<typeof flow>>().toEqualTypeOf<{ add: { n: number }; name: { name: string } }>()
    const branched = createWorkflow({ id: 'f', inputSchema: count }).branch([
      [({ inputData }) => inputData.n > 1, add],
      [async ({ inputData }) => inputData.n > 2, name],
    ])
    expectTypeOf<GivenOf<typeof branched>>().toEqualTypeOf<{ add?: { n: number }; name?: { name: string } }>()
    const takesName = createStep({ id: 't', inputSchema: named, execute: () => 1 })
    // @ts-expect-error: one of them takes something else.
    createWorkflow({ id: 'f', inputSchema: count }).parallel([add, takesName])
    // @ts-expect-error: so does this branch.
    createWorkflow({ id: 'f', inputSchema: count }).branch([[() => true, takesName]])
  })

  it('takes a loop only of a step that can be given its own output', () => {
    const looped = createWorkflow({ id: 'f', inputSchema: count }).dowhile(
      add,
      async ({ inputData, iterationCount }) => inputData.n + iterationCount < 3,
    )
    expectTypeOf<GivenOf<typeof looped>>().toEqualTypeOf<{ n: number }>()
    // @ts-expect-error: name does not take a name.
    createWorkflow({ id: 'f', inputSchema: count }).dountil(name, () => true)
  })

  it('takes foreach only after a list', () => {
    const flow = createWorkflow({ id: 'f', inputSchema: z.array(count) }).foreach(name, { concurrency: 2 })
    expectTypeOf<GivenOf<typeof flow>>().toEqualTypeOf<{ name: string }[]>()
    // @ts-expect-error: it is given no list.
    start.foreach(name)
  })

  it('infers mappings, as functions and declared', () => {
    const flow = createWorkflow({ id: 'f', inputSchema: count })
      .then(name)
      .map(async ({ inputData, getStepResult, getInitData }) => {
        expectTypeOf(getStepResult(name)).toEqualTypeOf<{ name: string }>()
        expectTypeOf(getInitData()).toEqualTypeOf<{ n: number }>()
        return { length: inputData.name.length }
      })
    expectTypeOf<GivenOf<typeof flow>>().toEqualTypeOf<{ length: number }>()
    const declared = flow.map({
      name: { step: name, path: 'name' },
      whole: { step: name, path: '.' },
      seven: { value: 7 },
      sum: { fn: async ({ inputData }) => inputData.length + 1 },
    })
    expectTypeOf<GivenOf<typeof declared>>().toEqualTypeOf<{
      readonly name: string
      readonly whole: { name: string }
      readonly seven: 7
      readonly sum: number
    }>()
  })

  it('takes agents and tools as steps, and workflows within workflows', () => {
    const agent = new Agent({ name: 'writer', instructions: '' })
    const tool = createTool({
      id: 'len',
      description: 'x',
      inputSchema: named,
      outputSchema: count,
      execute: () => ({ n: 1 }),
    })
    const flow = createWorkflow({ id: 'f', inputSchema: z.object({ prompt: z.string() }) })
      .then(createStep(agent))
      .map(({ inputData }) => ({ name: inputData.text }))
      .then(createStep(tool))
    expectTypeOf<GivenOf<typeof flow>>().toEqualTypeOf<{ n: number }>()
    const structured = createStep(agent, { structuredOutput: { schema: count } })
    const answered = createWorkflow({ id: 'f', inputSchema: z.object({ prompt: z.string() }) }).then(
      structured,
    )
    expectTypeOf<GivenOf<typeof answered>>().toEqualTypeOf<{ n: number }>()
    const inner = createWorkflow({ id: 'inner', inputSchema: count, outputSchema: named }).then(name).commit()
    const outer = createWorkflow({ id: 'outer', inputSchema: count }).then(add).then(inner)
    expectTypeOf<GivenOf<typeof outer>>().toEqualTypeOf<{ name: string }>()
    // @ts-expect-error: inner takes a number.
    outer.then(inner)
  })

  it('gives a compensation what its step was given and gave', () => {
    createStep({
      id: 'x',
      inputSchema: count,
      outputSchema: named,
      execute: () => ({ name: 'x' }),
      compensate: ({ inputData, output, error }) => {
        expectTypeOf(inputData).toEqualTypeOf<{ n: number }>()
        expectTypeOf(output).toEqualTypeOf<{ name: string } | undefined>()
        expectTypeOf(error?.message).toEqualTypeOf<string | undefined>()
      },
    })
  })

  it('gives what a limit counts by, and what a schedule starts with, the types of the input', () => {
    createWorkflow({
      id: 'f',
      inputSchema: count,
      concurrency: { limit: 1, key: ({ inputData }) => inputData.n.toFixed() },
      schedule: { cron: '0 * * * *', inputData: { n: 1 } },
    })
    expect(() =>
      // @ts-expect-error: the input does not fit.
      createWorkflow({ id: 'f', inputSchema: count, schedule: { cron: '0 * * * *', inputData: { n: 'x' } } }),
    ).toThrow('its schedule "wf_f" does not fit: inputData.n: Invalid input')
  })

  it('gives a run the types of its workflow', () => {
    const run = createWorkflow({ id: 'f', inputSchema: count, outputSchema: named, stateSchema: state })
      .then(name)
      .commit()
      .createRun()
    const ask = () => run.start({ inputData: { n: 1 }, initialState: { seen: [], total: 1 } })
    expectTypeOf<Extract<Awaited<ReturnType<typeof ask>>, { status: 'success' }>['result']>().toEqualTypeOf<{
      name: string
    }>()
    // @ts-expect-error: the input does not fit.
    const bad = () => run.start({ inputData: { n: 'one' } })
    expectTypeOf(bad).toBeFunction()
  })
})
