import { expect, it } from 'vitest'
import { threadAddress } from './address.ts'
import { randomId } from './id.ts'
import { addressOfRun, mintRunId } from './run-id.ts'

it('leads from a run id to the object that holds the run', () => {
  for (const thread of ['t1', 'Grüße/😀', '..', "it's (fine)!*~"]) {
    const address = threadAddress('user@example.com', thread)
    const runId = mintRunId(randomId, address)
    expect(addressOfRun(runId)).toBe(address)
    expect(encodeURIComponent(runId)).toBe(runId)
  }
})

it('leads nowhere from an id that was not minted', () => {
  for (const id of ['run_abc', 'run_abc.', 'run_abc.%%%', 'run_abc.a', '']) {
    expect(addressOfRun(id) ?? '').toBe('')
  }
})
