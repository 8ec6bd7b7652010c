// What `npm run doctor` looks at, from the ground up. A check is asked only when those before it found nothing that
// would make it meaningless.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { checkConfig, readConfig } from '../deploy/config.mjs'
import { writeAgentsFile } from '../config/agents-file.mjs'
import { checkNode } from '../install.mjs'
import { isInstalled } from '../install/installed.mjs'
import { startServer } from '../serve.mjs'
import { isFree, nextFreePort } from '../server/port.mjs'
import { ownVarsFile } from '../server/vars.mjs'
import { Failure } from '../terminal.mjs'
import { checkModels } from './models.mjs'
import { checkVariables, problem } from './variables.mjs'

/** @typedef {import('../deploy/config.mjs').Problem} Problem */
/** @typedef {{ root: string, port: number, nodeVersion: string }} Place */
/** @typedef {{ name: string, isGround?: boolean, run: (place: Place) => Promise<Problem[]> }} Check `isGround`: nothing after it makes sense when it fails */

/** @type {Check[]} */
export const CHECKS = [
  { name: 'node', isGround: true, run: async ({ nodeVersion }) => asProblem(() => checkNode(nodeVersion)) },
  { name: 'install', isGround: true, run: async ({ root }) => checkInstall(root) },
  { name: 'port', run: async ({ port }) => checkPort(port) },
  { name: 'variables', run: async ({ root }) => checkVariables(root) },
  { name: 'config', isGround: true, run: ({ root }) => checkConfigs(root) },
  { name: 'app', isGround: true, run: ({ root }) => checkStart(root) },
  { name: 'models', run: ({ root }) => checkModels(root) },
]

/** @param {string} root @returns {Problem[]} */
export function checkInstall(root) {
  if (!existsSync(join(root, 'package-lock.json'))) {
    return [
      problem(
        'package-lock.json is missing',
        'Nobody knows which versions work together',
        'git checkout package-lock.json, or npm install',
      ),
    ]
  }
  if (!existsSync(join(root, 'node_modules'))) {
    return [
      problem(
        'Nothing is installed',
        'Neither wrangler nor the libraries are there',
        'npm ci (npm start does it, too)',
      ),
    ]
  }
  if (!isInstalled(root)) {
    return [
      problem(
        'node_modules is not what package-lock.json says',
        'Versions that were never tested together misbehave in odd ways',
        'npm ci',
      ),
    ]
  }
  const node = join(root, 'node_modules', 'node', 'bin')
  return existsSync(node)
    ? []
    : [
        problem(
          'The pinned Node is missing',
          'Its install script was not allowed to run',
          'npm ci --ignore-scripts=false',
        ),
      ]
}

/** @param {number} port @returns {Promise<Problem[]>} */
export async function checkPort(port) {
  if (await isFree(port)) return []
  const next = await nextFreePort(port + 1)
  return [
    problem(
      `Port ${port} is taken`,
      'npm start would not get it',
      `Stop what listens there, or: PORT=${next} npm start`,
    ),
  ]
}

/** @param {string} root @returns {Promise<Problem[]>} */
export async function checkConfigs(root) {
  const path = join(root, 'wrangler.toml')
  return asProblem(async () => {
    const top = await readConfig(path)
    const problems = checkConfig(top, root)
    for (const env of top.definedEnvironments ?? []) {
      const own = checkConfig(await readConfig(path, env), root)
      const known = new Set(problems.map(({ what }) => what))
      problems.push(
        ...own
          .filter(({ what }) => !known.has(what))
          .map((each) => ({ ...each, what: `${each.what} (${env})` })),
      )
    }
    return problems
  })
}

/** Does it start? On a port and a folder of its own. @param {string} root @returns {Promise<Problem[]>} */
export async function checkStart(root) {
  return asProblem(async () => {
    await writeAgentsFile(root)
    const vars = ownVarsFile(root) ? 'project' : {}
    const server = await startServer({ configPath: join(root, 'wrangler.toml'), vars })
    await server.stop()
    if (server.health.agents.length > 0) return []
    return [problem('The app has no agent', 'There is nobody to ask', 'npm run new agent helper')]
  })
}

/**
 * @param {() => Problem[] | void | Promise<Problem[] | void>} run
 * @returns {Promise<Problem[]>}
 */
async function asProblem(run) {
  try {
    return (await run()) ?? []
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const [what = error.message, mend = ''] = error.message.split(/(?<=\S)\. (?=[A-Z])|(?<=\)): (?=install)/)
    return [problem(what, '', mend)]
  }
}
