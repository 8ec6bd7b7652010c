import { describe, expect, it } from 'vitest'
import { recordTelemetry } from '../../test/fixtures/recording-tracer.ts'
import { createTelemetry, linkOf, openSpan, underLink, withSpan } from './span.ts'

describe('a span', () => {
  it('has a name, attributes, and the span that it was opened under', () => {
    const { telemetry, spans } = recordTelemetry()
    const outer = openSpan(telemetry, 'outer', { a: 1 })
    openSpan(outer.telemetry, 'inner', {})
    openSpan(telemetry, 'beside', {})
    expect(spans.map(({ name, parent, attributes }) => [name, parent, attributes])).toEqual([
      ['outer', undefined, { a: 1 }],
      ['inner', 'outer', {}],
      ['beside', undefined, {}],
    ])
  })

  it('ends once, however often it is told to', () => {
    const { telemetry, spans } = recordTelemetry()
    const open = openSpan(telemetry, 'a', {})
    open.end()
    open.end(new Error('late'))
    expect(spans).toEqual([{ name: 'a', parent: undefined, attributes: {}, error: undefined, ended: 1 }])
  })

  it('is marked with an error by its name, secrets taken out of its message', () => {
    const { telemetry, spans } = recordTelemetry()
    openSpan(telemetry, 'a', {}).end(new TypeError('bad key sk-abcdef123456'))
    openSpan(telemetry, 'b', {}).end('text')
    expect(spans.map(({ error, attributes }) => [error, attributes])).toEqual([
      ['bad key [redacted]', { 'error.type': 'TypeError' }],
      ['text', { 'error.type': 'string' }],
    ])
  })

  it('can be named to another object by its ids, and belonged under there', () => {
    const { telemetry, spans } = recordTelemetry()
    const link = linkOf(openSpan(telemetry, 'here', {}))
    expect(link).toEqual({ traceId: '1'.padStart(32, '0'), spanId: '1'.padStart(16, '0'), traceFlags: 1 })
    const there = underLink(telemetry, JSON.parse(JSON.stringify(link)))
    expect(there.parent).not.toBe(telemetry.parent)
    expect(underLink(telemetry, undefined)).toBe(telemetry)
    expect(spans).toHaveLength(1)
  })

  it('has no ids to hand on when nobody records it', () => {
    expect(linkOf(openSpan(createTelemetry(), 'nobody hears', {}))).toBeUndefined()
  })
})

describe('withSpan', () => {
  it('gives what the work gives and ends the span after it', async () => {
    const { telemetry, spans } = recordTelemetry()
    const result = await withSpan(telemetry, 'work', {}, async () => spans[0]?.ended)
    expect([result, spans[0]?.ended]).toEqual([0, 1])
  })

  it('throws what the work throws, and marks the span', async () => {
    const { telemetry, spans } = recordTelemetry()
    const failing = withSpan(telemetry, 'work', {}, () => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
    expect(spans).toMatchObject([{ error: 'no', ended: 1 }])
  })
})
