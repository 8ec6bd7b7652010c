import type { UnofferedRoute } from '../../lib/formats/mastra/find-unoffered.ts'
import { unofferedRoutes } from '../../lib/formats/mastra/unoffered.ts'
import type { Env } from '../env.ts'

/** The routes of Mastra's client that are not offered. A Worker that is deployed reads them from a file instead. */
export async function listUnoffered(_env: Env): Promise<readonly UnofferedRoute[]> {
  return unofferedRoutes()
}
