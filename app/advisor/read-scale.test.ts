import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { general } from './domains/general.ts'
import { iot } from './domains/iot.ts'
import { loadOf, short, sizeOf, storage } from './load.ts'
import { readScale } from './read-scale.ts'

const figures = (text: string) => {
  const { notes: _, ...rest } = readScale(text)
  return rest
}

describe('users', () => {
  it.each([
    ['for 100k daily users', 100_000],
    ['for 50k users', 50_000],
    ['1.5M users', 1_500_000],
    ['1,5M users', 1_500_000],
    ['2 million active users', 2_000_000],
    ['100,000 users', 100_000],
    ['1.000.000 users', 1_000_000],
    ['250 000 customers', 250_000],
    ["1'200'000 users", 1_200_000],
    ['1.250 million users', 1_250_000],
    ['10 lakh users', 1_000_000],
    ['2 crore subscribers', 20_000_000],
    ['1bn users', 1_000_000_000],
    ['500+ riders', 500],
    ['20 thousand patients', 20_000],
    ['50k IoT sensors', 50_000],
    ['users: 7000', 7000],
    ['DAU of 30k', 30_000],
    ['1M monthly active users', 300_000],
    ['1M users a month', 300_000],
    ['5k concurrent users', 50_000],
    ['1M registered users', 200_000],
    ['for 100k users. What would it cost for 1M users?', 1_000_000],
    ['from 10k users today to 200k users next year', 200_000],
    ['millions of users', 3_000_000],
    ['a million users', 1_000_000],
    ['tens of millions of people', 30_000_000],
    ['hundreds of thousands of users', 300_000],
    ['thousands of shops', 3000],
    ['a startup', 2000],
    ['a small prototype', 2000],
    ['an enterprise rollout', 500_000],
    ['a startup that hopes for millions of users', 3_000_000],
    ['a startup with 40k users', 40_000],
  ])('reads %j as %d a day', (text, dailyUsers) => {
    expect(figures(text)).toMatchObject({ dailyUsers })
  })

  it.each([
    'an app',
    'a team of 5 developers',
    'for $500 a month',
    '$100k users budget',
    'version 2 of the app',
    'with 99.9% uptime',
    '0 users',
    'in 3 weeks',
    'a small team',
    'http://127.0.0.1:8080/users',
  ])('reads none from %j', (text) => {
    expect(figures(text).dailyUsers).toBeUndefined()
  })
})

describe('requests and data', () => {
  it.each([
    ['500 requests/s', 500],
    ['500 requests per second', 500],
    ['2k rps', 2000],
    ['1.5k QPS', 1500],
    ['10,000 transactions per second', 10_000],
    ['600 orders a minute', 40],
    ['8.64M events per day', 400],
    ['1M API calls a day', 46],
    ['3600 messages per hour', 4],
  ])('reads %j as %d requests a second at the peak', (text, peakRps) => {
    expect(figures(text)).toMatchObject({ peakRps })
  })

  it.each([
    ['20 TB', 20_480],
    ['1.5TB of video', 1536],
    ['500GB', 500],
    ['2 petabytes', 2_097_152],
    ['512 MB', 1],
  ])('reads %j as %d GB', (text, dataGb) => {
    expect(figures(text)).toMatchObject({ dataGb })
  })

  it.each(['files of 5 MB each', '16 GB RAM', '100 MB/s', '10 MB uploads', 'GB'])(
    'reads no data from %j',
    (text) => {
      expect(figures(text).dataGb).toBeUndefined()
    },
  )

  it('reads all three from one text', () => {
    expect(figures('For 80k users with 900 requests/s and 3 TB of photos')).toEqual({
      dailyUsers: 80_000,
      peakRps: 900,
      dataGb: 3072,
    })
  })
})

it('says how a figure was read that the text leaves open', () => {
  expect(readScale('80k users').notes).toEqual(['Users were counted as daily users'])
  expect(readScale('80k daily users').notes).toEqual([])
  expect(readScale('a startup').notes).toEqual(['“a beginning” was read as 2,000 daily users'])
})

describe('any text', () => {
  it('gives whole figures of at least one, and no more than ten billion', () => {
    const text = fc.array(
      fc.oneof(
        fc.string(),
        fc.constantFrom(
          '1.5M',
          'users',
          '20',
          ' TB',
          '900',
          'requests',
          '/s',
          'k',
          ',',
          '.',
          '000',
          '99999999999999999999',
          ' per day ',
        ),
      ),
    )
    fc.assert(
      fc.property(text, (pieces) => {
        for (const value of Object.values(figures(pieces.join(' '))))
          expect(Number.isInteger(value) && value >= 1 && value <= 1e10).toBe(true)
      }),
    )
  })

  it('reads a number the same however it is written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), (thousands) => {
        const users = thousands * 1000
        for (const said of [
          `${thousands}k`,
          `${users}`,
          users.toLocaleString('en-US'),
          `${thousands} thousand`,
        ])
          expect(figures(`for ${said} users`), said).toEqual({ dailyUsers: users })
      }),
    )
  })

  it.each(['1 ', '1,000 ', 'users ', '9k daily '])('made of %j is read soon', (unit) => {
    // Its own time alone, whatever else the machine does meanwhile.
    const start = process.cpuUsage()
    readScale(unit.repeat(6000 / unit.length))
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(500)
  })
})

describe('a load', () => {
  it('follows from what was said, by the habits of the domain', () => {
    expect(loadOf({ notes: [] }, general)).toEqual({ dailyUsers: 10_000, peakRps: 19, dataGb: 49 })
    expect(loadOf({ dailyUsers: 50_000, notes: [] }, iot)).toEqual({
      dailyUsers: 50_000,
      peakRps: 1250,
      dataGb: 1465,
    })
    expect(loadOf({ peakRps: 1250, notes: [] }, iot)).toEqual({
      dailyUsers: 50_000,
      peakRps: 1250,
      dataGb: 1465,
    })
    expect(loadOf({ dailyUsers: 10, peakRps: 900, dataGb: 7, notes: [] }, iot)).toEqual({
      dailyUsers: 10,
      peakRps: 900,
      dataGb: 7,
    })
  })

  it.each([
    [{ dailyUsers: 9999, peakRps: 1, dataGb: 1 }, 'small'],
    [{ dailyUsers: 10_000, peakRps: 1, dataGb: 1 }, 'medium'],
    [{ dailyUsers: 100_000, peakRps: 1, dataGb: 1 }, 'large'],
    [{ dailyUsers: 1_000_000, peakRps: 1, dataGb: 1 }, 'massive'],
    [{ dailyUsers: 1, peakRps: 20_000, dataGb: 1 }, 'massive'],
    [{ dailyUsers: 1, peakRps: 1, dataGb: 10_000 }, 'large'],
  ])('of %j is %s', (load, size) => {
    expect(sizeOf(load)).toBe(size)
  })

  it.each([
    [950, '950'],
    [100_000, '100k'],
    [1_500_000, '1.5M'],
    [694, '694'],
    [3_000_000_000, '3B'],
    [999_999, '1M'],
  ])('%d is said as %s', (value, said) => {
    expect(short(value)).toBe(said)
  })

  it.each([
    [391, '391 GB'],
    [3906, '3.8 TB'],
    [2_097_152, '2 PB'],
  ])('%d GB are said as %s', (value, said) => {
    expect(storage(value)).toBe(said)
  })
})
