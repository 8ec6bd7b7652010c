import { describe, expect, it } from 'vitest'
import { digest, isSameSecret, readApiKey, sha256 } from './api-key.ts'

describe('isSameSecret', () => {
  it('is true for the same text and for no other', async () => {
    const others = ['', 'secre', 'secret ', 'Secret', 'secrets', 'sécret']
    expect(await isSameSecret('secret', 'secret')).toBe(true)
    expect(await Promise.all(others.map((other) => isSameSecret(other, 'secret')))).toEqual(
      others.map(() => false),
    )
  })
})

it('hashes as SHA-256 does', async () => {
  const hex = [...(await sha256('abc'))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  // FIPS 180-2, B.1
  expect(hex).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(await digest('abc')).toBe('ba7816bf8f01cfea414140de5dae2223')
})

describe('readApiKey', () => {
  it.each([
    [{ authorization: 'Bearer k1' }, 'k1'],
    [{ authorization: 'bearer   k1 ' }, 'k1'],
    [{ 'x-api-key': 'k2' }, 'k2'],
    [{ authorization: 'Bearer k1', 'x-api-key': 'k2' }, 'k1'],
    [{ authorization: 'Basic dTpw', 'x-api-key': 'k2' }, 'k2'],
    [{ authorization: 'Basic dTpw' }, undefined],
    [{ authorization: 'Bearer' }, undefined],
    [{ authorization: 'Bearer two words' }, undefined],
    [{}, undefined],
  ])('of %j is %j', (headers, key) => {
    expect(readApiKey(new Headers(headers as Record<string, string>))).toBe(key)
  })
})
