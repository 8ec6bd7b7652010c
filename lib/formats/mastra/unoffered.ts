import type { UnofferedRoute } from './find-unoffered.ts'
import { findAmong } from './find-unoffered.ts'
import type { RouteGroup } from './route-group.ts'
import { AGENT_ROUTES } from './unoffered-agents.ts'
import { STUDIO_ROUTES } from './unoffered-studio.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** The route that a request asks for and that is not offered. */
export function findUnoffered(method: string, path: string): UnofferedRoute | undefined {
  return findAmong(unofferedRoutes(), method, path)
}

let table: readonly UnofferedRoute[] | undefined

/** All of them, the more exact path before one that would take its requests. Read from their text when first asked. */
export function unofferedRoutes(): readonly UnofferedRoute[] {
  table ??= [...AGENT_ROUTES, ...STUDIO_ROUTES]
    .flatMap(readGroup)
    .toSorted((a, b) => compare(sortKey(a.path), sortKey(b.path)))
  return table
}

function readGroup({ owner, base, routes }: RouteGroup): UnofferedRoute[] {
  return routes
    .trim()
    .split('\n')
    .map((line) => {
      const [method = '', path = '', name = ''] = line.trim().split(' ')
      if (!METHODS.includes(method) || name === '')
        throw new Error(`Cannot read the routes of ${owner}: "${line}"`)
      return { method, path: base + (path === '/' ? '' : path), name: `${owner}.${name}` }
    })
}

/** A parameter comes after every word that may stand in its place. */
function sortKey(path: string): string {
  return path.replaceAll(/:\w+/g, '~')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
