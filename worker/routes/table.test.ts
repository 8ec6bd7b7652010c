import { expect, it } from 'vitest'
import { unofferedRoutes } from '../../lib/formats/mastra/unoffered.ts'
import { routes } from './table.ts'

const shapeOf = ({ method, path }: { method: string; path: string }): string =>
  `${method} ${path.replaceAll(/:\w+/g, ':')}`

it('holds each route once, under an operation of its own', () => {
  expect(new Set(routes.map(shapeOf)).size).toBe(routes.length)
  expect(new Set(routes.map(({ id }) => id)).size).toBe(routes.length)
})

/** Whether a request for the path would be taken for the pattern's. */
function matches(pattern: string, path: string): boolean {
  const [want, have] = [pattern.split('/'), path.split('/')]
  return want.length === have.length && want.every((part, i) => part.startsWith(':') || part === have[i])
}

const sampleOf = ({ path }: { path: string }): string => path.replaceAll(/:\w+/g, '~')

it('takes no request for what is said not to be offered', () => {
  const taken = unofferedRoutes().filter((unoffered) =>
    routes.some(({ method, path }) => method === unoffered.method && matches(path, sampleOf(unoffered))),
  )
  expect(taken.map(shapeOf)).toEqual([])
})

it('leaves the list of what is not offered in the file that a deployed Worker reads (npm test -- worker/routes -u writes it)', async () => {
  const lines = unofferedRoutes().map((each) => JSON.stringify(each))
  await expect(`[${lines.join(',\n')}]\n`).toMatchFileSnapshot('../../assets/api/unoffered.json')
})

it('puts a word before the parameter that would take its place', () => {
  for (const [i, route] of routes.entries()) {
    const first = routes.findIndex(
      ({ method, path }) => method === route.method && matches(path, sampleOf(route)),
    )
    expect([route.method, route.path, first]).toEqual([route.method, route.path, i])
  }
})
