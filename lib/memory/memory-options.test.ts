import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { Memory } from './memory.ts'
import type { MemoryOptions } from './memory-options.ts'

describe('the options of a memory', () => {
  it('have their defaults: the last ten messages and nothing else', () => {
    expect(new Memory().settings).toEqual({ lastMessages: 10, tokenBudget: Infinity, timeoutMs: 1000 })
    expect(new Memory({ options: { lastMessages: false } }).settings.lastMessages).toBe(0)
    expect(new Memory({ options: { semanticRecall: true } }).settings.semanticRecall).toEqual({
      topK: 4,
      before: 1,
      after: 1,
      scope: 'resource',
      threshold: 0,
      hybrid: true,
    })
    const workingMemory = { enabled: true, scope: 'thread', template: '# Me' } as const
    expect(new Memory({ options: { workingMemory } }).settings.workingMemory).toEqual({
      scope: 'thread',
      template: '# Me',
    })
  })

  const wrong: [MemoryOptions, string][] = [
    [{ lastMessages: -1 }, 'lastMessages is -1, it must be a whole number from 0'],
    [{ tokenBudget: 0.5 }, 'tokenBudget is 0.5'],
    [{ timeoutMs: 0 }, 'timeoutMs is 0, it must be from 1'],
    [{ semanticRecall: { topK: 0 } }, 'semanticRecall.topK is 0'],
    [
      { semanticRecall: { topK: 101 } },
      'semanticRecall.topK is 101, it must be a whole number from 1 to 100',
    ],
    [{ semanticRecall: { messageRange: { before: -1, after: 0 } } }, 'messageRange.before is -1'],
    [{ semanticRecall: { threshold: 2 } }, 'threshold is 2, it must be from 0 to 1'],
    [{ compaction: { every: 0 } }, 'compaction.every is 0'],
    [
      { workingMemory: { enabled: true, template: 'x', schema: z.object({}) } },
      'both a template and a schema',
    ],
  ]
  for (const [options, message] of wrong) {
    it(`are refused with the option's name: ${message}`, () => {
      expect(() => new Memory({ options })).toThrow(message)
    })
  }
})
