// Who may import whom (docs: the design's rooms). A room is a folder of the top level, or of lib; `imports` names the
// rooms that it may reach besides itself, `packages` the npm packages (default: any).

const GROUND = ['lib/protocol', 'lib/schema', 'lib/streams', 'lib/cron']
const FIRST = [...GROUND, 'lib/storage', 'lib/log', 'lib/telemetry', 'lib/security', 'lib/formats']
const SECOND = [...FIRST, 'lib/cache', 'lib/models', 'lib/tools']
const THIRD = [...SECOND, 'lib/memory', 'lib/rag', 'lib/processors']
const FOURTH = [...THIRD, 'lib/agents']
const FIFTH = [...FOURTH, 'lib/workflows', 'lib/threads', 'lib/runs']
const SIXTH = [...FIFTH, 'lib/schedules', 'lib/evals', 'lib/mcp', 'lib/voice', 'lib/integrations']
const LIB = [...SIXTH, 'lib/runtime']

/** @typedef {{ imports: string[], packages?: string[] }} Room */

/** @type {Record<string, Room>} */
export const ROOMS = {
  'lib/protocol': { imports: [], packages: [] },
  'lib/streams': { imports: [], packages: [] },
  'lib/cron': { imports: ['lib/protocol'], packages: [] },
  'lib/schema': { imports: ['lib/protocol'] },

  'lib/storage': { imports: GROUND },
  // The SQLite log speaks through the SQL port that the storage adapters share.
  'lib/log': { imports: [...GROUND, 'lib/storage'] },
  'lib/telemetry': { imports: GROUND },
  'lib/security': { imports: GROUND },
  'lib/formats': { imports: GROUND },

  // Two levels before what is slow or costs: models, tools and embedders ask it.
  'lib/cache': { imports: [...GROUND, 'lib/storage'] },

  'lib/models': { imports: [...FIRST, 'lib/cache'] },
  'lib/tools': { imports: [...FIRST, 'lib/cache'] },

  // What may change a turn's words on their way in and out.
  'lib/processors': { imports: SECOND },

  'lib/memory': { imports: SECOND },
  'lib/rag': { imports: SECOND },

  'lib/agents': { imports: THIRD },
  'lib/workflows': { imports: FOURTH },
  // What a Thread object does, in plain functions.
  'lib/threads': { imports: FOURTH },
  // What a Run object does, in plain functions.
  'lib/runs': { imports: [...FOURTH, 'lib/workflows'] },

  // What the object of a schedule does: it starts runs, of workflows and of agents.
  'lib/schedules': { imports: [...FOURTH, 'lib/workflows', 'lib/runs', 'lib/threads'] },

  'lib/evals': { imports: FIFTH },
  'lib/mcp': { imports: FIFTH },
  'lib/voice': { imports: FIFTH },
  'lib/integrations': { imports: FIFTH },

  'lib/runtime': { imports: SIXTH },
  // The doors themselves: lib/index.ts, lib/testing.ts, lib/mastra.ts.
  lib: { imports: LIB },

  'durable-objects': { imports: LIB },
  worker: { imports: [...LIB, 'durable-objects'] },
  app: { imports: ['edgewise'] },

  client: { imports: ['lib/protocol'], packages: [] },
  studio: { imports: ['lib/protocol'] },

  // Loaded only once they are installed.
  scripts: { imports: [], packages: ['wabt', 'wrangler', 'yaml'] },
}

/** Files that may reach one room more than theirs. @type {Record<string, string[]>} */
export const EXTRA = {
  'worker/index.ts': ['app'],
  // It stands in for a package, which it can only reach past its own name.
  'worker/shims/provider-utils.js': ['node_modules'],
  'worker/shims/upstash-redis.ts': ['node_modules'],
}

/** They may import anything, and so may every `*.test.ts`. */
export const FREE = ['test', 'bench', 'docs']

/** The only files of lib that pass on what others define. */
export const DOORS = ['lib/index.ts', 'lib/testing.ts', 'lib/mastra.ts']

/** Where nothing but a door may re-export; shims stand in for packages, so they pass on what those have. */
export const NO_RE_EXPORTS = { rooms: ['lib', 'worker', 'durable-objects'], except: /^worker\/shims\// }

/** Modules of a platform, by where they must not be imported. */
export const PLATFORM = [
  { rooms: 'lib', modules: /^(cloudflare|node):/, why: 'lib runs in plain Node and in workerd alike' },
  { rooms: 'client', modules: /^(cloudflare|node):/, why: 'the client runs in browsers' },
  { rooms: 'app', modules: /^cloudflare:/, why: "an app meets the platform only through 'edgewise'" },
]
