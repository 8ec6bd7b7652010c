import { describe, expect, it } from 'vitest'
import type { LogLevel } from './logger.ts'
import { createLogger, errorField, readLevel, withFields } from './logger.ts'

function record(level?: LogLevel): { log: ReturnType<typeof createLogger>; lines: [LogLevel, unknown][] } {
  const lines: [LogLevel, unknown][] = []
  return { log: createLogger(level, (at, line) => lines.push([at, JSON.parse(line)])), lines }
}

describe('a logger', () => {
  it('writes a message with its fields as one line of JSON', () => {
    const { log, lines } = record()
    log.warn('slow', { ms: 5, path: '/a' })
    expect(lines).toEqual([['warn', { level: 'warn', message: 'slow', ms: 5, path: '/a' }]])
  })

  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    [undefined, ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
  ] as const)('at level %s writes %j', (level, written) => {
    const { log, lines } = record(level)
    for (const own of ['debug', 'info', 'warn', 'error'] as const) log[own]('said')
    expect(lines.map(([at]) => at)).toEqual(written)
  })

  it('takes secrets out of its message and its fields, and what is left is still JSON', () => {
    const { log, lines } = record()
    log.error('failed with sk-abcdef123456', { nested: { header: 'Bearer abcdef123456' } })
    expect(lines).toEqual([
      ['error', { level: 'error', message: 'failed with [redacted]', nested: { header: '[redacted]' } }],
    ])
  })
})

it('bears its time, and the fields that all its lines have', () => {
  const lines: unknown[] = []
  const log = createLogger(
    'info',
    (_at, line) => lines.push(JSON.parse(line)),
    () => 0,
  )
  withFields(log, { thread: 't1', n: 1 }).info('said', { n: 2 })
  expect(lines).toEqual([
    { time: '1970-01-01T00:00:00.000Z', level: 'info', message: 'said', thread: 't1', n: 2 },
  ])
})

it.each([
  ['DEBUG', 'debug'],
  ['warn', 'warn'],
  ['loud', undefined],
  [undefined, undefined],
])('reads the level %s as %s', (text, level) => {
  expect(readLevel(text)).toBe(level)
})

describe('errorField', () => {
  it('gives the name and the message, never the stack', () => {
    expect(errorField(new RangeError('too far'))).toEqual({ error: 'RangeError', reason: 'too far' })
    expect(errorField('plain')).toEqual({ error: 'plain' })
  })
})
