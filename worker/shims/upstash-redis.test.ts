import { Redis as Client } from '@upstash/redis/cloudflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasRedisServer } from '../../test/fixtures/upstash/redis-process.ts'
import type { UpstashRedisServer } from '../../test/fixtures/upstash/redis-server.ts'
import { startUpstashRedis } from '../../test/fixtures/upstash/redis-server.ts'
import { Redis } from './upstash-redis.ts'

describe.skipIf(!hasRedisServer)('the Redis client without its commands', () => {
  let server: UpstashRedisServer
  beforeAll(async () => {
    server = await startUpstashRedis()
  })
  afterAll(() => server.close())

  /** What both of them send, give and throw. */
  const sideBySide = async (
    commands: [string, ...(string | number)[]][],
    arm: () => void = () => undefined,
    timeoutMs = 60_000,
  ): Promise<unknown[]> => {
    const sides: unknown[] = []
    for (const make of [Client, Redis]) {
      await server.reset()
      arm()
      const config = {
        url: `${server.url}/`,
        token: server.token,
        automaticDeserialization: false,
        responseEncoding: false,
        enableAutoPipelining: false,
        enableTelemetry: false,
        retry: { retries: 0 },
        signal: () => AbortSignal.timeout(timeoutMs),
      } as const
      const redis = new make(config)
      const given: unknown[] = []
      for (const command of commands) given.push(await redis.exec<unknown>(command).catch(describeError))
      const heard = server.heard.map(({ path, body, headers: { host: _host, ...headers } }) => ({
        path,
        body,
        // It counts up with every request, whoever makes it.
        headers: { ...headers, 'upstash-sync-token': Boolean(headers['upstash-sync-token']) },
      }))
      sides.push({ given, heard })
    }
    return sides
  }

  it.each([
    [
      'values',
      [
        ['SET', 'k', 'é😀 "1"'],
        ['GET', 'k'],
        ['SET', 'n', 1],
        ['GET', 'n'],
        ['GET', 'none'],
      ],
    ],
    [
      'lists and nothing',
      [
        ['HSET', 'h', 'a', '1', 'b', 'true'],
        ['HMGET', 'h', 'a', 'none', 'b'],
        ['ZCARD', 'z'],
      ],
    ],
    [
      'scripts',
      [
        ['EVALSHA', 'f'.repeat(40), 0],
        ['EVAL', 'return {1, "2"}', 0],
      ],
    ],
    [
      'what Redis refuses',
      [
        ['NONSENSE', 'x'],
        ['SET', 'k', 'v'],
        ['HGET', 'k', 'f'],
      ],
    ],
  ] satisfies [string, [string, ...(string | number)[]][]][])(
    'sends and gives the same for %s',
    async (_name, commands) => {
      const [client, shim] = await sideBySide(commands)
      expect(shim).toEqual(client)
    },
  )

  it.each([
    ['a text with 429', { type: 'answer', status: 429, body: 'Too Many Requests' }],
    ['JSON with 500', { type: 'answer', status: 500, body: '{"error":"Internal"}' }],
    ['an error with 200', { type: 'answer', status: 200, body: '{"error":"ERR no"}' }],
    ['nothing that can be read', { type: 'answer', status: 200, body: '' }],
    ['neither result nor error', { type: 'answer', status: 200, body: '{}' }],
    ['a connection that breaks', { type: 'break' }],
    ['no answer at all', { type: 'stall' }],
  ] as const)('fails the same with %s', async (_name, fault) => {
    const timeoutMs = fault.type === 'stall' ? 1000 : undefined
    const [client, shim] = await sideBySide([['GET', 'k']], () => server.fail(fault), timeoutMs)
    expect(shim).toEqual(client)
  })
})

function describeError(error: unknown): unknown {
  return error instanceof Error ? { name: error.name, message: error.message } : error
}
