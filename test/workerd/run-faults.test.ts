import { reset, runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import type { WorkflowResult } from '../../lib/workflows/result.ts'
import { SIGNALS } from '../fixtures/signals.ts'
import { timeless } from '../fixtures/workflows.ts'
import { arm, plan } from './faults.ts'
import { objectOf, runOf } from './run-kit.ts'
import { stepEffects } from './workflows.ts'

afterEach(async () => {
  arm(undefined)
  stepEffects.length = 0
  await reset()
})

/** Starts the run and answers whatever it asks, and rings its alarm wherever it waits or was killed. */
async function bringHome(): Promise<WorkflowResult> {
  const run = runOf('every')
  const start = { inputData: { n: 1 }, initialState: { log: [] } }
  await run.startAsync(start).catch(ofDeath)
  for (;;) {
    const record = await run.get().catch(ofDeath)
    if (record === undefined) await run.startAsync(start).catch(ofDeath)
    else if (record.status === 'suspended') await run.resumeAsync({ resumeData: { add: 1 } }).catch(ofDeath)
    else if (record.status === 'waiting' || record.status === 'running') await nextMoment()
    else return run.start(start)
  }
}

/** Starts a run that waits for events, and sends each until it is known to be there. */
async function sendHome(): Promise<WorkflowResult> {
  const run = runOf('signals')
  const sent = new Set<string>()
  for (;;) {
    const record = await run.get().catch(ofDeath)
    if (record === undefined) await run.startAsync({ inputData: { n: 0 } }).catch(ofDeath)
    for (const { id, event, data } of SIGNALS)
      if (!sent.has(id) && (await run.sendEvent(event, data, { id }).catch(ofDeath))) sent.add(id)
    if (record?.status === 'success' || record?.status === 'failed') return run.start({ inputData: { n: 0 } })
    await nextMoment('signals')
  }
}

/** Lets a run that has done its first step do three more, each by a call. */
async function climb(): Promise<void> {
  for (let call = 1; call <= 3; call += 1) {
    await runOf('stairs').resume({ perStep: true })
    expect([...new Set(stepEffects)]).toHaveLength(call + 1)
  }
}

async function nextMoment(workflow = 'every'): Promise<void> {
  await runDurableObjectAlarm(objectOf(workflow)).catch(ofDeath)
  await new Promise((resolve) => setTimeout(resolve, 1))
}

/** The object died under a call, or the one that had made the run wait took the answer before it died. */
function ofDeath(error: unknown): undefined {
  const text = error instanceof Error ? `${error.message} ${'code' in error ? String(error.code) : ''}` : ''
  if (/killed by the test|run_not_suspended|run_not_found/.test(text)) return undefined
  throw error
}

describe('a run that uses every construct, whose object dies after a commit', () => {
  it('ends as the undisturbed one does, with its effects, for every commit', async () => {
    arm(undefined)
    const calm = timeless(await bringHome())
    const effects = stepEffects.toSorted()
    expect(calm).toMatchObject({ status: 'success' })
    let k = -1
    do {
      k += 1
      await reset()
      stepEffects.length = 0
      arm(k)
      expect(timeless(await bringHome()), `commit ${k}`).toEqual(calm)
      expect([...new Set(stepEffects)].toSorted(), `commit ${k}`).toEqual(effects)
    } while (plan.deaths > 0)
    expect(k).toBeGreaterThan(20)
  })
})

describe('a run that pauses after each step, whose object dies under a call that lets it do one', () => {
  it('does one step for each call, for every commit: the Worker sends it again', async () => {
    let k = -1
    do {
      k += 1
      await reset()
      stepEffects.length = 0
      arm(undefined)
      await runOf('stairs').start({ inputData: {}, perStep: true })
      arm(k)
      await climb()
    } while (plan.deaths > 0)
    expect(k).toBeGreaterThanOrEqual(6)
  })
})

describe('a run that waits for events, whose object dies after a commit', () => {
  it('takes each event once, and ends as the undisturbed one does, for every commit', async () => {
    arm(undefined)
    const calm = timeless(await sendHome())
    const effects = stepEffects.toSorted()
    expect(calm).toMatchObject({ status: 'success', result: { n: 100 } })
    let k = -1
    do {
      k += 1
      await reset()
      stepEffects.length = 0
      arm(k)
      expect(timeless(await sendHome()), `commit ${k}`).toEqual(calm)
      expect([...new Set(stepEffects)].toSorted(), `commit ${k}`).toEqual(effects)
    } while (plan.deaths > 0)
    expect(k).toBeGreaterThan(10)
  })
})
