import { describe, expect, it } from 'vitest'
import { envOf } from '../../test/fixtures/worker-env.ts'
import { corsHeaders, preflight } from './cors.ts'

function headersFor(origin: string | undefined, allowed?: string): Record<string, string> {
  const request = new Request('https://a.example/', origin === undefined ? {} : { headers: { origin } })
  return corsHeaders(request, envOf(allowed === undefined ? {} : { EDGEWISE_CORS_ORIGINS: allowed }))
}

describe('a page of another origin', () => {
  it.each([
    ['http://localhost:3000', undefined],
    ['http://127.0.0.1', ''],
    ['https://app.example', 'https://app.example'],
    ['https://app.example', 'https://other.example , https://app.example'],
    ['https://any.example', '*'],
  ])('at %s may read the answer where %j is allowed', (origin, allowed) => {
    expect(headersFor(origin, allowed)).toMatchObject({
      'access-control-allow-origin': origin,
      vary: 'origin',
    })
  })

  it.each([
    [undefined, '*'],
    ['https://app.example', undefined],
    ['https://app.example', 'https://app.example.evil'],
    ['http://app.example', 'https://app.example'],
    ['null', ''],
    ['https://localhost.evil.com', ''],
  ])('at %s may not where %j is allowed', (origin, allowed) => {
    expect(headersFor(origin, allowed)).toEqual({})
  })
})

describe('a browser that asks whether it may ask', () => {
  it('hears what it may send', () => {
    const headers = {
      origin: 'http://localhost:3000',
      'access-control-request-headers': 'content-type, x-api-key',
    }
    const response = preflight(new Request('https://a.example/', { method: 'OPTIONS', headers }), envOf())
    expect([response.status, Object.fromEntries(response.headers)]).toEqual([
      204,
      {
        'access-control-allow-headers': 'content-type, x-api-key',
        'access-control-allow-methods': 'GET, POST, PATCH, DELETE, OPTIONS',
        'access-control-allow-origin': 'http://localhost:3000',
        'access-control-expose-headers': expect.stringContaining('x-request-id'),
        'access-control-max-age': '86400',
        vary: 'origin',
      },
    ])
  })

  it('is refused when its page may not', () => {
    const headers = { origin: 'https://evil.example' }
    expect(preflight(new Request('https://a.example/', { method: 'OPTIONS', headers }), envOf()).status).toBe(
      403,
    )
  })
})
