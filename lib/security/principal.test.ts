import { describe, expect, it } from 'vitest'
import { resourceOf, threadAddressOf, threadSpaceOf } from './principal.ts'

const server = { id: 'api-key' }
const user = { id: 'user:1', resourceId: 'ann' }

describe('a principal', () => {
  it('that is bound reaches its own resource, whatever it names', () => {
    expect([resourceOf(user, 'bob', 'default'), resourceOf(user, undefined, 'default')]).toEqual([
      'ann',
      'ann',
    ])
  })

  it('that is not bound reaches the one it names, else the default', () => {
    expect([resourceOf(server, 'bob', 'default'), resourceOf(server, undefined, 'default')]).toEqual([
      'bob',
      'default',
    ])
  })

  it('names threads in its own space alone', () => {
    expect([threadAddressOf(user, 't'), threadAddressOf(server, 't')]).toEqual(['ann/t', '-/t'])
    expect([threadSpaceOf(user), threadSpaceOf(server)]).toEqual(['ann', '-'])
    expect(threadAddressOf(server, 'ann/t')).not.toBe(threadAddressOf(user, 't'))
  })
})
