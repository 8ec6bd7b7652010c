import { version } from '../../package.json'
import { defaultModel } from '../../lib/models/registry.ts'
import type { RequestContext } from '../context.ts'
import { authMode } from '../middleware/auth.ts'

/**
 * That the Worker is up, which app it serves and what answers. Public, so it holds nothing else. It asks no storage:
 * what is wrong with the settings is known without.
 */
export function health({ runtime, env }: RequestContext): Response {
  const agents = runtime.app.agents.map(({ id }) => id)
  const { documents, vectors, problems } = runtime.storageInfo
  return Response.json({
    status: problems.length === 0 ? 'ok' : 'misconfigured',
    version,
    model: defaultModel(env),
    agents,
    auth: authMode(env),
    storage: { documents, vectors },
    ...(problems.length > 0 && { problems }),
  })
}

/** For whoever opens the address in a browser: that it works, and where to go on. */
export function welcome({ runtime, url }: RequestContext): Response {
  const [first] = runtime.app.agents
  const ask = first && `${url.origin}/api/agents/${first.id}/generate`
  return Response.json({
    name: 'edgewise',
    health: `${url.origin}/health`,
    agents: `${url.origin}/api/agents`,
    ask,
  })
}
