import { reset } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import { ask } from './kit.ts'

afterEach(reset)

const FACTS = '/api/memory/facts'

/** The answer's status and its body. */
async function tell(path: string, body?: unknown, method?: string): Promise<[number, unknown]> {
  const response = await ask(`${FACTS}${path}`, body, {}, method)
  return [response.status, await response.json()]
}

const fact = (key: string, value: unknown, category = 'default') =>
  expect.objectContaining({ category, key, value })

describe('facts over HTTP', () => {
  it('are stored, read, replaced, listed and deleted', async () => {
    expect(await tell('', { category: 'preference', key: 'theme', value: 'dark' })).toEqual([
      200,
      { stored: 1 },
    ])
    expect(await tell('/preference/theme')).toEqual([200, fact('theme', 'dark', 'preference')])
    await tell('', { category: 'preference', key: 'theme', value: { name: 'light', since: [1, null] } })
    await tell('', { key: 'visits', value: 3 })
    expect(await tell('')).toEqual([
      200,
      {
        facts: [fact('visits', 3), fact('theme', { name: 'light', since: [1, null] }, 'preference')],
        page: 0,
        perPage: 100,
        hasMore: false,
      },
    ])
    expect(await tell('/preference/theme', undefined, 'DELETE')).toEqual([200, { success: true }])
    expect(await tell('/preference/theme', undefined, 'DELETE')).toEqual([200, { success: true }])
    expect(await tell('/preference/theme')).toMatchObject([404, { error: { code: 'not_found' } }])
    expect(await tell('?category=preference')).toMatchObject([200, { facts: [] }])
  })

  it('are one resource’s, and no other’s', async () => {
    await tell('', { key: 'name', value: 'Ann', resourceId: 'ann' })
    await tell('', { key: 'name', value: 'Ben', resourceId: 'ben' })
    expect(await tell('/default/name?resourceId=ann')).toMatchObject([200, { value: 'Ann' }])
    expect(await tell('/default/name')).toMatchObject([404, {}])
    expect(await tell('?resourceId=ben')).toMatchObject([200, { facts: [{ value: 'Ben' }] }])
    await tell('/default/name?resourceId=ann', undefined, 'DELETE')
    expect(await tell('/search?query=name&resourceId=ben')).toMatchObject([
      200,
      { facts: [{ value: 'Ben' }] },
    ])
    expect(await tell('/cleanup', { olderThan: Date.now() + 60_000, resourceId: 'ann' })).toEqual([
      200,
      { deleted: 0 },
    ])
    expect(await tell('/default/name?resourceId=ben')).toMatchObject([200, { value: 'Ben' }])
  })

  it('are stored by the thousand, and read page by page', async () => {
    const facts = Array.from({ length: 1000 }, (_, n) => ({
      key: `k${String(n).padStart(4, '0')}`,
      value: n,
    }))
    expect(await tell('/batch', { facts })).toEqual([200, { stored: 1000 }])
    expect(await tell('?perPage=400&page=2')).toMatchObject([200, { hasMore: false, facts: { length: 200 } }])
    expect(await tell('?perPage=500&page=1')).toMatchObject([
      200,
      { hasMore: false, facts: { 0: { value: 500 } } },
    ])
    expect(await tell('?perPage=2')).toMatchObject([
      200,
      { hasMore: true, facts: [{ value: 0 }, { value: 1 }] },
    ])
    expect(await tell('?page=8')).toMatchObject([200, { hasMore: true }])
    expect(await tell('?page=10')).toMatchObject([200, { hasMore: false, facts: [] }])
  })

  it('are found by what they say, best first, in a category if one is named', async () => {
    await tell('/batch', {
      facts: [
        { category: 'user_preference', key: 'theme', value: 'dark' },
        { category: 'travel', key: 'seat', value: 'aisle' },
      ],
    })
    expect(await tell('/search?query=user%20preference%20theme&limit=1')).toMatchObject([
      200,
      { facts: [{ key: 'theme', score: expect.any(Number) }] },
    ])
    expect(await tell('/search?query=theme&category=travel')).toEqual([200, { facts: [] }])
  })

  it('that are older than a time go', async () => {
    await tell('', { key: 'a', value: 1 })
    expect(await tell('/cleanup', { olderThan: '2020-01-01' })).toEqual([200, { deleted: 0 }])
    expect(await tell('/cleanup', { olderThan: Date.now() + 60_000 })).toEqual([200, { deleted: 1 }])
    expect(await tell('')).toMatchObject([200, { facts: [] }])
  })

  it('may have any names of one line', async () => {
    for (const name of ['a/b', 'ä b', '%2F', '__proto__', '..', 'search'])
      expect(await tell('', { category: name, key: name, value: name })).toEqual([200, { stored: 1 }])
    for (const name of ['a/b', 'ä b', '%2F', '__proto__', 'search']) {
      const path = `/${encodeURIComponent(name)}/${encodeURIComponent(name)}`
      expect(await tell(path)).toMatchObject([200, { value: name }])
    }
  })

  it.each([
    ['key', '', { value: 1 }],
    ['value', '', { key: 'a' }],
    ['key', '', { key: 'two\nlines', value: 1 }],
    ['key', '', { key: '', value: 1 }],
    ['category', '', { category: 7, key: 'a', value: 1 }],
    ['resourceId', '', { key: 'a', value: 1, resourceId: '' }],
    ['facts', '/batch', { facts: [] }],
    ['facts[1].key', '/batch', { facts: [{ key: 'a', value: 1 }, { value: 2 }] }],
    ['olderThan', '/cleanup', {}],
    ['olderThan', '/cleanup', { olderThan: 'yesterday-ish' }],
    ['query', '/search', undefined],
    ['limit', '/search?query=a&limit=0', undefined],
    ['perPage', '?perPage=many', undefined],
    ['requestContext', '?requestContext=no', undefined],
    ['key', `/a/${encodeURIComponent('two\nlines')}`, undefined],
  ])('say which field is wrong: %s', async (field, path, body) => {
    expect(await tell(path, body)).toMatchObject([
      400,
      { error: { code: 'invalid_request', issues: [{ field }] } },
    ])
  })

  it('know no agent that is not there', async () => {
    expect(await tell('?agentId=nobody')).toMatchObject([404, { error: { code: 'agent_not_found' } }])
    expect(await tell('?agentId=rememberer')).toMatchObject([200, {}])
  })
})
