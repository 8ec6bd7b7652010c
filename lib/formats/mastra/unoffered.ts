import type { RouteGroup } from './route-group.ts'
import { AGENT_ROUTES } from './unoffered-agents.ts'
import { STUDIO_ROUTES } from './unoffered-studio.ts'

/** A route that `@mastra/client-js` 1.47 calls and Edgewise does not offer. `name` is what that client calls it. */
export interface UnofferedRoute {
  method: Method
  /** As route tables have them: `/api/agents/:agentId/network`. */
  path: string
  name: string
}

type Method = (typeof METHODS)[number]

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/**
 * All of them, the more exact path before one that would take its requests. Read after the routes that are offered:
 * a path offered with a parameter, such as `/api/agents/:agentId`, would still take `/api/agents/providers`.
 */
export const UNOFFERED: readonly UnofferedRoute[] = [...AGENT_ROUTES, ...STUDIO_ROUTES]
  .flatMap(readGroup)
  .toSorted((a, b) => compare(sortKey(a.path), sortKey(b.path)))

function readGroup({ owner, base, routes }: RouteGroup): UnofferedRoute[] {
  return routes
    .trim()
    .split('\n')
    .map((line) => {
      const [method = '', path = '', name = ''] = line.trim().split(' ')
      if (!isMethod(method) || name === '') throw new Error(`Cannot read the routes of ${owner}: "${line}"`)
      return { method, path: base + (path === '/' ? '' : path), name: `${owner}.${name}` }
    })
}

function isMethod(method: string): method is Method {
  return METHODS.some((known) => known === method)
}

/** A parameter comes after every word that may stand in its place. */
function sortKey(path: string): string {
  return path.replaceAll(/:\w+/g, '~')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
