import type { UnofferedRoute } from '../../lib/formats/mastra/find-unoffered.ts'
import type { Env } from '../env.ts'

let routes: readonly UnofferedRoute[] = []

/**
 * The routes that are not offered, from `assets/` (docs/decisions/0022): whoever calls one meets no other route first,
 * so this is no hurry. Without the binding or the file they are unknown, like any other path.
 */
export async function listUnoffered({ ASSETS }: Env): Promise<readonly UnofferedRoute[]> {
  if (routes.length > 0 || !ASSETS) return routes
  const response = await ASSETS.fetch('https://assets.local/api/unoffered.json')
  // The kit's own file, which a test writes: an app's own folder may give a page for each path that is not there.
  if (response.ok && response.headers.get('content-type') === 'application/json')
    routes = await response.json<readonly UnofferedRoute[]>()
  else await response.body?.cancel()
  return routes
}
