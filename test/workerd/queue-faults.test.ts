import { reset, runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, it } from 'vitest'
import { queueAddress } from '../../lib/protocol/address.ts'
import type { Env } from '../../worker/env.ts'
import { arm, plan } from './faults.ts'
import { objectOf, runOf } from './run-kit.ts'
import { stepEffects } from './workflows.ts'

afterEach(async () => {
  arm(undefined)
  stepEffects.length = 0
  await reset()
})

// The test Worker's own bindings, as worker/env.ts describes them.
const bindings: unknown = env
const IDS = ['r1', 'r2']
const START = { inputData: null }

/** Starts the runs and rings every alarm until all have ended. */
async function bringHome(): Promise<void> {
  const queue = (bindings as Env).RUN.getByName(queueAddress('-', 'narrow', '')) as DurableObjectStub
  for (const id of IDS) await runOf('narrow', id).startAsync(START).catch(ofDeath)
  const areHome = async (): Promise<boolean> => {
    await runDurableObjectAlarm(queue).catch(ofDeath)
    return (await Promise.all(IDS.map(isHome))).every(Boolean)
  }
  await expect.poll(areHome, { interval: 5 }).toBe(true)
}

async function isHome(id: string): Promise<boolean> {
  const record = await runOf('narrow', id).get().catch(ofDeath)
  if (record === undefined) await runOf('narrow', id).startAsync(START).catch(ofDeath)
  await runDurableObjectAlarm(objectOf('narrow', id)).catch(ofDeath)
  return record?.status === 'success'
}

/** The object died under a call. */
function ofDeath(error: unknown): undefined {
  if (error instanceof Error && /killed by the test|run_not_found/.test(error.message)) return undefined
  throw error
}

/** The runs in the order in which they passed. @throws if one began before another had ended. */
function passages(): string[] {
  const order: string[] = []
  for (const effect of stepEffects) {
    const [runId = '', what] = effect.split(' ')
    const isNew = what === 'in' && order.at(-1) !== runId
    expect(isNew ? order.includes(runId) : order.at(-1) !== runId, stepEffects.join(', ')).toBe(false)
    if (isNew) order.push(runId)
  }
  return order
}

it('a limit holds, and nobody is left behind, whatever commit a run or the queue dies after', async () => {
  arm(undefined)
  await bringHome()
  expect(passages()).toEqual(IDS)
  let k = -1
  do {
    k += 1
    await reset()
    stepEffects.length = 0
    arm(k)
    await bringHome()
    expect(passages().toSorted(), `commit ${k}`).toEqual(IDS)
  } while (plan.deaths > 0)
  expect(k).toBeGreaterThan(12)
})
