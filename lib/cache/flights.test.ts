import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Flights, Lead, Landing } from './flights.ts'
import { createFlights } from './flights.ts'

const never = new AbortController().signal
const VALUE: Landing = { type: 'value', json: '1' }

function lead(flights: Flights, key = 'k'): Lead {
  const joined = flights.join(key)
  if (!('lead' in joined)) throw new Error('somebody else computes it')
  return joined.lead
}

function follow(flights: Flights, signal = never, key = 'k'): Promise<Landing> {
  const joined = flights.join(key)
  if (!('wait' in joined)) throw new Error('nobody computes it')
  return joined.wait(signal)
}

describe('who asks what another is asking', () => {
  it('gets what came of it, be it a value, nothing, or a failure', async () => {
    const flights = createFlights()
    const landings: Landing[] = [
      { type: 'value', json: '"x"' },
      { type: 'none' },
      { type: 'failed', error: 'why' },
      { type: 'lost' },
    ]
    for (const landing of landings) {
      const one = lead(flights)
      const others = [follow(flights), follow(flights)]
      one.land(landing)
      one.land({ type: 'none' })
      expect(await Promise.all(others)).toEqual([landing, landing])
      expect(flights.open.size).toBe(0)
    }
  })

  it('stops waiting when its own signal aborts, and nobody else does', async () => {
    const flights = createFlights()
    const one = lead(flights)
    const stop = new AbortController()
    const [stopped, other] = [follow(flights, stop.signal), follow(flights)]
    stop.abort(new Error('stopped'))
    await expect(stopped).rejects.toThrow('stopped')
    await expect(follow(flights, AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
    expect(one.signal.aborted).toBe(false)
    one.land(VALUE)
    expect(await other).toEqual(VALUE)
  })

  it('keeps the work going when the one who began it leaves; with the last it is stopped', async () => {
    const flights = createFlights()
    const one = lead(flights)
    const stop = new AbortController()
    const other = follow(flights, stop.signal)
    one.leave()
    expect(one.signal.aborted).toBe(false)
    stop.abort(new Error('stopped'))
    await expect(other).rejects.toThrow('stopped')
    await expect.poll(() => one.signal.aborted).toBe(true)
    expect(flights.open.size).toBe(0)

    const alone = lead(flights)
    alone.leave()
    expect(alone.signal.aborted).toBe(true)
    expect(flights.open.size).toBe(0)
  })

  it('takes over when nothing is heard any more of who computed it', async () => {
    const timers: (() => void)[] = []
    const flights = createFlights((_ms, act) => {
      timers.push(act)
      return () => undefined
    })
    lead(flights)
    const followed = follow(flights)
    // As in workerd, where the timers of a request end with it: that of the one who computes rings no more.
    const [beat, look] = timers
    for (let i = 0; i < 20; i += 1) {
      beat?.()
      look?.()
    }
    expect(flights.open.size).toBe(1)
    for (let i = 0; i < 100; i += 1) look?.()
    expect(await followed).toEqual({ type: 'lost' })
    lead(flights).land(VALUE)
  })
})

it('of any who ask at any time one computes at a time, and each gets an answer', async () => {
  const acts = fc.array(fc.constantFrom('join', 'land', 'fail', 'leave', 'stop'), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(acts, async (steps) => {
      const flights = createFlights()
      const waiting: { done: Promise<string>; stop: AbortController }[] = []
      let leading: Lead | undefined
      for (const step of steps) {
        if (step === 'join') {
          const joined = flights.join('k')
          expect('lead' in joined).toBe(leading === undefined)
          if ('lead' in joined) leading = joined.lead
          else {
            const stop = new AbortController()
            const done = joined.wait(stop.signal).then(
              ({ type }) => type,
              () => 'stopped',
            )
            waiting.push({ done, stop })
          }
        }
        if (step === 'land') leading?.land(VALUE)
        if (step === 'fail') leading?.land({ type: 'failed', error: 'no' })
        if (step === 'stop') waiting.at(-1)?.stop.abort()
        if (step === 'leave') leading?.leave()
        if (flights.open.size === 0) leading = undefined
      }
      leading?.land(VALUE)
      const ends = await Promise.all(waiting.map(({ done }) => done))
      expect(ends.every((end) => ['value', 'failed', 'stopped'].includes(end))).toBe(true)
      expect(flights.open.size).toBe(0)
    }),
  )
})
