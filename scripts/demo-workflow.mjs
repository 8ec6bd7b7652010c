// `npm run demo -- workflow [requirement]`: a run of the app's workflow, with a person's decision in the middle.
import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline/promises'
import { runWorkflow } from './chat/run.mjs'
import { createStepRenderer } from './chat/steps.mjs'
import { FIRST_QUESTION } from './first-question.mjs'
import { Failure } from './terminal.mjs'

const WORKFLOW = 'architectureWorkflow'

/**
 * @typedef {object} Review
 * @property {string} url
 * @property {boolean} isOwn whether the server ends with the demo
 * @property {import('./chat/screen.mjs').Screen} screen for text in Markdown
 * @property {ReturnType<typeof import('./terminal.mjs').colorsFor>} colors
 * @property {string} [requirement]
 * @property {string} [run] a run that waits already
 * @property {Decision | undefined} decision made beforehand
 */

/** @typedef {{ approved: boolean, architecture?: string, note?: string }} Decision */

/** Shows a run from its start to the decision, and from there to its report. @param {Review} review */
export async function reviewWorkflow(review) {
  const { screen, colors, url, requirement = FIRST_QUESTION } = review
  const runId = review.run ?? `demo-${randomUUID().slice(0, 8)}`
  screen.line(colors.dim(`${WORKFLOW}, ${url}, run ${runId}`))
  if (review.run === undefined) {
    screen.line(`\n${colors.bold(`> ${requirement}`)}\n`)
    const first = await show(review, runId, 'stream', { inputData: { requirement } })
    if (first.status !== 'suspended') return finish(review, first)
    screen.line(`\n${first.asked.recommendation}`)
    screen.line(colors.bold(first.asked.question))
  }
  const decision = review.decision ?? (await askPerson(review))
  if (!decision) return tellHow(review, runId)
  finish(review, await show(review, runId, 'resume-stream', { step: 'approve', resumeData: decision }))
}

/**
 * @param {Review} review
 * @param {string} runId
 * @param {'stream' | 'resume-stream'} action
 * @param {unknown} body
 */
async function show({ url, screen, colors }, runId, action, body) {
  const renderer = createStepRenderer({ screen, colors })
  const apiKey = process.env['EDGEWISE_API_KEY']
  for await (const chunk of runWorkflow({ url, workflow: WORKFLOW, runId, action, body, apiKey }))
    renderer.draw(chunk)
  return renderer.standing
}

/** @param {Review} review @param {import('./chat/steps.mjs').Standing} standing */
function finish({ screen }, { status, result, error }) {
  if (status !== 'success') throw new Failure(`The run is ${status}${error ? `: ${error}` : ''}`)
  screen.line('')
  screen.text(`${result.report}\n`)
  screen.end()
}

/** What the person at the terminal says; undefined if there is none. @param {Review} review */
async function askPerson({ screen }) {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return undefined
  screen.line('Enter takes it; s or m is for serverless or microservices; n is for neither.')
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const said = (await terminal.question('\n> ')).trim()
    return readDecision(said)
  } finally {
    terminal.close()
    process.stdin.pause()
  }
}

/** @param {string} said @returns {Decision} */
export function readDecision(said) {
  const word = said.toLowerCase()
  if (/^n(o|either)?$/.test(word)) return { approved: false }
  if (/^s(erverless)?$/.test(word)) return { approved: true, architecture: 'serverless' }
  if (/^m(icroservices)?$/.test(word)) return { approved: true, architecture: 'microservices' }
  return { approved: true, ...(/^(y(es)?)?$/.test(word) ? {} : { note: said }) }
}

/** Nobody can be asked here: the run waits, for as long as it takes. @param {Review} review @param {string} runId */
function tellHow({ screen, isOwn }, runId) {
  if (!isOwn) return screen.line(`\nThe run waits. Decide: npm run demo -- workflow --run ${runId} --approve`)
  screen.line('\nNobody can be asked here, and this server ends with the demo. Decide beforehand:')
  screen.line('  npm run demo -- workflow --approve')
  screen.line('or run npm start first: then the run waits there.')
}
