import { describe, expect, it } from 'vitest'
import { envOf } from '../../test/fixtures/worker-env.ts'
import type { Principal } from '../../lib/security/principal.ts'
import { authMode, authenticate } from './auth.ts'

function ask(url: string, headers: Record<string, string>, key?: string): Promise<Principal> {
  const env = envOf(key === undefined ? {} : { EDGEWISE_API_KEY: key })
  return authenticate(new Request(url, { headers }), new URL(url), env)
}

const refused = (message: string) => ({
  code: 'unauthorized',
  message: expect.stringContaining(message),
  headers: { 'www-authenticate': 'Bearer realm="edgewise"' },
})

describe('without a key', () => {
  it.each([
    ['http://localhost:8787/', {}],
    ['http://127.0.0.1/', {}],
    ['http://[::1]:5000/', { origin: 'http://localhost:3000' }],
    ['https://localhost/', { origin: 'http://127.0.0.1' }],
  ])('this machine is answered at %s with %j', async (url, headers) => {
    expect(await ask(url, headers as Record<string, string>)).toEqual({ id: 'local' })
  })

  it.each([
    ['https://agents.example.com/', {}],
    [
      'https://agents.example.com/',
      { host: 'localhost', 'x-forwarded-host': 'localhost', origin: 'http://localhost' },
    ],
    ['https://localhost.example.com/', {}],
    ['http://127.0.0.2/', {}],
    ['http://localhost/', { origin: 'https://evil.example.com' }],
    ['http://localhost/', { origin: 'null' }],
    ['http://localhost/', { origin: 'http://localhost.evil.com' }],
  ])('nobody else is: %s with %j', async (url, headers) => {
    await expect(ask(url, headers as Record<string, string>)).rejects.toMatchObject(
      refused('no key configured'),
    )
    await expect(ask(url, headers as Record<string, string>, '')).rejects.toMatchObject(
      refused('no key configured'),
    )
  })
})

describe('with a key', () => {
  it('whoever brings it is answered', async () => {
    const holder = { id: 'api-key' }
    expect(await ask('https://a.example/', { authorization: 'Bearer k' }, 'k')).toEqual(holder)
    expect(await ask('https://a.example/', { 'x-api-key': 'k' }, 'k')).toEqual(holder)
  })

  it('nobody is answered without it, this machine neither', async () => {
    await expect(ask('http://localhost/', {}, 'k')).rejects.toMatchObject(refused('Send the API key'))
    const wrong = ask('http://localhost/', { authorization: 'Bearer K' }, 'k')
    await expect(wrong).rejects.toMatchObject(refused('The API key is not valid'))
    await expect(ask('http://localhost/', { 'x-api-key': '' }, 'k')).rejects.toMatchObject({
      code: 'unauthorized',
    })
  })

  it('says so to whoever asks after its health', () => {
    expect([authMode(envOf()), authMode(envOf({ EDGEWISE_API_KEY: 'k' }))]).toEqual(['open', 'key'])
  })
})
