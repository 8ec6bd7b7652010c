import { describe, expect, it } from 'vitest'
import { toolOf } from '../../test/fixtures/turns.ts'
import { Agent } from '../agents/agent.ts'
import { AgentStream } from '../agents/agent-stream.ts'
import { unboundRunner } from '../workflows/unbound.ts'
import { Edgewise } from './edgewise.ts'

const weather = new Agent({ name: 'Weather', id: 'weather-agent', instructions: '' })
const other = new Agent({ name: 'Other', instructions: '' })

describe('the hub', () => {
  it('finds an agent by its name in the list, and by its id', () => {
    const app = new Edgewise({ agents: { weather, other } })
    expect([app.getAgent('weather'), app.getAgent('weather-agent'), app.findAgent('other')]).toEqual([
      weather,
      weather,
      other,
    ])
    expect(app.agents).toEqual([weather, other])
  })

  it('says what it has when it has not what is asked for', () => {
    const app = new Edgewise({ agents: { weather, other }, tools: { look: toolOf(() => 1) } })
    expect(() => app.getAgent('toString')).toThrow(
      new ReferenceError('Cannot get agent "toString": it is not registered (have: weather, other)'),
    )
    expect(() => app.getTool('find')).toThrow(
      new ReferenceError('Cannot get tool "find": it is not registered (have: look)'),
    )
    expect(() => new Edgewise().getTool('x')).toThrow('(have: none)')
    expect(app.findAgent('nobody')).toBeUndefined()
    expect(app.getTool('look').id).toBe('tool')
  })

  it.each([0, -1, 1.5, Number.NaN, Infinity])('refuses to embed vectors up to %s', (embeddedUpTo) => {
    expect(() => new Edgewise({ vectors: { embeddedUpTo } })).toThrow(
      /^Cannot use vectors.embeddedUpTo .*: it must be a whole number from 1/,
    )
  })

  it('refuses two agents of one id', () => {
    const twin = new Agent({ name: 'Twin', id: 'other', instructions: '' })
    expect(() => new Edgewise({ agents: { other, twin } })).toThrow(
      new TypeError('Cannot set up the app: agents "other" and "twin" have one id, "other"'),
    )
  })

  it('hands out agents bound to what runs it, and leaves the definitions alone', () => {
    const app = new Edgewise({ agents: { weather } })
    const asked: unknown[] = []
    app.bind({
      run: (...args) => {
        asked.push(args)
        return new AgentStream({ [Symbol.asyncIterator]: async function* () {} })
      },
      answer: (): never => expect.unreachable(),
      workflows: unboundRunner,
    })
    app.getAgent('weather').stream('hi', { threadId: 't' })
    expect(asked).toEqual([[expect.objectContaining({ id: 'weather-agent' }), 'hi', { threadId: 't' }]])
    expect(() => weather.stream('hi', { threadId: 't' })).toThrow('is not bound')
  })
})
