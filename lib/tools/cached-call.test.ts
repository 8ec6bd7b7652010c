import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { cacheWorld, waitingFor } from '../../test/fixtures/cache-world.ts'
import type { Cache } from '../cache/cache.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import type { ToolOutcome } from './outcome.ts'
import type { ToolRun } from './run-tool.ts'
import { runTool } from './run-tool.ts'
import type { Tool, ToolContext } from './tool.ts'
import { createTool } from './tool.ts'
import type { ToolCacheOptions } from './tool-cache.ts'

const inputSchema = z.object({ city: z.string().trim(), page: z.number().default(1) })

function lookUp(
  execute: (input: z.infer<typeof inputSchema>, context: ToolContext) => unknown,
  cache: Partial<ToolCacheOptions<z.infer<typeof inputSchema>>> = {},
): Tool {
  return createTool({
    id: 'look-up',
    description: 'Looks something up',
    inputSchema,
    readOnly: true,
    cache: { ttlMs: 1000, ...cache },
    execute,
  })
}

interface Asked {
  resourceId?: string
  context?: Record<string, string>
  mode?: 'use' | 'refresh'
  signal?: AbortSignal
  resumeData?: never
}

/** Calls the tool as a turn does, and notes what is told of the cache. */
function caller(tool: Tool, cache: Cache) {
  const heard: string[] = []
  const call = (input: object, asked: Asked = {}): Promise<ToolOutcome> => {
    const { resourceId = 'ann', context = {}, mode = 'use', signal = new AbortController().signal } = asked
    const run: ToolRun = {
      toolName: 'lookUp',
      input: JSON.parse(JSON.stringify(input)),
      timeoutMs: undefined,
      cache: { cache, mode, onAsked: (hit) => heard.push(hit?.level ?? 'miss') },
      context: {
        abortSignal: signal,
        runtimeContext: new RuntimeContext(context),
        runId: 'r',
        toolCallId: 'c',
        idempotencyKey: 'k',
        resourceId,
        writer: { write: () => undefined },
        ...('resumeData' in asked && { resumeData: asked.resumeData }),
      },
    }
    return runTool({ lookUp: tool }, run)
  }
  return { call, heard }
}

describe('a tool whose results are kept', () => {
  it('is called once an input as its schema makes it, a resource, and a time', async () => {
    const world = cacheWorld()
    let made = 0
    const { call, heard } = caller(
      lookUp(() => ({ made: (made += 1) })),
      world.isolate(),
    )
    expect(await call({ city: 'Bern' })).toEqual({ ok: true, output: { made: 1 } })
    expect(await call({ page: 1, city: ' Bern ' })).toEqual({ ok: true, output: { made: 1 } })
    expect(await call({ city: 'Bern', page: 2 })).toMatchObject({ output: { made: 2 } })
    expect(await call({ city: 'Bern' }, { resourceId: 'bob' })).toMatchObject({ output: { made: 3 } })
    expect(await call({ city: 'Bern' }, { mode: 'refresh' })).toMatchObject({ output: { made: 4 } })
    expect(await call({ city: 'Bern' })).toMatchObject({ output: { made: 4 } })
    world.now += 1000
    expect(await call({ city: 'Bern' })).toMatchObject({ output: { made: 5 } })
    expect(heard).toEqual(['miss', 'isolate', 'miss', 'miss', 'miss', 'isolate', 'miss'])
  })

  it('may name what its results depend on', async () => {
    let made = 0
    const world = cacheWorld()
    const count = (): number => (made += 1)
    const tenants = caller(lookUp(count, { contextKeys: ['tenant'] }), world.isolate())
    await tenants.call({ city: 'Bern' }, { context: { tenant: 'a', other: '1' } })
    await tenants.call({ city: 'Bern' }, { context: { tenant: 'b', other: '1' } })
    await tenants.call({ city: 'Bern' }, { context: { tenant: 'a', other: '2' } })
    expect(tenants.heard).toEqual(['miss', 'miss', 'isolate'])
    const cities = caller(
      lookUp(count, { key: ({ city }) => city.toLowerCase(), scope: 'global' }),
      world.isolate(),
    )
    await cities.call({ city: 'Bern' })
    await cities.call({ city: 'BERN', page: 7 }, { resourceId: 'bob' })
    expect(cities.heard).toEqual(['miss', 'isolate'])
    const versions = caller(lookUp(count, { version: '2' }), world.isolate())
    await versions.call({ city: 'Bern' })
    expect(versions.heard).toEqual(['miss'])
  })

  it('is made once for many who call it at once, and one who is stopped stops nobody else', async () => {
    const gate = Promise.withResolvers<void>()
    const signals: AbortSignal[] = []
    const tool = lookUp(async (_input, { abortSignal }) => {
      signals.push(abortSignal)
      await gate.promise
      return 'found'
    })
    const cache = cacheWorld().isolate()
    const { call } = caller(tool, cache)
    const stop = new AbortController()
    const first = call({ city: 'Bern' }, { signal: stop.signal })
    await expect.poll(() => signals.length).toBe(1)
    const others = [call({ city: 'Bern' }), call({ city: 'Bern' })]
    await expect.poll(() => waitingFor(cache)).toBe(2)
    stop.abort()
    expect(signals[0]?.aborted).toBe(false)
    gate.resolve()
    expect(await Promise.all(others)).toEqual([
      { ok: true, output: 'found' },
      { ok: true, output: 'found' },
    ])
    await first
    expect(signals).toHaveLength(1)
  })

  it('is stopped when nobody waits for it', async () => {
    const cache = cacheWorld().isolate()
    const begun = Promise.withResolvers<AbortSignal>()
    const { call } = caller(
      lookUp((_input, { abortSignal }) => {
        begun.resolve(abortSignal)
        return new Promise(() => undefined)
      }),
      cache,
    )
    const stop = new AbortController()
    const outcome = call({ city: 'Bern' }, { signal: stop.signal })
    const signal = await begun.promise
    stop.abort()
    expect(signal.aborted).toBe(true)
    expect(await outcome).toMatchObject({ error: { code: 'tool_aborted' } })
    expect(cache.flights.open.size).toBe(0)
  })
})

function noKey(): never {
  throw new Error('no key')
}

describe('a result that is not kept', () => {
  it('is a failure, which all hear who asked with it', async () => {
    let made = 0
    const gate = Promise.withResolvers<void>()
    const cache = cacheWorld().isolate()
    const { call, heard } = caller(
      lookUp(async () => {
        made += 1
        await gate.promise
        throw new Error(`down ${made}`)
      }),
      cache,
    )
    const both = [call({ city: 'Bern' }), call({ city: 'Bern' })]
    await expect.poll(() => waitingFor(cache)).toBe(1)
    gate.resolve()
    const failed = { ok: false, error: { code: 'tool_failed', message: 'down 1' } }
    expect(await Promise.all(both)).toEqual([failed, failed])
    expect(await call({ city: 'Bern' })).toMatchObject({ error: { message: 'down 2' } })
    expect(heard).toEqual(['miss', 'miss'])
  })

  it('is a suspension, and what comes when it goes on', async () => {
    let made = 0
    const { call, heard } = caller(
      lookUp(
        (_input, { suspend, resumeData }) => ((made += 1), resumeData ? 'resumed' : suspend({ why: 'x' })),
      ),
      cacheWorld().isolate(),
    )
    expect(await call({ city: 'Bern' })).toMatchObject({ wait: { for: 'resume' } })
    expect(await call({ city: 'Bern' }, { resumeData: true as never })).toEqual({
      ok: true,
      output: 'resumed',
    })
    expect(await call({ city: 'Bern' })).toMatchObject({ wait: { for: 'resume' } })
    expect([made, heard]).toEqual([3, ['miss', 'miss']])
  })

  it('is one whose key cannot be made', async () => {
    let made = 0
    const { call, heard } = caller(
      lookUp(() => (made += 1), { key: noKey }),
      cacheWorld().isolate(),
    )
    await call({ city: 'Bern' })
    expect(await call({ city: 'Bern' })).toEqual({ ok: true, output: 2 })
    expect(heard).toEqual([])
  })
})

it('a tool that acts, or runs elsewhere, or says what cannot be right has no cache', () => {
  const base = { id: 'x', description: 'x', execute: () => 1 }
  const make = (more: object) => () => createTool({ ...base, cache: { ttlMs: 1 }, ...more })
  const acts = /Cannot create tool "x": .* its effect is 'once', not 'retry'/
  expect(make({})).toThrow(acts)
  expect(make({ effect: 'once' })).toThrow(acts)
  expect(make({ effect: 'reconcile', reconcile: () => ({ status: 'unknown' }) })).toThrow(
    "its effect is 'reconcile'",
  )
  expect(make({ readOnly: true, execute: undefined })).toThrow('it runs at the client')
  expect(make({ readOnly: true, cache: { ttlMs: 0 } })).toThrow('cache.ttlMs 0')
  expect(make({ effect: 'retry' })).not.toThrow()
})
