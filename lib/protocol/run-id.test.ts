import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runAddress, threadAddress } from './address.ts'
import { randomId } from './id.ts'
import { placeOfRun, mintRunId } from './run-id.ts'

describe("a run's id", () => {
  it('leads to the object that holds the run, and is safe in URLs', () => {
    const parts = fc.string({ minLength: 1, unit: 'grapheme' })
    fc.assert(
      fc.property(fc.option(parts, { nil: undefined }), parts, (owner, thread) => {
        for (const address of [threadAddress(owner, thread), runAddress(thread)]) {
          const runId = mintRunId(randomId, { address, turn: 40 })
          expect(runId).toMatch(/^run_[0-9a-z]{20}\.14\.[\w-]+$/)
          expect(placeOfRun(runId)).toEqual({ address, turn: 40 })
        }
      }),
    )
  })

  it.each([
    '',
    'run_abc',
    'run_abc.***',
    'run_abc.LS90aHJlYWQ=',
    'run_abc.LS90aHJlYWR',
    'run_abc.LS90 aHJlYWQ',
  ])('is not %j, which leads nowhere', (runId) => {
    expect(placeOfRun(runId)).toBeUndefined()
  })
})
