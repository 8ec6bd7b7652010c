import { describe, expect, it } from 'vitest'
import { findUnoffered, unofferedRoutes } from './unoffered.ts'

const UNOFFERED = unofferedRoutes()

const shape = ({ method, path }: { method: string; path: string }): string =>
  `${method} ${path.replaceAll(/:\w+/g, ':')}`

describe('the routes that are not offered', () => {
  it('are named once each, in the form of the route table', () => {
    expect(new Set(UNOFFERED.map(shape)).size).toBe(UNOFFERED.length)
    for (const { path, name } of UNOFFERED) {
      expect(path).toMatch(/^\/api(\/(:\w+|[\w.-]+))+$/)
      expect(name).toMatch(/^[A-Z]\w+\.\w+$/)
    }
  })

  it('put a word before the parameter that would take its place', () => {
    const shapes = UNOFFERED.map(shape)
    for (const [exact, open] of [
      ['GET /api/datasets/:/items', 'GET /api/datasets/:'],
      ['GET /api/observability/traces/light', 'GET /api/observability/traces/:'],
      ['POST /api/agents/:/models/reorder', 'POST /api/agents/:/models/:'],
      ['GET /api/background-tasks/stream', 'GET /api/background-tasks/:'],
    ]) {
      if (exact === undefined || open === undefined) continue
      expect(shapes).toContain(exact)
      if (exact.split('/').length === open.split('/').length)
        expect(shapes.indexOf(exact)).toBeLessThan(shapes.indexOf(open))
    }
  })

  it('hold none that is', () => {
    const shapes = UNOFFERED.map(shape)
    for (const offered of [
      'POST /api/agents/:/stream',
      'POST /api/agents/:/generate',
      'POST /api/agents/:/approve-tool-call',
      'POST /api/agents/:/threads/abort',
      'POST /api/agents/:/threads/subscribe',
      'POST /api/agents/:/send-tool-approval',
      'GET /api/agents/providers',
      'GET /api/memory/threads',
      'POST /api/memory/save-messages',
      'POST /api/tools/:/execute',
      'POST /api/workflows/:/time-travel-stream',
    ])
      expect(shapes).not.toContain(offered)
  })

  it('are found by the path of a request, and what is near them is not', () => {
    expect(findUnoffered('POST', '/api/agents/support/network')).toMatchObject({ name: 'Agent.network' })
    expect(findUnoffered('GET', '/api/datasets/d1/items')?.path).toBe('/api/datasets/:datasetId/items')
    for (const path of [
      '/api/agents/support/networks',
      '/api/agents//network',
      '/api/agents/a/b/network',
      '/',
      '',
    ])
      expect(findUnoffered('POST', path)).toBeUndefined()
    expect(findUnoffered('GET', '/api/agents/support/network')).toBeUndefined()
    expect(findUnoffered('CONNECT', '/api/agents/support/network')).toBeUndefined()
  })
})
