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
 * The route that a request asks for and that is not offered. Asked after the routes that are offered, since a parameter
 * here may stand where one of those has a word.
 */
export function findUnoffered(method: string, path: string): UnofferedRoute | undefined {
  const have = path.split('/')
  const isAsked = ({ parts }: KnownRoute): boolean =>
    parts.every((part, i) => (part.startsWith(':') ? have[i] !== '' : part === have[i]))
  return known().get(`${method} ${have.length}`)?.find(isAsked)
}

/** All of them, the more exact path before one that would take its requests. */
export function unofferedRoutes(): readonly UnofferedRoute[] {
  return [...known().values()].flat()
}

type KnownRoute = UnofferedRoute & { parts: string[] }

let table: Map<string, KnownRoute[]> | undefined

/** By method and number of parts. Read from its text when it is first asked: most Workers never are. */
function known(): Map<string, KnownRoute[]> {
  if (table) return table
  table = new Map()
  const routes = [...AGENT_ROUTES, ...STUDIO_ROUTES].flatMap(readGroup)
  for (const route of routes.toSorted((a, b) => compare(sortKey(a.path), sortKey(b.path)))) {
    const parts = route.path.split('/')
    const key = `${route.method} ${parts.length}`
    table.set(key, [...(table.get(key) ?? []), { ...route, parts }])
  }
  return table
}

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
