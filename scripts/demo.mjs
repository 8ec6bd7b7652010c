// `npm run demo [-- question]`: asks the first agent over HTTP and draws its answers as they stream; with `workflow`
// it runs the app's workflow.
import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { ask } from './chat/client.mjs'
import { withMarkdown } from './chat/markdown.mjs'
import { createRenderer } from './chat/render.mjs'
import { createScreen } from './chat/screen.mjs'
import { reviewWorkflow } from './demo-workflow.mjs'
import { FIRST_QUESTION, FOLLOW_UPS } from './first-question.mjs'
import { ensureInstalled } from './install.mjs'
import { isMain, ROOT } from './project.mjs'
import { startServer } from './serve.mjs'
import { fetchHealth } from './server/ready.mjs'
import { ownVarsFile, shellVars } from './server/vars.mjs'
import { colorsFor, Failure, runMain } from './terminal.mjs'

const HELP = `Asks the first agent a question and shows the answer as it streams: npm run demo [-- question] [options]

  --next <question>  asks this next, on the same thread; may be given several times
  workflow [idea]    runs the app's workflow instead, up to a decision and from there to its report
    --approve        decides for what is recommended; --reject against it
    --run <id>       decides for a run that waits on a running server
  --help             this

Without a question it asks: ${FIRST_QUESTION}
At a terminal it then takes more questions on the same thread, until an empty line.

  EDGEWISE_URL       the server to ask; default: the one at 127.0.0.1:8787, else one of its own for the talk
  EDGEWISE_API_KEY   is sent as a bearer token`

/** @param {string[]} args */
async function main(args) {
  const { isHelp, question, next, workflow } = readOptions(args)
  if (isHelp) return console.log(HELP)
  await ensureInstalled()
  const colors = colorsFor(process.stdout)
  const screen = createScreen(process.stdout)
  const server = await findServer(() => screen.status('Starting a server for this talk ...'))
  try {
    if (workflow) {
      const { url, isOwn } = server
      await reviewWorkflow({ url, isOwn, screen: withMarkdown(screen, colors), colors, ...workflow })
      return
    }
    const [agent] = server.health.agents
    if (agent === undefined) throw new Failure('There is nobody to ask: app/index.ts names no agent')
    const thread = `demo-${randomUUID().slice(0, 8)}`
    const talk = { url: server.url, agent, thread, screen: withMarkdown(screen, colors), colors }
    screen.line(colors.dim(`${agent}, ${server.health.model}, ${server.url}, thread ${thread}`))
    for (const one of [question ?? FIRST_QUESTION, ...next]) {
      screen.line(`\n${colors.bold(`> ${one}`)}`)
      await say(talk, one)
    }
    if (next.length > 0) return
    const ideas = question === undefined ? FOLLOW_UPS : []
    if (process.stdin.isTTY && process.stdout.isTTY) await goOn(talk, ideas)
    else if (ideas.length > 0)
      screen.line(`\nAsk on: npm run demo -- ${ideas.map((idea) => `--next '${idea}'`).join(' ')}`)
  } finally {
    await server.stop()
  }
}

/** @param {string[]} args */
function readOptions(args) {
  const options = /** @type {const} */ ({
    next: { type: 'string', multiple: true },
    approve: { type: 'boolean' },
    reject: { type: 'boolean' },
    run: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  })
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    const isHelp = values.help ?? false
    if (values.approve && values.reject) throw new Error('Both --approve and --reject')
    if (positionals[0] === 'workflow')
      return { isHelp, next: [], workflow: readWorkflow(positionals, values) }
    if (values.approve || values.reject || values.run !== undefined)
      throw new Error('--approve, --reject and --run belong to workflow')
    const question = positionals.join(' ').trim() || undefined
    return { isHelp, question, next: values.next ?? [] }
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error)
    throw new Failure(`${reason}. The options are told by: npm run demo -- --help`)
  }
}

/**
 * @param {string[]} positionals
 * @param {{ approve?: boolean, reject?: boolean, run?: string }} values
 */
function readWorkflow([, ...idea], { approve, reject, run }) {
  const requirement = idea.join(' ').trim()
  const decision = approve || reject ? { approved: approve === true } : undefined
  return { ...(requirement ? { requirement } : {}), ...(run === undefined ? {} : { run }), decision }
}

/**
 * @typedef {object} Talk
 * @property {string} url
 * @property {string} agent
 * @property {string} thread
 * @property {import('./chat/screen.mjs').Screen} screen
 * @property {ReturnType<typeof colorsFor>} colors
 */

/** Asks one question and draws its answer. @param {Talk} talk @param {string} question */
async function say({ url, agent, thread, screen, colors }, question) {
  screen.line('')
  const renderer = createRenderer({ screen, colors })
  const apiKey = process.env['EDGEWISE_API_KEY']
  for await (const chunk of ask({ url, agent, thread, question, ...(apiKey ? { apiKey } : {}) }))
    renderer.draw(chunk)
  const { error, abort } = renderer.end()
  if (error !== undefined) throw new Failure(`The agent failed: ${error}`)
  if (abort !== undefined) throw new Failure(`The turn was stopped: ${abort}`)
}

/** Takes questions from the terminal until an empty line. @param {Talk} talk @param {string[]} ideas */
async function goOn(talk, ideas) {
  const { screen, colors } = talk
  screen.line(colors.dim(`\nAsk on, or press Enter to end.${ideas.length > 0 ? ' For example:' : ''}`))
  for (const idea of ideas) screen.line(colors.dim(`  ${idea}`))
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  terminal.setPrompt('\n> ')
  terminal.prompt()
  try {
    // Ctrl-D ends the loop.
    for await (const line of terminal) {
      if (line.trim() === '') break
      await say(talk, line.trim())
      terminal.prompt()
    }
  } finally {
    // The loop closes the terminal when it is left, and yet goes on reading from it.
    process.stdin.pause()
  }
}

/** A server that runs, else one of our own on a fresh folder. @param {() => void} onStart */
async function findServer(onStart) {
  const named = process.env['EDGEWISE_URL']?.replace(/\/+$/, '')
  const url = named ?? 'http://127.0.0.1:8787'
  const answer = await fetchHealth(url, named ? 10_000 : 1_000)
  if (answer?.health) return { url, health: answer.health, isOwn: false, stop: async () => {} }
  if (named)
    throw new Failure(
      `Cannot use EDGEWISE_URL=${named}: ${answer ? `/health answers ${answer.said}` : 'nobody answers there'}`,
    )
  process.on('SIGINT', () => process.exit(130)).on('SIGTERM', () => process.exit(143))
  const vars = ownVarsFile(ROOT) ? /** @type {const} */ ('project') : shellVars(process.env)
  onStart()
  const { url: own, health, stop } = await startServer({ vars })
  return { url: own, health, isOwn: true, stop }
}

if (isMain(import.meta.url)) {
  await runMain(() => main(process.argv.slice(2)))
}
