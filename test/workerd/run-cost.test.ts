import { reset, runInDurableObject } from 'cloudflare:test'
import { afterEach, expect, it } from 'vitest'
import { arm } from './faults.ts'
import { counted, resetCount } from './counting.ts'
import { objectOf, resultOf, runOf } from './run-kit.ts'

afterEach(async () => {
  arm(undefined)
  await reset()
})

it('writes one row a step, and a constant a run', async () => {
  arm(undefined)
  resetCount()
  expect(resultOf(await runOf('chain100').start({ inputData: { n: 0 } }))).toEqual({ n: 100 })
  expect(counted.written + counted.alarms).toBeLessThanOrEqual(100 + 12)
})

it('keeps a run of a thousand steps within 60 KiB', async () => {
  expect(resultOf(await runOf('chain1000').start({ inputData: { n: 0 } }))).toEqual({ n: 1000 })
  const size = await runInDurableObject(
    objectOf('chain1000'),
    (_run, state) => state.storage.sql.databaseSize,
  )
  expect(size).toBeLessThanOrEqual(60 * 1024)
})

it('writes no more rows than items for a list', async () => {
  resetCount()
  const items = Array.from({ length: 1000 }, (_, n) => ({ n }))
  const result = await runOf('list').start({ inputData: items })
  expect(resultOf(result)).toEqual(items.map(({ n }) => ({ n: n + 1 })))
  expect(counted.written + counted.alarms).toBeLessThanOrEqual(1000)
})
