import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { describeWorkflow } from './describe.ts'
import { createStep } from './step.ts'
import { createWorkflow } from './workflow.ts'

const count = z.object({ n: z.number() })
const flow = (id = 'flow') => createWorkflow({ id, inputSchema: count })

describe('a bare workflow that waits for an event', () => {
  it('waits, takes it, and goes on', async () => {
    const run = flow().waitForEvent('paid', { schema: count }).commit().createRun()
    const waiting = await run.start({ inputData: { n: 1 } })
    expect(waiting).toMatchObject({ status: 'waiting', steps: { paid: { status: 'waiting' } } })
    await expect(run.sendEvent('paid', { n: 'x' })).rejects.toMatchObject({ code: 'invalid_request' })
    expect(await run.sendEvent('paid', { n: 2 }, { id: 'a' })).toEqual({
      eventId: 'a',
      accepted: true,
      duplicate: false,
    })
    expect(await run.sendEvent('paid', { n: 2 }, { id: 'a' })).toMatchObject({ duplicate: true })
    expect(await run.observe().result).toMatchObject({ status: 'success', result: { n: 2 } })
    await expect(run.sendEvent('paid', { n: 2 })).rejects.toMatchObject({ code: 'run_ended' })
    await expect(flow().waitForEvent('x').commit().createRun().sendEvent('x')).rejects.toMatchObject({
      code: 'run_not_found',
    })
  })

  it('takes over what it took when it goes on from a later step, and waits anew from the wait itself', async () => {
    const flowOf = flow()
      .waitForEvent('paid', { schema: count })
      .map(({ inputData }) => inputData.n + 1)
      .commit()
    const run = flowOf.createRun()
    await run.start({ inputData: { n: 1 } })
    await run.sendEvent('paid', { n: 2 })
    expect((await run.observe().result).status).toBe('success')
    expect(await run.timeTravel({ step: 'mapping_flow_0' })).toMatchObject({ status: 'success', result: 3 })
    expect((await run.timeTravel({ step: 'paid' })).status).toBe('waiting')
  })

  it('waits no longer than it may', async () => {
    const run = flow().waitForEvent('paid', { timeoutMs: 500 }).commit().createRun()
    const stream = run.stream({ inputData: { n: 1 } })
    expect((await stream.result).status).toBe('waiting')
    const ended = new Promise<void>((resolve) => {
      const look = async (): Promise<void> => {
        const status = (await run.get())?.status
        if (status === 'failed') resolve()
        else setImmediate(() => void look())
      }
      void look()
    })
    await ended
    expect(await run.get()).toMatchObject({ error: { code: 'event_timeout' } })
  })

  it('says what it waits for', () => {
    const after = createStep({ id: 'after', resumeSchema: count, execute: () => 1 })
    const { graph } = describeWorkflow(
      flow().waitForEvent('paid', { schema: count, timeoutMs: 5 }).waitForEvent('sent', after).commit(),
    )
    expect(graph).toMatchObject([
      {
        type: 'step',
        step: {
          id: 'paid',
          from: 'event',
          canSuspend: false,
          waitsFor: { event: 'paid', timeoutMs: 5 },
          resumeSchema: { type: 'object' },
        },
      },
      { type: 'step', step: { id: 'after', from: 'function', waitsFor: { event: 'sent' } } },
    ])
  })
})

describe('what cannot be waited for is refused when it is built', () => {
  it.each([
    ['an event without a name', () => flow().waitForEvent('')],
    ['a name that is too long', () => flow().waitForEvent('x'.repeat(257))],
    ['no time', () => flow().waitForEvent('x', { timeoutMs: 0 })],
    ['a piece of a millisecond', () => flow().waitForEvent('x', { timeoutMs: 1.5 })],
    ['a value for a timeout that never comes', () => flow().waitForEvent('x', { timeoutValue: 1 })],
    ['one event twice under one id', () => flow().waitForEvent('x').waitForEvent('x').commit()],
    ['a workflow after an event', () => flow().waitForEvent('x', flow('inner').waitForEvent('y').commit())],
  ])('%s', (_what, build) => {
    expect(build).toThrow(/^Cannot (wait for event|commit)/)
  })
})
