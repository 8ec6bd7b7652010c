import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import type { ListRuns } from '../../lib/workflows/runner.ts'
import app from './app.ts'
import { arm } from './faults.ts'
import { objectOf, resultOf, runOf } from './run-kit.ts'
import { stepEffects } from './workflows.ts'

afterEach(async () => {
  arm(undefined)
  stepEffects.length = 0
  await reset()
})

async function list(query: ListRuns = {}): Promise<unknown[]> {
  const runs = await app.getWorkflow('asks').listRuns(query)
  return runs.map(({ runId, status }) => [runId, status])
}

describe('a run in its object', () => {
  it('waits for an answer beyond the life of its object', async () => {
    const run = runOf('asks')
    expect(await run.start({ inputData: { n: 1 } })).toMatchObject({
      status: 'suspended',
      suspended: [['confirm']],
    })
    await evictDurableObject(objectOf('asks'))
    expect(await run.get()).toMatchObject({
      status: 'suspended',
      payload: { n: 1 },
      steps: { add: { output: { n: 2 } } },
    })
    expect(resultOf(await run.resume({ resumeData: { by: 'ann' } }))).toEqual({ n: 2 })
    expect(stepEffects).toEqual(['r1 ann'])
  })

  it('refuses an answer that does not fit, names the field, and waits on', async () => {
    const run = runOf('asks')
    await run.start({ inputData: { n: 1 } })
    await expect(run.resume({ resumeData: { by: 7 } })).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'Invalid resume data: \n- by: Invalid input: expected string, received number',
    })
    await expect(run.resume({ step: 'add', resumeData: {} })).rejects.toMatchObject({
      code: 'run_not_suspended',
    })
    expect((await run.get())?.status).toBe('suspended')
  })

  it('refuses what is not there', async () => {
    await expect(runOf('asks').resume({ resumeData: {} })).rejects.toMatchObject({ code: 'run_not_found' })
    expect(await runOf('asks').get()).toBeUndefined()
    expect(await runOf('asks').delete()).toBe(false)
    const tables = await runInDurableObject(objectOf('asks'), (_run, state) =>
      state.storage.sql.exec(`SELECT name FROM sqlite_master WHERE name = 'state'`).toArray(),
    )
    expect(tables).toEqual([])
    await expect(runOf('asks').start({ inputData: { n: 'one' } })).rejects.toMatchObject({
      code: 'invalid_request',
    })
    expect(await runOf('asks').get()).toBeUndefined()
  })

  it('is joined by a second start under its id', async () => {
    const [one, two] = await Promise.all([
      runOf('asks').start({ inputData: { n: 1 } }),
      runOf('asks').start({ inputData: { n: 1 } }),
    ])
    expect(one).toEqual(two)
    await expect(runOf('asks', 'r1', 'ann').start({ inputData: { n: 1 } })).rejects.toMatchObject({
      code: 'resource_mismatch',
    })
  })

  it('takes one of ten answers that come at once, a hundred times', async () => {
    for (let round = 0; round < 100; round += 1) {
      const id = `round${round}`
      await runOf('asks', id).start({ inputData: { n: 1 } })
      const answers = Array.from({ length: 10 }, (_, i) =>
        runOf('asks', id).resume({ resumeData: { by: `p${i}` } }),
      )
      const settled = await Promise.allSettled(answers)
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      for (const answer of settled)
        if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'run_not_suspended' })
      expect(stepEffects.filter((effect) => effect.startsWith(`${id} `))).toHaveLength(1)
    }
  })

  it('goes on after its caller has gone', async () => {
    const run = runOf('chain100')
    await run.startAsync({ inputData: { n: 0 } })
    expect(resultOf(await run.observe().result)).toEqual({ n: 100 })
  })

  it('is stopped by cancel, which reaches the step that runs', async () => {
    const run = runOf('hangs')
    await run.startAsync({ inputData: {} })
    for await (const event of run.observe()) if (event.type === 'step-start') break
    expect(await run.cancel()).toBe(true)
    expect(await run.start({ inputData: {} })).toMatchObject({
      status: 'canceled',
      steps: { hang: { status: 'canceled' } },
    })
    expect(stepEffects).toEqual(['r1 hangs', 'r1 aborted'])
    expect(await run.cancel()).toBe(false)
    await expect(run.resume({ resumeData: 1 })).rejects.toMatchObject({ code: 'run_not_suspended' })
  })

  it('sleeps for a year with the alarm alone, and wakes late but never early', async () => {
    const run = runOf('sleeps')
    await run.startAsync({ inputData: { n: 1 } })
    for await (const event of run.observe()) if (event.type === 'sleep-start') break
    await expect.poll(() => app.getWorkflow('sleeps').listRuns()).toHaveLength(1)
    // The watch over the first steps rings once more, and then only the sleep's end is waited for.
    await runDurableObjectAlarm(objectOf('sleeps'))
    await evictDurableObject(objectOf('sleeps'))
    const alarm = await runInDurableObject(objectOf('sleeps'), (_run, state) => state.storage.getAlarm())
    const year = 365 * 24 * 3600_000
    expect(alarm).toBeGreaterThan(Date.now() + year - 60_000)
    expect((await run.get())?.status).toBe('waiting')
    // An alarm that comes too early wakes nothing.
    await runDurableObjectAlarm(objectOf('sleeps'))
    expect((await run.get())?.status).toBe('waiting')
    expect(await run.cancel()).toBe(true)
  })

  it('keeps values that are longer than a row', async () => {
    const run = runOf('big')
    const length = 1_200_000
    const result = await run.start({ inputData: { length } })
    expect(resultOf(result)).toEqual({ length: 0 })
    await evictDurableObject(objectOf('big'))
    const record = await run.get()
    expect(record?.steps['big']?.output).toEqual({ text: '€'.repeat(length) })
  })

  it('is heard from any place on, across lives of its object', async () => {
    const run = runOf('asks')
    const entries = []
    for await (const entry of run.stream({ inputData: { n: 1 } }).entries) entries.push(entry)
    expect(entries.map(({ event }) => event.type)).toEqual([
      'run-start',
      'step-start',
      'step-result',
      'step-start',
      'step-suspend',
      'run-suspend',
    ])
    await evictDurableObject(objectOf('asks'))
    const rest = []
    for await (const event of run.resumeStream({ resumeData: { by: 'ann' } })) rest.push(event)
    expect(rest.map(({ type }) => type)).toEqual(['run-resume', 'step-start', 'step-result', 'run-end'])
    const all = [...entries.map(({ event }) => event), ...rest]
    const heard = []
    for await (const entry of run.observe().entries) heard.push(entry)
    expect(heard.map(({ event }) => event)).toEqual(all)
  })

  it('is on the list of its workflow until it is deleted', async () => {
    await runOf('asks', 'one').start({ inputData: { n: 1 } })
    await runOf('asks', 'two', 'ann').start({ inputData: { n: 1 } })
    await runOf('asks', 'two', 'ann').resume({ resumeData: { by: 'x' } })
    await expect
      .poll(() => list())
      .toEqual([
        ['two', 'success'],
        ['one', 'suspended'],
      ])
    expect(await list({ status: 'suspended' })).toEqual([['one', 'suspended']])
    expect(await list({ resourceId: 'ann' })).toEqual([['two', 'success']])
    expect(await runOf('asks', 'one').delete()).toBe(true)
    expect(await list()).toEqual([['two', 'success']])
    expect(await runOf('asks', 'one').get()).toBeUndefined()
    const left = await runInDurableObject(objectOf('asks', 'one'), async (_run, state) => ({
      tables: state.storage.sql
        .exec(`SELECT name FROM sqlite_master WHERE name IN ('state', 'log')`)
        .toArray(),
      alarm: await state.storage.getAlarm(),
    }))
    expect(left).toEqual({ tables: [], alarm: null })
  })
})
