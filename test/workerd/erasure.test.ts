import { reset } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import { arm, plan } from './faults.ts'
import {
  erase,
  exported,
  inventory,
  lookAgain,
  OWNER,
  settleCottage,
  settleEstate,
  traces,
  untilListed,
  WORDS,
} from './estate.ts'
import { stepEffects } from './workflows.ts'

afterEach(async () => {
  arm(undefined)
  stepEffects.length = 0
  await reset()
})

/** Where a step is still at work the objects of these tests cannot be reset. */
async function forget(owner: string): Promise<void> {
  await erase(owner)
  await lookAgain(owner)
}

describe('the export of a resource', () => {
  it('holds its threads, facts, schedules and runs, with what they were given and gave', async () => {
    await settleEstate()
    await untilListed()
    const lines = await exported()
    const runs = lines.filter(({ type }) => type === 'run')
    expect(runs).toContainEqual(
      expect.objectContaining({
        workflowId: 'asks',
        runId: 'r',
        resourceId: OWNER,
        status: 'success',
        payload: { n: 1 },
        result: { n: 2 },
        steps: expect.objectContaining({
          confirm: expect.objectContaining({ resumePayload: { by: 'xyzzy' } }),
        }),
      }),
    )
    const statuses = runs.map(({ workflowId, status }) => `${String(workflowId)} ${String(status)}`)
    expect(statuses.toSorted()).toEqual([
      'asks success',
      'asks suspended',
      'hangs running',
      'rel-asking suspended',
      'rel-child success',
      'rel-middle success',
      'rel-parent waiting',
      'sleeps waiting',
      'ticks success',
      'waiting suspended',
    ])
    expect(lines).toContainEqual(
      expect.objectContaining({ type: 'schedule', id: 's', cron: '0 3 1 1 *', inputData: { word: 'xyzzy' } }),
    )
    // A run without a thread is among what was said.
    const [said, ...others] = lines.filter(
      ({ type, threadId }) => type === 'message' && threadId === undefined,
    )
    expect(said).toMatchObject({ role: 'user', parts: [{ type: 'text', text: 'xyzzy' }] })
    expect(others).toMatchObject([{ role: 'assistant' }])
    await forget(OWNER)
  })
})

describe('erasing a resource', () => {
  it('leaves no trace of it anywhere, makes good what its runs had done, and takes nothing of another', async () => {
    await settleEstate()
    await settleEstate('ben', 'lorem', 'ipsum')
    await untilListed()
    await untilListed('ben')
    const bens = await inventory('ben')
    const done = stepEffects.filter((effect) => effect.startsWith('+') && !effect.includes('-ben'))
    expect(done).toHaveLength(3)
    const response = await erase()
    // What is made good takes its time.
    expect([200, 202]).toContain(response.status)
    await lookAgain()
    const undone = stepEffects.filter((effect) => effect.startsWith('-'))
    expect([...new Set(undone)].map((effect) => effect.slice(1, -'/undo'.length))).toHaveLength(3)
    expect(await inventory()).toEqual({ resource: 1 })
    expect(await inventory('ben')).toEqual(bens)
    expect(await (await erase()).json()).toEqual({
      resourceId: OWNER,
      erased: { threads: 0, runs: 0, schedules: 0 },
    })
    await forget('ben')
    expect(await traces([...WORDS, 'lorem', 'ipsum'])).toEqual([])
  })

  it('comes to its end by its alarm, whatever commit an object dies after', async () => {
    let k = -1
    let deaths = 0
    do {
      k += 1
      await reset()
      arm(undefined)
      await settleCottage()
      stepEffects.length = 0
      arm(k)
      await erase().catch(() => undefined)
      await lookAgain()
      ;({ deaths } = plan)
      arm(undefined)
      expect(await traces(), `commit ${k}`).toEqual([])
      expect(new Set(stepEffects).size, `commit ${k}`).toBe(3)
    } while (deaths > 0)
    expect(k).toBeGreaterThan(12)
  }, 600_000)
})
