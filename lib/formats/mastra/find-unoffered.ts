/** A route that `@mastra/client-js` 1.47 calls and Edgewise does not offer. `name` is what that client calls it. */
export interface UnofferedRoute {
  method: string
  /** As route tables have them: `/api/agents/:agentId/network`. */
  path: string
  name: string
}

/**
 * The route that a request asks for and that is not offered. Asked after the routes that are offered, since a parameter
 * here may stand where one of those has a word. In `routes` the more exact path comes first.
 */
export function findAmong(
  routes: readonly UnofferedRoute[],
  method: string,
  path: string,
): UnofferedRoute | undefined {
  const have = path.split('/')
  return routes.find((route) => {
    const parts = route.path.split('/')
    return (
      route.method === method &&
      parts.length === have.length &&
      parts.every((part, i) => (part.startsWith(':') ? have[i] !== '' : part === have[i]))
    )
  })
}
