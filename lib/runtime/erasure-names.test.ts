import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { embeddedShelf, ErasingWorld, redisShelf } from '../../test/fixtures/erasing-world.ts'
import { hasRedisServer } from '../../test/fixtures/upstash/redis-process.ts'
import type { UpstashRedisServer } from '../../test/fixtures/upstash/redis-server.ts'
import { startUpstashRedis } from '../../test/fixtures/upstash/redis-server.ts'
import { erasureAddress, scheduleAddress, workflowRunAddress } from '../protocol/address.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'

const said = z.object({ word: z.string() })
const ask = createStep({ id: 'ask', inputSchema: said, execute: ({ suspend }) => suspend({}) })
const asks = createWorkflow({ id: 'asks', inputSchema: said }).then(ask).commit()

const OWNERS = ['a/b', 'a%2Fb', '-', 'run', 'Zoë 日本 😀', `'";*[?]\\`, '日'.repeat(256)]

let server: UpstashRedisServer | undefined
beforeAll(async () => {
  if (hasRedisServer) server = await startUpstashRedis()
})
afterAll(() => server?.close())

describe.each(hasRedisServer ? ['Store', 'Redis'] : ['Store'])('on %s', (name) => {
  it.each(OWNERS)(
    'a resource called %s is erased, and no other whose name is like it',
    async (owner) => {
      await server?.reset()
      const world = new ErasingWorld(
        (now) => (name === 'Redis' && server ? redisShelf(server, now) : embeddedShelf(now)),
        asks,
      )
      const others = OWNERS.filter((one) => one !== owner)
      for (const [at, resourceId] of [owner, ...others].entries()) {
        await world.start('asks', `r${at}`, { resourceId })
        await world.start('asks', `own`, { resourceId, boundTo: resourceId })
        const spec = {
          workflowId: 'asks',
          cron: '0 0 1 1 *',
          inputData: { word: 'w' },
          runtimeContext: {},
          resourceId,
        }
        for (const address of [scheduleAddress(undefined, `s${at}`), scheduleAddress(resourceId, 's')])
          await world.ask(address, { type: 'schedule-create', nonce: 'n', spec })
      }
      await world.advance(3000)
      expect(await world.ask(erasureAddress(owner), { type: 'erase-all' })).toEqual({
        erased: { threads: 0, runs: 2, schedules: 2 },
      })
      await world.advance(20 * 60_000)
      const statusOf = async (address: string, type: string): Promise<number> =>
        (await world.call(address, { type })).status
      for (const [at, resourceId] of [owner, ...others].entries()) {
        const runs = [
          workflowRunAddress(undefined, 'asks', `r${at}`),
          workflowRunAddress(resourceId, 'asks', 'own'),
        ]
        const schedules = [scheduleAddress(undefined, `s${at}`), scheduleAddress(resourceId, 's')]
        const found = [
          ...(await Promise.all(runs.map((run) => statusOf(run, 'record')))),
          ...(await Promise.all(schedules.map((one) => statusOf(one, 'schedule-get')))),
        ]
        expect(found, resourceId).toEqual(found.map(() => (at === 0 ? 404 : 200)))
      }
    },
    30_000,
  )
})
