import { listDurableObjectIds, reset, runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { erasureAddress } from '../../lib/protocol/address.ts'
import { randomId } from '../../lib/protocol/id.ts'
import { addressOfChild, mintWorkflowRunId } from '../../lib/protocol/run-id.ts'
import type { RunRecord, WorkflowResult } from '../../lib/workflows/result.ts'
import type { Env } from '../../worker/env.ts'
import { timeless, timelessChildren } from '../fixtures/workflows.ts'
import { arm, plan } from './faults.ts'
import { boundRunOf, objectOf, runOf } from './run-kit.ts'
import { stepEffects } from './workflows.ts'

afterEach(async () => {
  arm(undefined)
  stepEffects.length = 0
  await reset()
})

// The test Worker's own bindings, as worker/env.ts describes them.
const bindings: unknown = env

/** Starts the parent, answers the child that asks, and rings alarms, until all of it has ended. */
async function bringHome(): Promise<WorkflowResult> {
  const run = runOf('rel-parent', 'r1', 'ann')
  const start = { inputData: { n: 1 } }
  await run.startAsync(start).catch(ofDeath)
  for (let round = 0; round < 2000; round += 1) {
    const record = await run.get().catch(ofDeath)
    if (record === undefined) await run.startAsync(start).catch(ofDeath)
    else if (record.status === 'success' || record.status === 'failed') return run.start(start)
    else await answer(record)
    // The objects of all runs that may have something to do.
    await runDurableObjectAlarm(objectOf('rel-parent')).catch(ofDeath)
    for (const { runId } of record?.childRuns ?? [])
      await runDurableObjectAlarm(childObject(runId)).catch(ofDeath)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  throw new Error('the run does not come to its end')
}

/** The objects of runs that were started by others. One that has died asks another whether its owner was erased. */
async function startedRuns(): Promise<string[]> {
  const runs = (bindings as Env).RUN as DurableObjectNamespace
  const others = [runs.idFromName(erasureAddress('ann')), objectOf('rel-parent').id]
  const ids = await listDurableObjectIds(runs)
  return ids.filter((id) => !others.some((other) => id.equals(other))).map(String)
}

function childObject(runId: string): DurableObjectStub {
  return (bindings as Env).RUN.getByName(addressOfChild(runId)) as DurableObjectStub
}

async function answer({ childRuns }: RunRecord): Promise<void> {
  const asked = childRuns.find(({ workflowId }) => workflowId === 'rel-asking')
  if (!asked) return
  const run = runOf('rel-asking', asked.runId)
  if ((await run.get().catch(ofDeath))?.status === 'suspended')
    await run.resumeAsync({ resumeData: { add: 1 } }).catch(ofDeath)
}

/** The object died under a call, or another came first. */
function ofDeath(error: unknown): undefined {
  const text = error instanceof Error ? `${error.message} ${'code' in error ? String(error.code) : ''}` : ''
  if (/killed by the test|run_not_suspended|run_not_found/.test(text)) return undefined
  throw error
}

describe('runs that start runs, in objects that die after a commit', () => {
  it('are each started once, and end as undisturbed ones do, for every commit', async () => {
    arm(undefined)
    const calm = timeless(await bringHome())
    const effects = stepEffects.map(timelessChildren).toSorted()
    expect(calm).toMatchObject({ status: 'success', result: { n: 15 } })
    // One of each of: the middle and its child, the one that asks, three items, two tries.
    expect(await startedRuns()).toHaveLength(8)
    // How many commits there are is not the same each time: two letters may go as one.
    let k = -1
    do {
      k += 1
      await reset()
      // Those of the rounds before have nothing left, and are listed all the same.
      const before = new Set(await startedRuns())
      stepEffects.length = 0
      arm(k)
      expect(timeless(await bringHome()), `commit ${k}`).toEqual(calm)
      expect([...new Set(stepEffects.map(timelessChildren))].toSorted(), `commit ${k}`).toEqual(effects)
      expect((await startedRuns()).filter((id) => !before.has(id))).toHaveLength(8)
    } while (plan.deaths > 0)
    expect(k).toBeGreaterThan(20)
  })
})

describe('a run that starts runs', () => {
  it('cancels them with it', async () => {
    const run = runOf('rel-parent', 'r1', 'ann')
    await run.startAsync({ inputData: { n: 1 } })
    const asked = await waiting(run)
    expect(await run.cancel()).toBe(true)
    const child = runOf('rel-asking', asked)
    expect(await child.observe().result).toMatchObject({ status: 'canceled' })
  })

  it('is told of one that is deleted', async () => {
    const run = runOf('rel-parent', 'r1', 'ann')
    await run.startAsync({ inputData: { n: 1 } })
    expect(await runOf('rel-asking', await waiting(run)).delete()).toBe(true)
    expect(await run.start({ inputData: { n: 1 } })).toMatchObject({
      status: 'failed',
      error: { code: 'child_deleted' },
    })
  })
})

describe('a step', () => {
  it('sends an event to another run, once under its key', async () => {
    const hears = runOf('hears', 'h1')
    expect((await hears.start({ inputData: null })).status).toBe('waiting')
    const sends = await runOf('sends').start({ inputData: { to: 'h1' } })
    expect(sends).toMatchObject({ status: 'success', result: { accepted: true } })
    expect(await hears.observe().result).toMatchObject({ status: 'success', result: { n: 7 } })
    const again = await runOf('sends', 'r2').start({ inputData: { to: 'nobody' } })
    expect(again).toMatchObject({ status: 'failed', error: { code: 'run_not_found' } })
  })

  it('of a run whose caller is bound to a resource reaches what is that one’s, and nothing else', async () => {
    await boundRunOf('ann', 'hears', 'h1').start({ inputData: null })
    await runOf('hears', 'h2').start({ inputData: null })
    await boundRunOf('bob', 'hears', 'h3').start({ inputData: null })
    const sent = await boundRunOf('ann', 'sends', 's1').start({ inputData: { to: 'h1' } })
    expect(sent).toMatchObject({ status: 'success', result: { accepted: true } })
    expect(await boundRunOf('ann', 'hears', 'h1').observe().result).toMatchObject({
      status: 'success',
      result: { n: 7 },
    })
    for (const [i, to] of ['h2', 'h3', mintWorkflowRunId(randomId, 'bob', 'hears')].entries())
      expect(await boundRunOf('ann', 'sends', `vain${i}`).start({ inputData: { to } })).toMatchObject({
        status: 'failed',
        error: { code: 'run_not_found' },
      })
    // A run of the server's own is the server's.
    expect(await runOf('sends', 's2').start({ inputData: { to: 'h2' } })).toMatchObject({ status: 'success' })
    expect((await boundRunOf('bob', 'hears', 'h3').get())?.status).toBe('waiting')
  })
})

/** The id of the child that asks, once it does. */
async function waiting(run: ReturnType<typeof runOf>): Promise<string> {
  for (;;) {
    const record = await run.get()
    const asked = record?.childRuns.find(({ status }) => status === 'suspended')
    if (asked) return asked.runId
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
