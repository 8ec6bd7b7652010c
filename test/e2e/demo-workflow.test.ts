import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Server } from '../../scripts/serve.mjs'
import { startServer } from '../../scripts/serve.mjs'
import { FIRST_QUESTION } from '../../scripts/first-question.mjs'

const DEMO = fileURLToPath(new URL('../../scripts/demo.mjs', import.meta.url).href)

/** The demo app as it is bundled: what `npm run demo -- workflow` talks to. */
let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.kill())

/** What the demo prints where there is no terminal. */
async function demo(...args: string[]): Promise<string> {
  const env = { ...process.env, EDGEWISE_URL: server.url, NO_COLOR: '1' }
  const { stdout } = await promisify(execFile)(process.execPath, [DEMO, 'workflow', ...args], { env })
  return stdout
}

it('shows the steps as they come, stops at the decision, and writes the report with the command that it names', async () => {
  const asked = await demo()
  expect(asked).toContain(`> ${FIRST_QUESTION}`)
  const steps = [...asked.matchAll(/^ {2}([a-z-]+) (?:\d+ ms|[\d.]+ s|waits for a decision)$/gm)]
  expect(steps.map(([, id]) => id).toSorted()).toEqual(
    ['analyze', 'approve', 'compare', 'draw-microservices', 'draw-serverless'].toSorted(),
  )
  expect(asked).toContain('Write the report for the serverless architecture?')
  const [, run = ''] = /npm run demo -- workflow --run (\S+) --approve/.exec(asked) ?? []
  const report = await demo('--run', run, '--approve')
  for (const words of ['# Ride-sharing app', 'Decided: **serverless**', 'flowchart TB', 'Cost a month'])
    expect(report).toContain(words)
  await expect(demo('--run', run, '--approve')).rejects.toMatchObject({
    stderr: expect.stringContaining('The server answered 409: This workflow run was not suspended'),
  })
})

it('is decided beforehand, for or against', async () => {
  expect(await demo('A marketplace for used bicycles', '--approve')).toContain('# Marketplace app')
  const rejected = await demo('A marketplace for used bicycles', '--reject')
  expect(rejected).toContain('Nothing was decided.')
  expect(rejected).not.toContain('flowchart')
})

it('writes the report for the other architecture, and what the one who decided said', async () => {
  const at = `${server.url}/api/workflows/architectureWorkflow`
  const post = async (path: string, body: object): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${at}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    return response.json()
  }
  const started = await post('start-async?runId=other', { inputData: { requirement: FIRST_QUESTION } })
  expect(started).toMatchObject({
    status: 'suspended',
    suspendPayload: { approve: { recommended: 'serverless' } },
  })
  const resumeData = { approved: true, architecture: 'microservices', note: 'We have the team | for it.' }
  expect(await post('resume-async?runId=other', { resumeData })).toMatchObject({
    status: 'success',
    result: {
      architecture: 'microservices',
      report: expect.stringContaining(
        '**microservices, against the recommendation**. We have the team | for it.',
      ),
    },
  })
})
