import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runAddress, threadAddress } from './address.ts'
import { randomId } from './id.ts'
import { addressOfWorkflowRun, mintRunId, mintWorkflowRunId, placeOfRun } from './run-id.ts'

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

describe("a workflow run's id", () => {
  const ids = fc.string({ minLength: 1, unit: 'grapheme' })
  const owners = fc.option(ids, { nil: undefined })

  it('leads its owner to the run, and nobody else', () => {
    fc.assert(
      fc.property(owners, owners, ids, ids, (owner, other, workflow, otherWorkflow) => {
        const runId = mintWorkflowRunId(randomId, owner, workflow)
        expect(addressOfWorkflowRun(owner, workflow, runId)).toBe(placeOfRun(runId)?.address)
        if (other !== owner) expect(addressOfWorkflowRun(other, workflow, runId)).toBeUndefined()
        if (otherWorkflow !== workflow)
          expect(addressOfWorkflowRun(owner, otherWorkflow, runId)).toBeUndefined()
      }),
    )
  })

  it('that its caller chose leads into the space of the caller and the workflow', () => {
    fc.assert(
      fc.property(owners, owners, ids, ids, ids, (owner, other, workflow, otherWorkflow, runId) => {
        fc.pre(placeOfRun(runId) === undefined)
        const address = addressOfWorkflowRun(owner, workflow, runId)
        expect(address?.split('/')).toHaveLength(3)
        if (other !== owner || otherWorkflow !== workflow)
          expect(addressOfWorkflowRun(other, otherWorkflow, runId)).not.toBe(address)
      }),
    )
  })
})
