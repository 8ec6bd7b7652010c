import * as answer from '../answer-schemas.ts'
import { health, welcome } from '../handlers/health.ts'
import type { Route } from '../route.ts'
import { route } from '../route.ts'

/** Where to go, and whether all is well. */
export const healthRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/',
    id: 'welcome',
    policy: 'public',
    summary: 'Where to go from here',
    answers: [{ description: 'Addresses', json: answer.welcomeAnswer }],
    handler: welcome,
  }),
  route({
    method: 'GET',
    path: '/health',
    id: 'health',
    policy: 'public',
    summary: 'Whether the Worker is up, and what answers',
    answers: [{ description: 'It is up', json: answer.healthAnswer }],
    handler: health,
  }),
]
