import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  resourceShard,
  runAddress,
  runShard,
  runShardsOf,
  threadAddress,
  threadSpace,
  workflowRunAddress,
} from './address.ts'

/** Ids as callers may choose them, the awkward ones often. */
const ids = fc.oneof(
  fc.constantFrom('-', 'run', '%2D', '%72un', '/', '-/x', 'run/x', 'a/b', 'a', 'b', '%', ' ', 'é', '.'),
  fc.string({ minLength: 1, unit: 'grapheme' }),
)

describe('a thread address', () => {
  it('is the same for nobody else and for no other thread', () => {
    const named = fc.tuple(fc.option(ids, { nil: undefined }), ids)
    fc.assert(
      fc.property(named, named, ([owner, thread], [other, another]) => {
        const isSame = owner === other && thread === another
        expect(threadAddress(owner, thread) === threadAddress(other, another)).toBe(isSame)
      }),
      { numRuns: 1000 },
    )
  })

  it('is never the address of a run', () => {
    fc.assert(
      fc.property(fc.option(ids, { nil: undefined }), ids, ids, (owner, thread, run) => {
        expect(threadAddress(owner, thread)).not.toBe(runAddress(run))
      }),
    )
  })

  it('begins with the space that all threads of its owner share', () => {
    fc.assert(
      fc.property(fc.option(ids, { nil: undefined }), ids, (owner, thread) => {
        expect(threadAddress(owner, thread).split('/')[0]).toBe(threadSpace(owner))
      }),
    )
  })

  it('never changes: it names stored data', () => {
    expect(threadAddress(undefined, 'chat 1/2')).toBe('-/chat%201%2F2')
    expect(threadAddress('user@a', 'x')).toBe('user%40a/x')
    expect(threadAddress('-', '-')).toBe('%2D/%2D')
    expect(threadAddress('run', 'run')).toBe('%72un/%72un')
    expect(runAddress('abc')).toBe('run/abc')
    expect(resourceShard('user/1')).toBe('resource/user%2F1')
    expect(workflowRunAddress(undefined, 'refund', 'r 1')).toBe('-/refund/r%201')
    expect(workflowRunAddress('user@a', 'refund', '-')).toBe('user%40a/refund/-')
    expect(runShard('refund', '2026-11', 'r1')).toBe('runs/refund/2026-11/12')
    expect(runShardsOf('refund', '2026-11')).toContain(runShard('refund', '2026-11', 'any'))
  })
})
