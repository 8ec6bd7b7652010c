import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { RunFamily } from '../../test/fixtures/run-family.ts'
import type { RunWorld } from '../../test/fixtures/run-world.ts'
import { childRun } from '../workflows/child-run.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'

const count = z.object({ n: z.number() })
const flow = <const Id extends string>(id: Id) =>
  createWorkflow({ id, inputSchema: count, outputSchema: count })
const add = createStep({
  id: 'add',
  inputSchema: count,
  outputSchema: count,
  execute: ({ inputData }) => ({ n: inputData.n + 1 }),
})
const ask = createStep({
  id: 'ask',
  inputSchema: count,
  outputSchema: count,
  resumeSchema: count,
  execute: ({ resumeData, suspend }) => resumeData ?? suspend({ question: 'how many?' }),
})
const child = flow('child').then(add).commit()
const asking = flow('asking').then(ask).commit()

/** The only run of a workflow. */
function only(family: RunFamily, workflowId: string): RunWorld {
  const [world, ...others] = family.of(workflowId)
  if (!world || others.length > 0) throw new Error(`There are ${others.length + 1} runs of ${workflowId}`)
  return world
}

describe('a run that starts another', () => {
  it('waits for it and takes its result, in two objects, for the same resource', async () => {
    const family = new RunFamily(flow('parent').then(childRun(child)).then(add).commit(), child)
    await family.start('parent', { n: 1 }, { tenant: 't1', token: 'secret' })
    const parent = family.run('parent')
    expect(await parent.settle()).toMatchObject({
      status: 'success',
      result: { n: 3 },
      steps: { child: { status: 'success', output: { n: 2 } } },
    })
    const record = await only(family, 'child').run.record()
    expect(record).toMatchObject({
      status: 'success',
      resourceId: 'ann',
      payload: { n: 1 },
      parent: { runId: 'r1', path: '0' },
    })
    expect((await parent.run.record())?.steps['child']?.metadata?.childRunId).toBe(record?.runId)
    await family.calm()
    expect(family.calls).toEqual(['start to parent', 'start to child', 'child to parent'])
    expect(family.problems).toEqual([])
  })

  it('hands on the runtime context; what is secret of it is in no row', async () => {
    const seen: unknown[] = []
    const looks = createStep({
      id: 'looks',
      execute: ({ runtimeContext }) => {
        seen.push(runtimeContext.get('tenant'), runtimeContext.get('token'))
        return {}
      },
    })
    const reader = createWorkflow({ id: 'reader' }).then(looks).commit()
    const family = new RunFamily(flow('parent').then(childRun(reader)).commit(), reader)
    await family.start('parent', { n: 1 }, { tenant: 't1', token: 'hidden-word' })
    await family.run('parent').settle()
    expect(seen).toEqual(['t1', 'hidden-word'])
    for (const { platform } of family.worlds.values()) {
      const rows = ['state', 'log'].flatMap((table) => platform.sql.run(`SELECT * FROM ${table}`))
      expect(JSON.stringify(rows)).not.toContain('hidden-word')
    }
  })

  it('has one for each of parallel steps, items and rounds', async () => {
    const parent = flow('parent')
      .parallel([childRun(child, { id: 'left' }), childRun(child, { id: 'right' })])
      .map(({ inputData }) => [inputData.left, inputData.right, { n: 10 }])
      .foreach(childRun(child), { concurrency: 2 })
      .map(({ inputData }) => ({ n: inputData.reduce((sum, { n }) => sum + n, 0) }))
      .dountil(childRun(child, { id: 'again' }), ({ inputData }) => inputData.n >= 20)
      .commit()
    const family = new RunFamily(parent, child)
    await family.start('parent', { n: 1 })
    expect(await family.run('parent').settle()).toMatchObject({ status: 'success', result: { n: 20 } })
    expect(family.of('child')).toHaveLength(8)
  })

  it('shows who is asked when it waits for somebody, and goes on when that one is answered', async () => {
    const family = new RunFamily(flow('parent').then(childRun(asking)).then(add).commit(), asking)
    await family.start('parent', { n: 1 })
    await family.calm()
    const parent = family.run('parent')
    expect((await parent.settle()).status).toBe('waiting')
    const asked = only(family, 'asking')
    const childRunId = asked.run.meta?.info.runId
    expect(await parent.run.record()).toMatchObject({
      status: 'waiting',
      steps: { asking: { status: 'waiting', metadata: { childRunId, childStatus: 'suspended' } } },
      childRuns: [
        { step: ['asking'], path: '0', runId: childRunId, workflowId: 'asking', status: 'suspended' },
      ],
    })
    await asked.run.resume({}, { n: 5 })
    await family.calm()
    expect(await parent.settle()).toMatchObject({ status: 'success', result: { n: 6 } })
    expect((await parent.run.record())?.childRuns).toEqual([])
  })

  it('fails with its error, and follows a failed one by another where it may be tried again', async () => {
    let tries = 0
    const flaky = createStep({
      id: 'flaky',
      inputSchema: count,
      outputSchema: count,
      execute: ({ inputData }) => {
        tries += 1
        if (tries < 3) throw new TypeError('no luck')
        return inputData
      },
    })
    const fragile = flow('fragile').then(flaky).commit()
    const once = new RunFamily(flow('parent').then(childRun(fragile)).commit(), fragile)
    await once.start('parent', { n: 1 })
    expect(await once.run('parent').settle()).toMatchObject({
      status: 'failed',
      error: { name: 'TypeError', message: 'no luck' },
    })
    tries = 0
    const again = new RunFamily(
      flow('parent')
        .then(childRun(fragile, { retries: 2 }))
        .commit(),
      fragile,
    )
    await again.start('parent', { n: 1 })
    for (let i = 0; i < 5; i += 1) await again.advance(1)
    expect(await again.run('parent').settle()).toMatchObject({ status: 'success', result: { n: 1 } })
    expect(again.of('fragile')).toHaveLength(3)
  })

  it('starts another when it is restarted', async () => {
    let isBroken = true
    const step = createStep({
      id: 'step',
      inputSchema: count,
      outputSchema: count,
      execute: ({ inputData }) => {
        if (isBroken) throw new Error('broken')
        return inputData
      },
    })
    const fragile = flow('fragile').then(step).commit()
    const family = new RunFamily(
      flow('parent')
        .parallel([childRun(fragile), childRun(asking)])
        .commit(),
      fragile,
      asking,
    )
    await family.start('parent', { n: 1 })
    const parent = family.run('parent')
    await family.calm()
    expect((await parent.settle()).status).toBe('failed')
    expect(family.infoOf(only(family, 'asking'))?.status).toBe('canceled')
    isBroken = false
    await parent.run.restart()
    await family.calm()
    expect((await parent.settle()).status).toBe('waiting')
    const asked = family.of('asking')[1]
    await asked?.run.resume({}, { n: 4 })
    await family.calm()
    expect(await parent.settle()).toMatchObject({ result: { fragile: { n: 1 }, asking: { n: 4 } } })
  })
})

describe('a run is not waited for in vain', () => {
  it.each([
    ['whose input does not fit', childRun('child'), { n: 'x' }, 'invalid_request'],
    ['of a workflow that is not there', childRun('nobody'), { n: 1 }, 'workflow_not_found'],
  ] as const)('%s', async (_what, step, given, code) => {
    const family = new RunFamily(
      createWorkflow({ id: 'parent' })
        .map(() => given)
        .then(step)
        .commit(),
      child,
    )
    await family.start('parent', null)
    expect(await family.run('parent').settle()).toMatchObject({ status: 'failed', error: { code } })
  })

  it('when somebody cancels it, or deletes it', async () => {
    for (const [act, code] of [
      ['cancel', 'child_canceled'],
      ['remove', 'child_deleted'],
    ] as const) {
      const family = new RunFamily(
        flow('parent')
          .then(childRun(asking, { retries: 3 }))
          .commit(),
        asking,
      )
      await family.start('parent', { n: 1 })
      await family.calm()
      await only(family, 'asking').run[act]()
      await family.calm()
      expect(await family.run('parent').settle()).toMatchObject({ status: 'failed', error: { code } })
    }
  })

  it('where runs start runs without end: eight deep it is refused', async () => {
    const endless = flow('endless').then(childRun('endless')).commit()
    const family = new RunFamily(endless)
    await family.start('endless', { n: 1 })
    for (let i = 0; i < 5; i += 1) await family.calm()
    expect(await family.run('endless').settle()).toMatchObject({
      status: 'failed',
      error: { code: 'invalid_request', message: expect.stringContaining('8 deep') as string },
    })
    expect(family.of('endless').filter((world) => world.run.meta)).toHaveLength(9)
  })

  it('which one before it under its id had started, too: it starts its own', async () => {
    const family = new RunFamily(flow('parent').then(childRun(child)).commit(), child)
    await family.start('parent', { n: 1 })
    expect(await family.run('parent').settle()).toMatchObject({ result: { n: 2 } })
    await family.run('parent').run.remove()
    await family.advance(1)
    await family.start('parent', { n: 5 })
    await family.calm()
    expect(await family.run('parent').run.record()).toMatchObject({ status: 'success', result: { n: 6 } })
    expect(family.of('child')).toHaveLength(2)
  })

  it('under an id that somebody else has taken', async () => {
    const family = new RunFamily(flow('parent').then(childRun(child)).commit(), child)
    const runId = `parent~r1~${(1_000_000).toString(36)}~0~1`
    const address = `-/child/${encodeURIComponent(runId)}`
    const request = { runId, workflowId: 'child', inputData: { n: 1 }, runtimeContext: {}, resourceId: 'ann' }
    await family.call(address, { type: 'start', request, address, format: 'ack' })
    await family.start('parent', { n: 1 })
    expect(await family.run('parent').settle()).toMatchObject({
      status: 'failed',
      error: { code: 'resource_mismatch' },
    })
  })

  it('whose end was told and not heard: it is asked after an hour', async () => {
    const family = new RunFamily(flow('parent').then(childRun(child)).commit(), child)
    // As if the letter had been dropped.
    family.intercept = (_address, { type }) =>
      type === 'child' ? new Response('{}', { status: 200 }) : undefined
    await family.start('parent', { n: 1 })
    await family.calm()
    const parent = family.run('parent')
    expect((await parent.run.record())?.status).toBe('running')
    await family.advance(2000)
    expect((await parent.run.record())?.status).toBe('running')
    expect(parent.platform.alarmAt).toBeLessThanOrEqual(parent.now + 3600_000)
    await family.advance(3600_000)
    expect(await parent.settle()).toMatchObject({ status: 'success', result: { n: 2 } })
  })

  it('that is gone without a word: it is asked after an hour', async () => {
    const family = new RunFamily(flow('parent').then(childRun(asking)).commit(), asking)
    await family.start('parent', { n: 1 })
    await family.calm()
    family.intercept = (_address, { type }) =>
      type === 'child' ? new Response('{}', { status: 200 }) : undefined
    await only(family, 'asking').run.remove()
    await family.advance(3600_000)
    await family.advance(3600_000)
    expect(await family.run('parent').settle()).toMatchObject({ error: { code: 'child_deleted' } })
  })

  it('whose object cannot be reached: it is started when it can', async () => {
    const family = new RunFamily(flow('parent').then(childRun(child)).commit(), child)
    family.intercept = (_address, { type }) =>
      type === 'start' && family.calls.length < 4
        ? Response.json({ error: { code: 'internal', message: 'away' } }, { status: 500 })
        : undefined
    const address = '-/parent/r1'
    const request = { runId: 'r1', workflowId: 'parent', inputData: { n: 1 }, runtimeContext: {} }
    await family.at(address).run.start(request, address)
    for (let i = 0; i < 5; i += 1) await family.advance(15_000)
    expect(await family.run('parent').settle()).toMatchObject({ status: 'success', result: { n: 2 } })
  })
})

describe('a cancel flows down', () => {
  const middle = flow('middle').then(childRun(asking)).commit()
  const parent = flow('parent')
    .parallel([childRun(middle), childRun(asking)])
    .commit()

  it('to all runs that were started, and to those that they have started', async () => {
    const family = new RunFamily(parent, middle, asking)
    await family.start('parent', { n: 1 })
    await family.calm()
    expect(family.of('asking').map((world) => family.infoOf(world)?.status)).toEqual([
      'suspended',
      'suspended',
    ])
    expect(await family.run('parent').run.cancel()).toBe(true)
    await family.calm()
    for (const world of family.worlds.values()) expect(family.infoOf(world)?.status).toBe('canceled')
    expect(await family.run('parent').run.record()).toMatchObject({
      steps: { middle: { status: 'canceled' }, asking: { status: 'canceled' } },
      childRuns: [],
    })
  })

  it('also where the run is deleted', async () => {
    const family = new RunFamily(parent, middle, asking)
    await family.start('parent', { n: 1 })
    await family.calm()
    expect(await family.run('parent').run.remove()).toBe(true)
    await family.calm()
    expect(family.run('parent').platform.sql.run('SELECT name FROM sqlite_master')).toEqual([])
    for (const id of ['middle', 'asking'])
      for (const world of family.of(id)) expect(family.infoOf(world)?.status).toBe('canceled')
  })

  it('where what runs beside it fails or leaves the workflow', async () => {
    const fail = createStep({
      id: 'fail',
      execute: () => {
        throw new Error('no')
      },
    })
    const leave = createStep({ id: 'leave', execute: ({ bail }) => bail({ n: 0 }) })
    for (const step of [fail, leave]) {
      const family = new RunFamily(
        flow('parent')
          .parallel([step, childRun(asking)])
          .commit(),
        asking,
      )
      await family.start('parent', { n: 1 })
      await family.calm()
      expect((await family.run('parent').settle()).status).toBe(step === fail ? 'failed' : 'success')
      await family.calm()
      expect(family.of('asking').map((world) => family.infoOf(world)?.status)).toEqual(['canceled'])
    }
  })
})

describe('what goes from run to run', () => {
  it('may be longer than a row', async () => {
    const text = '€'.repeat(600_000)
    const long = createStep({ id: 'long', execute: ({ inputData }) => inputData })
    const echo = createWorkflow({ id: 'echo' }).then(long).commit()
    const family = new RunFamily(createWorkflow({ id: 'parent' }).then(childRun(echo)).commit(), echo)
    await family.start('parent', { text })
    expect(await family.run('parent').settle()).toMatchObject({ status: 'success', result: { text } })
    await family.calm()
    for (const { platform } of family.worlds.values())
      expect(platform.sql.run('SELECT id FROM pieces WHERE id < 0')).toEqual([])
  })
})
