import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unofferedRoutes } from '../../lib/formats/mastra/unoffered.ts'
import { errorOf, get, newId } from './client.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'
import { openMastra, refusal, requestContextOf } from './mastra-client.ts'

type Mastra = ReturnType<typeof openMastra>

let world: World
let mastra: Mastra
beforeAll(async () => {
  world = await openWorld()
  mastra = openMastra(world)
})
afterAll(() => world.close())

describe('agents', () => {
  it('are listed and described as the client knows them', async () => {
    const agents = await mastra.listAgents()
    expect(Object.keys(agents)).toEqual([
      'clerk',
      'early',
      'asker',
      'wired',
      'frequent',
      'boss',
      'twofold',
      'impatient',
      'keeper',
      'noter',
    ])
    const asker = await mastra.getAgent('asker').details()
    expect(asker).toEqual(agents['asker'])
    expect(asker).toMatchObject({
      id: 'asker',
      name: 'asker',
      instructions: 'Be exact.',
      provider: 'openai',
      modelId: expect.any(String),
      supportsMemory: true,
      agents: {},
      workflows: {},
      tools: { wire: { id: 'wire', description: 'Wires money', requireApproval: true } },
    })
    const { inputSchema } = asker.tools['wire'] ?? {}
    expect(JSON.parse(String(inputSchema))).toMatchObject({
      json: { properties: { amount: { type: 'number' } } },
    })
    // What depends on the request is not told.
    expect(agents['wired']).not.toHaveProperty('modelId')
  })

  it('have providers, before any agent that could be called so', async () => {
    const { providers } = await mastra.listAgentsModelProviders()
    expect(providers).toMatchObject([
      { id: 'openai', connected: true, envVar: ['OPENAI_API_KEY'] },
      { id: 'google', connected: false },
      { id: 'ollama' },
      { id: 'offline', connected: true },
    ])
    expect(JSON.stringify(providers)).not.toContain('test-key')
  })
})

describe('a tool', () => {
  it('is listed and described: those that stand alone, and those of an agent', async () => {
    expect(Object.keys(await mastra.listTools())).toEqual(['lookUp', 'explode', 'wire', 'book'])
    const alone = await mastra.getTool('lookUp').details()
    expect(alone).toMatchObject({ id: 'look-up', description: 'Looks an amount up', requireApproval: false })
    expect(await mastra.getTool('look-up').details()).toEqual(alone)
    expect(await mastra.getAgent('clerk').getTool('lookUp')).toEqual(alone)
  })

  it('is run by itself, an effect under its own key', async () => {
    const requestContext = requestContextOf(world)
    const params = { data: { amount: 3 }, requestContext }
    const alone = await mastra.getTool('lookUp').execute(params)
    const ofAgent = await mastra.getAgent('clerk').executeTool('look-up', params)
    expect([alone, ofAgent]).toMatchObject([{ receipt: expect.anything() }, { receipt: expect.anything() }])
    const keys = world.sink.effects.items.map(({ key }) => key)
    expect(new Set(keys).size).toBe(2)
  })

  it('is not run with input that does not fit: 400 with the field', async () => {
    const before = world.sink.effects.items.length
    for (const ask of [
      () => mastra.getTool('lookUp').execute({ data: { amount: 'three' } }),
      () => mastra.getAgent('clerk').executeTool('lookUp', { data: { amount: 'three' } }),
      () => mastra.getTool('lookUp').execute({ data: {} }),
    ]) {
      expect(await refusal(ask())).toMatchObject({
        status: 400,
        body: {
          error: 'Invalid request body',
          issues: [{ field: 'data.amount', message: expect.any(String) }],
        },
      })
    }
    expect(world.sink.effects.items).toHaveLength(before)
  })

  it('that fails is asked for once', async () => {
    expect(await refusal(mastra.getTool('explode').execute({ data: {} }))).toEqual({
      status: 424,
      body: { error: 'tool_failed: the fuse was lit', code: 'tool_failed' },
    })
  })

  it('that can only wait in a turn is not run at all', async () => {
    const asker = mastra.getAgent('asker')
    for (const ask of [
      () => mastra.getTool('wire').execute({ data: { amount: 1 } }),
      () => mastra.getTool('book').execute({ data: { amount: 1 } }),
      () => asker.executeTool('locate', { data: {} }),
    ])
      expect(await refusal(ask())).toMatchObject({ status: 409, body: { code: 'tool_waits' } })
  })

  it('that is not there is 404', async () => {
    for (const ask of [
      () => mastra.getTool('nothing').details(),
      () => mastra.getTool('nothing').execute({ data: {} }),
      () => mastra.getTool('__proto__').details(),
      () => mastra.getAgent('clerk').getTool('wire'),
      () => mastra.getAgent('nobody').executeTool('lookUp', { data: {} }),
    ])
      expect(await refusal(ask())).toMatchObject({ status: 404, body: { error: expect.any(String) } })
  })
})

describe('what is not offered', () => {
  it('is said so to the client, by its name', async () => {
    expect(await refusal(mastra.listProcessors())).toEqual({
      status: 501,
      body: { error: expect.stringContaining('does not offer GET /api/processors'), code: 'not_offered' },
    })
    const messages = [{ role: 'user' as const, content: 'hi' }]
    expect(await refusal(mastra.getAgent('clerk').network(messages, {}))).toMatchObject({ status: 501 })
  })

  it('is 501 for every route of the client, whatever the path holds', async () => {
    const id = newId('x')
    const said = await Promise.all(
      unofferedRoutes().map(async ({ method, path, name }) => {
        const response = await fetch(`${world.url}${path.replaceAll(/:\w+/g, id)}`, {
          method,
          ...(method !== 'GET' && { body: '{}', headers: { 'content-type': 'application/json' } }),
        })
        const { status, error } = await errorOf(response)
        return { name, method, path, status, says: error?.message?.includes(name) }
      }),
    )
    expect(said.filter(({ status, says }) => status !== 501 || !says)).toEqual([])
    expect(said.length).toBeGreaterThan(280)
  })

  it('is asked for by HEAD as by GET, and by OPTIONS as any route', async () => {
    const path = `${world.url}/api/processors`
    const head = await fetch(path, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([501, ''])
    const asked = { origin: 'http://localhost:3000', 'access-control-request-method': 'POST' }
    expect((await fetch(path, { method: 'OPTIONS', headers: asked })).status).toBe(204)
  })

  it('leaves what is near it as it was', async () => {
    expect((await get(world, '/api/processorz')).status).toBe(404)
    expect((await fetch(`${world.url}/api/agents`, { method: 'PUT' })).status).toBe(405)
  })
})
