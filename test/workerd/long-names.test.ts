import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import { erasureAddress, scheduleAddress } from '../../lib/protocol/address.ts'
import { lookAgain, ok, runObject, runtime, traces } from './estate.ts'
import { ask } from './kit.ts'
import { boundRunOf, runOf } from './run-kit.ts'
import { stepEffects } from './workflows.ts'

afterEach(async () => {
  stepEffects.length = 0
  await reset()
})

/** Allowed, and longer in an object's name than the platform tells the object. */
const OWNER = '日'.repeat(256)

describe('an object whose name is longer than it is told', () => {
  it('a resource is erased, by its alarm to the end, and is then nowhere', async () => {
    await runOf('waiting', 'r', OWNER).startAsync({ inputData: { n: 1 } })
    await ok(ask('/api/memory/facts', { key: 'pet', value: 'rex', resourceId: OWNER }))
    const path = `/api/memory/resources/${encodeURIComponent(OWNER)}`
    const exported = async (): Promise<string> => (await ok(ask(`${path}/export`))).text()
    await expect.poll(exported).toContain('"type":"run"')
    const response = await ask(path, undefined, {}, 'DELETE')
    expect([200, 202]).toContain(response.status)
    await evictDurableObject(runObject(erasureAddress(OWNER)))
    await lookAgain(OWNER)
    expect((await exported()).trim().split('\n')).toHaveLength(1)
    expect(await traces([OWNER])).toEqual([])
    expect(await runtime().erasedAt(OWNER)).toBeTypeOf('number')
    expect(
      await runInDurableObject(runObject(erasureAddress(OWNER)), (_object, { storage }) =>
        storage.getAlarm(),
      ),
    ).toBeNull()
  })

  it('a schedule keeps its alarm', async () => {
    const address = scheduleAddress(OWNER, 's')
    const spec = {
      workflowId: 'ticks',
      cron: '0 3 1 1 *',
      inputData: null,
      runtimeContext: {},
      resourceId: OWNER,
    }
    const call = { type: 'schedule-create', nonce: 'n', spec } as const
    await (await ok(runtime().callRun(address, call))).text()
    await evictDurableObject(runObject(address))
    expect(await runDurableObjectAlarm(runObject(address))).toBe(true)
    const { id, cron } = await (
      await ok(runtime().callRun(address, { type: 'schedule-get' }))
    ).json<typeof spec & { id: string }>()
    expect([id, cron]).toEqual(['s', '0 3 1 1 *'])
  })

  it('a run gets its turn in a queue', async () => {
    const { status } = await boundRunOf(OWNER, 'narrow', 'r').start({ inputData: null })
    expect([status, stepEffects]).toEqual(['success', ['r in', 'r out']])
  })
})
