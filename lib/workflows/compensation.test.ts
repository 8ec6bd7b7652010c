import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { timeless } from '../../test/fixtures/workflows.ts'
import { createTool } from '../tools/tool.ts'
import type { RunEvent } from '../protocol/run-event.ts'
import type { CompensateOptions } from './compensate-options.ts'
import { NonRetryableError } from './retry.ts'
import { createStep } from './step.ts'
import { createWorkflow } from './workflow.ts'

const count = z.object({ n: z.number() })

/** Steps that are made good, and what was done and undone, in order. */
function booking() {
  const calls: string[] = []
  const step = <const Id extends string>(
    id: Id,
    options: CompensateOptions<{ n: number }, { n: number }> = {},
  ) =>
    createStep({
      id,
      inputSchema: count,
      outputSchema: count,
      execute: ({ inputData }) => {
        calls.push(`+${id} ${inputData.n}`)
        return { n: inputData.n + 1 }
      },
      compensate: ({ inputData, output }) => void calls.push(`-${id} ${inputData.n}>${output?.n}`),
      ...options,
    })
  const fails = createStep({
    id: 'fails',
    inputSchema: count,
    execute: () => {
      throw new Error('no room')
    },
  })
  return { calls, step, fails }
}

const flow = (id = 'flow') => createWorkflow({ id, inputSchema: count, outputSchema: count })

describe('a run that fails', () => {
  it('compensates what it has done, the last first, and says what', async () => {
    const { calls, step, fails } = booking()
    const plain = createStep({
      id: 'plain',
      inputSchema: count,
      outputSchema: count,
      execute: ({ inputData }) => inputData,
    })
    const run = flow().then(step('a')).then(plain).then(step('b')).then(fails).commit().createRun()
    const result = await run.start({ inputData: { n: 1 } })
    expect(calls).toEqual(['+a 1', '+b 2', '-b 2>3', '-a 1>2'])
    const compensation = {
      done: [
        { step: 'b', path: '2' },
        { step: 'a', path: '0' },
      ],
      failed: [],
    }
    expect(timeless(result)).toMatchObject({ status: 'failed', error: { message: 'no room' }, compensation })
    expect(await run.get()).toMatchObject({ status: 'failed', error: { message: 'no room' }, compensation })
    const types: string[] = []
    for await (const { type } of run.observe()) types.push(type)
    expect(types.slice(-6)).toEqual([
      'run-compensate',
      'compensate-start',
      'compensate-result',
      'compensate-start',
      'compensate-result',
      'run-end',
    ])
  })

  it('goes back through parallel steps, workflows within, rounds and items in the order of their ends', async () => {
    const { calls, step, fails } = booking()
    const gates = new Map<string, PromiseWithResolvers<void>>()
    const gate = (id: string) => {
      const known = gates.get(id) ?? Promise.withResolvers<void>()
      gates.set(id, known)
      return known
    }
    const waits = <const Id extends string>(id: Id) =>
      createStep({
        id,
        inputSchema: count,
        outputSchema: count,
        execute: async ({ inputData }) => {
          await gate(id).promise
          calls.push(`+${id}`)
          return inputData
        },
        compensate: () => void calls.push(`-${id}`),
      })
    const inner = flow('inner').then(step('deep')).commit()
    const workflow = createWorkflow({ id: 'flow', inputSchema: count })
      .parallel([waits('late'), waits('early')])
      .map(({ inputData }) => [inputData.late, inputData.early])
      .foreach(inner)
      .map(({ inputData }) => inputData[0] ?? { n: 0 })
      .dowhile(step('round'), async ({ inputData }) => inputData.n < 4)
      .then(fails)
      .commit()
    const run = workflow.createRun()
    const ended = run.start({ inputData: { n: 1 } })
    gate('early').resolve()
    await new Promise((resolve) => setImmediate(resolve))
    gate('late').resolve()
    const result = await ended
    expect(calls).toEqual([
      '+early',
      '+late',
      '+deep 1',
      '+deep 1',
      '+round 2',
      '+round 3',
      '-round 3>4',
      '-round 2>3',
      '-deep 1>2',
      '-deep 1>2',
      '-late',
      '-early',
    ])
    expect(result).toMatchObject({
      compensation: {
        done: [
          { step: 'round', path: '4.2' },
          { step: 'round', path: '4.1' },
          { step: 'inner.deep', path: '2.1/0' },
          { step: 'inner.deep', path: '2.0/0' },
          { step: 'late', path: '0.0' },
          { step: 'early', path: '0.1' },
        ],
      },
    })
  })

  it('tries a compensation again, and names the one that could not be, and goes on with the next', async () => {
    const { calls, step, fails } = booking()
    const tries: [string, number][] = []
    const flaky = (id: string, times: number, error = new Error('busy')) => ({
      compensateRetries: { attempts: 2, delay: 0 },
      compensate: ({ retryCount, idempotencyKey }: { retryCount: number; idempotencyKey: string }) => {
        tries.push([idempotencyKey.split('/').slice(1).join('/'), retryCount])
        if (retryCount < times) throw error
        calls.push(`-${id}`)
      },
    })
    const run = flow()
      .then(step('a', flaky('a', 2)))
      .then(step('b', flaky('b', 9)))
      .then(step('c', flaky('c', 9, new NonRetryableError('gone'))))
      .then(fails)
      .commit()
      .createRun()
    expect(await run.start({ inputData: { n: 1 } })).toMatchObject({
      status: 'failed',
      error: { message: 'no room' },
      compensation: {
        done: [{ step: 'a', path: '0' }],
        failed: [
          { step: 'c', path: '2', error: { message: 'gone' } },
          { step: 'b', path: '1', error: { message: 'busy' } },
        ],
      },
    })
    expect(tries).toEqual([
      ['2/compensate', 0],
      ['1/compensate', 0],
      ['1/compensate', 1],
      ['1/compensate', 2],
      ['0/compensate', 0],
      ['0/compensate', 1],
      ['0/compensate', 2],
    ])
  })

  it('compensates a step that failed only if that asks for it, and tells what the run failed with', async () => {
    const seen: unknown[] = []
    const charge = createStep({
      id: 'charge',
      inputSchema: count,
      execute: () => Promise.reject(new Error('timeout')),
      compensate: ({ inputData, output, error, runId, workflowId }) =>
        void seen.push({ inputData, output, error, ids: [typeof runId, workflowId] }),
      compensateAfter: 'start',
    })
    const result = await flow()
      .then(charge)
      .commit()
      .createRun()
      .start({ inputData: { n: 3 } })
    expect(seen).toEqual([
      {
        inputData: { n: 3 },
        output: undefined,
        error: { name: 'Error', message: 'timeout' },
        ids: ['string', 'flow'],
      },
    ])
    expect(result).toMatchObject({ status: 'failed', compensation: { done: [{ step: 'charge' }] } })
  })

  it('is not restarted once what it had done was compensated, nor travelled from through that', async () => {
    const { calls, step, fails } = booking()
    const workflow = flow().then(step('a')).then(fails).commit()
    const run = workflow.createRun()
    await run.start({ inputData: { n: 1 } })
    await expect(run.restart()).rejects.toMatchObject({ code: 'run_compensated' })
    await expect(run.timeTravel({ step: 'fails' })).rejects.toMatchObject({
      code: 'run_compensated',
      message: expect.stringContaining('step "a"'),
    })
    const again = await run.timeTravel({ step: 'a' })
    expect([again.status, calls]).toEqual(['failed', ['+a 1', '-a 1>2', '+a 1', '-a 1>2']])
    const context = { a: { status: 'success', output: { n: 5 } } }
    const given = await run.timeTravel({ step: 'fails', context })
    expect(given).not.toHaveProperty('compensation')
    expect(calls).toHaveLength(4)
  })

  it('is restarted as ever where there was nothing to compensate', async () => {
    let isBroken = true
    const fragile = createStep({
      id: 'fragile',
      execute: () => {
        if (isBroken) throw new Error('no')
        return 'well'
      },
      compensate: () => undefined,
    })
    const run = flow().then(fragile).commit().createRun()
    expect(await run.start({ inputData: { n: 1 } })).not.toHaveProperty('compensation')
    isBroken = false
    expect(await run.restart()).toMatchObject({ status: 'success', result: 'well' })
  })

  it('compensates also where a condition failed, once what was stopped has ended', async () => {
    const { calls, step } = booking()
    const slow = createStep({
      id: 'slow',
      inputSchema: count,
      execute: ({ abortSignal }) =>
        new Promise((resolve) => {
          abortSignal.addEventListener('abort', () => {
            calls.push('slow stops')
            resolve('late')
          })
        }),
      compensate: () => void calls.push('-slow'),
    })
    const inner = createWorkflow({ id: 'inner', inputSchema: count })
      .then(step('a'))
      .branch([[() => Promise.reject(new Error('unsure')), step('b')]])
      .commit()
    const workflow = createWorkflow({ id: 'flow', inputSchema: count }).parallel([slow, inner]).commit()
    const result = await workflow.createRun().start({ inputData: { n: 1 } })
    expect(result).toMatchObject({ status: 'failed', error: { message: 'unsure' } })
    expect(calls).toEqual(['+a 1', 'slow stops', '-slow', '-a 1>2'])
  })
})

describe('a run that is canceled', () => {
  it('stops what runs first, and then compensates; what ended well all the same as well', async () => {
    const { calls, run, ended } = await hanging('succeeds')
    expect(await run.cancel()).toBe(true)
    expect(await ended).toMatchObject({
      status: 'canceled',
      compensation: { done: [{ step: 'hangs' }, { step: 'a' }], failed: [] },
    })
    expect(calls).toEqual(['+a 1', 'stops', '-hangs', '-a 1>2'])
    expect(await run.cancel()).toBe(false)
  })

  it('compensates what was stopped only if that asks for it', async () => {
    const one = await hanging('fails')
    await one.run.cancel()
    expect(await one.ended).toMatchObject({ status: 'canceled', steps: { hangs: { status: 'canceled' } } })
    expect(one.calls).toEqual(['+a 1', 'stops', '-a 1>2'])
    const other = await hanging('fails', 'start')
    await other.run.cancel()
    await other.ended
    expect(other.calls).toEqual(['+a 1', 'stops', '-hangs', '-a 1>2'])
  })

  it('compensates what it has done while it waits for somebody, or pauses', async () => {
    const { calls, step } = booking()
    const ask = createStep({ id: 'ask', inputSchema: count, execute: ({ suspend }) => suspend({}) })
    const run = flow().then(step('a')).then(ask).commit().createRun()
    await run.start({ inputData: { n: 1 } })
    await run.cancel()
    expect(await run.observe().result).toMatchObject({
      status: 'canceled',
      compensation: { done: [{ step: 'a' }] },
    })
    const paused = flow().then(step('b')).then(ask).commit().createRun()
    await paused.start({ inputData: { n: 1 }, perStep: true })
    await paused.cancel()
    expect(await paused.observe().result).toMatchObject({
      status: 'canceled',
      compensation: { done: [{ step: 'b' }] },
    })
    expect(calls).toEqual(['+a 1', '-a 1>2', '+b 1', '-b 1>2'])
  })

  it('goes on with its compensations when it is canceled again, and ends as it was to', async () => {
    const { calls, step, fails } = booking()
    const held = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<void>()
    const slow = step('slow', {
      compensate: () => {
        begun.resolve()
        return held.promise
      },
    })
    const run = flow().then(step('a')).then(slow).then(fails).commit().createRun()
    const ended = run.start({ inputData: { n: 1 } })
    await begun.promise
    expect((await run.get())?.status).toBe('running')
    await expect(run.resume({})).rejects.toMatchObject({ code: 'run_not_suspended' })
    expect(await run.cancel()).toBe(true)
    held.resolve()
    expect(await ended).toMatchObject({
      status: 'failed',
      compensation: { done: [{ step: 'slow' }, { step: 'a' }] },
    })
    expect(calls).toEqual(['+a 1', '+slow 2', '-a 1>2'])
    const said: RunEvent['type'][] = []
    for await (const event of run.observe()) if ('at' in event) said.push(event.type)
    expect(said).toContain('run-cancel')
  })
})

describe('a run that ends well', () => {
  it('compensates nothing, also where it is left early', async () => {
    const { calls, step } = booking()
    const leaves = createStep({ id: 'leaves', inputSchema: count, execute: ({ bail }) => bail({ n: 0 }) })
    const run = flow().then(step('a')).then(leaves).commit().createRun()
    expect(await run.start({ inputData: { n: 1 } })).toMatchObject({ status: 'success', result: { n: 0 } })
    expect(calls).toEqual(['+a 1'])
  })
})

describe('a step', () => {
  it('of a tool is compensated as well', async () => {
    const undone: unknown[] = []
    const book = createTool({
      id: 'book',
      description: 'Books',
      inputSchema: count,
      outputSchema: z.object({ seat: z.number() }),
      execute: ({ n }) => ({ seat: n }),
    })
    const { fails } = booking()
    const workflow = createWorkflow({ id: 'flow', inputSchema: count })
      .then(createStep(book, { compensate: ({ output }) => void undone.push(output?.seat) }))
      .map(() => ({ n: 1 }))
      .then(fails)
      .commit()
    await workflow.createRun().start({ inputData: { n: 7 } })
    expect(undone).toEqual([7])
  })

  it('is refused where what it says of its compensation cannot be', () => {
    expect(() => createStep({ id: 'x', execute: one, compensateRetries: 2 })).toThrow('it has no compensate')
    expect(() => createStep({ id: 'x', execute: one, compensateAfter: 'start' })).toThrow(
      'it has no compensate',
    )
    expect(() => createStep({ id: 'x', execute: one, compensate: one, compensateRetries: -1 })).toThrow(
      'retry attempts are -1',
    )
    expect(() => createStep({ id: 'x', execute: one, compensate: 'undo' as never })).toThrow('is no function')
  })
})

/** Brings a run to a step that does not end by itself. */
async function hanging(onAbort: 'succeeds' | 'fails', compensateAfter: 'success' | 'start' = 'success') {
  const { calls, step } = booking()
  const begun = Promise.withResolvers<void>()
  const hangs = createStep({
    id: 'hangs',
    inputSchema: count,
    outputSchema: count,
    execute: ({ abortSignal }) =>
      new Promise<{ n: number }>((resolve, reject) => {
        begun.resolve()
        abortSignal.addEventListener('abort', () => {
          calls.push('stops')
          if (onAbort === 'succeeds') resolve({ n: 9 })
          else reject(abortSignal.reason as Error)
        })
      }),
    retries: 5,
    compensate: () => void calls.push('-hangs'),
    compensateAfter,
  })
  const run = flow().then(step('a')).then(hangs).then(step('never')).commit().createRun()
  const ended = run.start({ inputData: { n: 1 } })
  await begun.promise
  return { calls, run, ended }
}

function one() {
  return 1
}
