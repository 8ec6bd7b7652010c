// `npm run demo [-- question]`: asks the first agent one question over HTTP and draws its answer as it streams.
import { randomUUID } from 'node:crypto'
import { ask } from './chat/client.mjs'
import { createRenderer } from './chat/render.mjs'
import { createScreen } from './chat/screen.mjs'
import { FIRST_QUESTION } from './first-question.mjs'
import { ensureInstalled } from './install.mjs'
import { isMain, ROOT } from './project.mjs'
import { startServer } from './serve.mjs'
import { fetchHealth } from './server/ready.mjs'
import { ownVarsFile, shellVars } from './server/vars.mjs'
import { colorsFor, Failure, runMain } from './terminal.mjs'

const HELP = `Asks the first agent one question and shows the answer as it streams: npm run demo [-- question]

  EDGEWISE_URL       the server to ask; default: the one at 127.0.0.1:8787, else one of its own for the question
  EDGEWISE_API_KEY   is sent as a bearer token`

/** @param {string[]} args */
async function main(args) {
  if (args.includes('--help') || args.includes('-h')) return console.log(HELP)
  await ensureInstalled()
  const question = args.join(' ').trim() || FIRST_QUESTION
  const screen = createScreen(process.stdout)
  const server = await findServer(() => screen.status('Starting a server for this question ...'))
  try {
    return await converse(server, { question, screen })
  } finally {
    await server.stop()
  }
}

/**
 * @param {{ url: string, health: import('./serve.mjs').Health }} server
 * @param {{ question: string, screen: import('./chat/screen.mjs').Screen }} options
 */
async function converse({ url, health }, { question, screen }) {
  const [agent] = health.agents
  if (agent === undefined) throw new Failure('There is nobody to ask: app/index.ts names no agent')
  const colors = colorsFor(process.stdout)
  screen.line(colors.bold(`> ${question}`))
  screen.line(`${colors.dim(`${agent}, ${health.model}, ${url}`)}\n`)
  const renderer = createRenderer({ screen, colors })
  const apiKey = process.env['EDGEWISE_API_KEY']
  const thread = `demo-${randomUUID().slice(0, 8)}`
  for await (const chunk of ask({ url, agent, thread, question, ...(apiKey ? { apiKey } : {}) }))
    renderer.draw(chunk)
  const { error, abort } = renderer.end()
  if (error !== undefined) throw new Failure(`The agent failed: ${error}`)
  if (abort !== undefined) throw new Failure(`The turn was stopped: ${abort}`)
}

/** A server that runs, else one of our own on a fresh folder. @param {() => void} onStart */
async function findServer(onStart) {
  const named = process.env['EDGEWISE_URL']?.replace(/\/+$/, '')
  const url = named ?? 'http://127.0.0.1:8787'
  const answer = await fetchHealth(url, named ? 10_000 : 1_000)
  if (answer?.health) return { url, health: answer.health, stop: async () => {} }
  if (named)
    throw new Failure(
      `Cannot use EDGEWISE_URL=${named}: ${answer ? `/health answers ${answer.said}` : 'nobody answers there'}`,
    )
  process.on('SIGINT', () => process.exit(130)).on('SIGTERM', () => process.exit(143))
  const vars = ownVarsFile(ROOT) ? /** @type {const} */ ('project') : shellVars(process.env)
  onStart()
  return startServer({ vars })
}

if (isMain(import.meta.url)) {
  await runMain(() => main(process.argv.slice(2)))
}
