import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  allScheduleShards,
  placeOfSchedule,
  resourceShard,
  runAddress,
  runShard,
  runShardsOf,
  scheduleAddress,
  scheduleShard,
  scheduleShardsOf,
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

  it('of a schedule is never that of a run, and leads back to whose it is', () => {
    const owner = fc.option(ids, { nil: undefined })
    fc.assert(
      fc.property(owner, ids, owner, ids, ids, (boundTo, scheduleId, other, workflow, run) => {
        const address = scheduleAddress(boundTo, scheduleId)
        expect(placeOfSchedule(address)).toEqual({ boundTo, scheduleId })
        const ofRun = workflowRunAddress(other, workflow, run)
        expect(address).not.toBe(ofRun)
        expect(placeOfSchedule(ofRun)).toBeUndefined()
        expect(placeOfSchedule(threadAddress(other, run))).toBeUndefined()
        expect(scheduleShardsOf(boundTo)).toContain(scheduleShard(boundTo, scheduleId))
        expect(allScheduleShards()).toContain(scheduleShard(boundTo, scheduleId))
      }),
      { numRuns: 500 },
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
    expect(scheduleAddress(undefined, 'wf_a')).toBe('schedule:-/wf_a')
    expect(scheduleAddress('user@a', 'a:b')).toBe('schedule:user%40a/a%3Ab')
    expect(scheduleShard(undefined, 'wf_a')).toBe('schedules/3')
    expect(scheduleShard('user@a', 'wf_a')).toBe('schedules/5')
    expect(runShard('refund', '2026-11', 'r1')).toBe('runs/refund/2026-11/12')
    expect(runShardsOf('refund', '2026-11')).toContain(runShard('refund', '2026-11', 'any'))
  })
})
