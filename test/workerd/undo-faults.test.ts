import { reset, runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import type { WorkflowResult } from '../../lib/workflows/result.ts'
import { timeless } from '../fixtures/workflows.ts'
import { arm, plan } from './faults.ts'
import { objectOf, runOf } from './run-kit.ts'
import { stepEffects } from './workflows.ts'

afterEach(async () => {
  arm(undefined)
  stepEffects.length = 0
  await reset()
})

type Act = () => Promise<unknown>

/** Does what begins it, and rings the alarm wherever the run waits or was killed, until it has ended. */
async function bringHome(
  workflow: string,
  runId: string,
  begin: Act,
  onIdle: (status: string) => Promise<unknown>,
): Promise<WorkflowResult> {
  const run = runOf(workflow, runId)
  await begin().catch(ofDeath)
  for (;;) {
    const record = await run.get().catch(ofDeath)
    if (record === undefined) await begin().catch(ofDeath)
    else if (record.status === 'suspended' || record.status === 'paused')
      await onIdle(record.status).catch(ofDeath)
    else if (record.status === 'waiting' || record.status === 'running') await nextMoment(workflow, runId)
    else return run.observe().result
  }
}

async function nextMoment(workflow: string, runId: string): Promise<void> {
  await runDurableObjectAlarm(objectOf(workflow, runId)).catch(ofDeath)
  await new Promise((resolve) => setTimeout(resolve, 1))
}

/** The object died under a call, or the one that had made the run wait took the answer before it died. */
function ofDeath(error: unknown): undefined {
  const text = error instanceof Error ? `${error.message} ${'code' in error ? String(error.code) : ''}` : ''
  if (/killed by the test|run_not_suspended|run_not_found/.test(text)) return undefined
  throw error
}

/** Lets the object die after each commit: the run ends as the undisturbed one, with its effects. */
async function endsAlike(prepare: Act, go: () => Promise<WorkflowResult>, expected: object): Promise<void> {
  const through = async (k: number | undefined) => {
    await reset()
    arm(undefined)
    await prepare()
    stepEffects.length = 0
    arm(k)
    return timeless(await go())
  }
  const calm = await through(undefined)
  const effects = [...new Set(stepEffects)].toSorted()
  expect(calm).toMatchObject(expected)
  let k = -1
  do {
    k += 1
    expect(await through(k), `commit ${k}`).toEqual(calm)
    expect([...new Set(stepEffects)].toSorted(), `commit ${k}`).toEqual(effects)
  } while (plan.deaths > 0)
  expect(k).toBeGreaterThan(3)
}

const resume = (runId: string) => (status: string) =>
  runOf('every', runId).resumeAsync(
    status === 'paused' ? { perStep: true } : { resumeData: { add: 1 }, perStep: runId === 'r2' },
  )

const nothing: Act = async () => undefined

describe('a run whose object dies after a commit', () => {
  it('compensates as the undisturbed one does where it failed, for every commit', async () => {
    await endsAlike(
      nothing,
      () => bringHome('failing', 'r1', () => runOf('failing').startAsync({ inputData: { n: 1 } }), nothing),
      { status: 'failed', compensation: { done: [{ step: 'flaky' }, {}, {}], failed: [] } },
    )
  })

  it('and where it was canceled', async () => {
    await endsAlike(
      nothing,
      () =>
        bringHome(
          'waiting',
          'r1',
          () => runOf('waiting').startAsync({ inputData: { n: 1 } }),
          () => runOf('waiting').cancel(),
        ),
      { status: 'canceled', compensation: { done: [{ step: 'flaky' }, {}, {}], failed: [] } },
    )
  })

  it('goes on from a step of another run as the undisturbed one does, and pauses between its steps', async () => {
    const start = { inputData: { n: 1 }, initialState: { log: [] } }
    await endsAlike(
      async () => {
        await bringHome('every', 'r1', () => runOf('every').startAsync(start), resume('r1'))
      },
      () =>
        bringHome(
          'every',
          'r2',
          () => runOf('every').timeTravelAsync({ step: 'inner.inside', runId: 'r2', perStep: true }),
          resume('r2'),
        ),
      { status: 'success' },
    )
  })
})
