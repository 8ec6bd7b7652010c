import { health, welcome } from '../handlers/health.ts'
import type { Route } from '../route.ts'
import { route } from '../route.ts'

/** Where to go, and whether all is well. */
export const healthRoutes: readonly Route[] = [
  route({ method: 'GET', path: '/', id: 'welcome', policy: 'public', handler: welcome }),
  route({ method: 'GET', path: '/health', id: 'health', policy: 'public', handler: health }),
]
