import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { findLeaks } from './check-paths.mjs'
import { withoutNoise } from './test-run/noise.mjs'
import { summarize } from './test-run/summary.mjs'

const lines = (count: number) => 'export {}\n'.repeat(count)
const fn = (count: number) => `export function f() {\n${'  g()\n'.repeat(count)}}\n`

it('finds files and functions that are too long, and lets tests be longer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'edgewise-lengths-'))
  const files = {
    'good.ts': fn(55),
    'long-file.ts': lines(401),
    'long-function.ts': fn(61),
    'good.test.ts': fn(500),
    'long.test.ts': lines(601),
  }
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const script = new URL('check-lengths.mjs', import.meta.url).pathname
    const { status, stdout } = spawnSync(process.execPath, [script, folder], { encoding: 'utf8' })
    const named = Object.keys(files).filter((name) => stdout.includes(name))
    expect({ status, named }).toEqual({
      status: 1,
      named: ['long-file.ts', 'long-function.ts', 'long.test.ts'],
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

it("finds a machine's paths and package sources", () => {
  const machine = ['', 'root', 'x'].join('/')
  expect(findLeaks('a.md', `see https://host/work/x and lib/work/x and ./root/x\nin ${machine}`)).toEqual([
    `a.md:2: a path of one machine: in ${machine}`,
  ])
  expect(findLeaks('package-lock.json', '"version": "1"\n"resolved": "https://host/a.tgz",')).toHaveLength(1)
  expect(findLeaks('.npmrc', 'fund=false\nregistry=https://host')).toHaveLength(1)
})

const report = (more: object) => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  testResults: [],
  ...more,
})

it('counts tests in one line', () => {
  expect(summarize(report({}), 0)).toEqual({ line: '3 passed, 0 failed', exitCode: 0, notes: [] })
  expect(summarize(report({ numPendingTests: 1, numTodoTests: 1, numFailedTests: 2 }), 1)).toMatchObject({
    line: '3 passed, 2 failed, 2 skipped',
    exitCode: 1,
  })
})

it('lets no broken run look like success', () => {
  const broken = { name: 'a.test.ts', status: 'failed', assertionResults: [] }
  expect(summarize(report({ testResults: [broken] }), 1)).toMatchObject({
    line: '3 passed, 1 failed',
    exitCode: 1,
  })
  expect(summarize(report({ numPassedTests: 0, numPendingTests: 2 }), 0)).toMatchObject({
    line: '0 passed, 0 failed, 2 skipped',
    exitCode: 1,
  })
  expect(summarize(report({}), 1)).toMatchObject({
    exitCode: 1,
    notes: [expect.stringContaining('outside of the tests')],
  })
  expect(summarize(undefined, 0)).toMatchObject({ line: '0 passed, 1 failed', exitCode: 1 })
})

it('leaves out what workerd says about objects that tests kill, with its stack, and nothing else', () => {
  const kept: string[] = []
  const take = withoutNoise((line) => kept.push(line))
  const killed = 'uncaught exception; exception = workerd/a.c++:1: failed: jsg.Error: killed by the test'
  for (const line of [
    killed,
    'stack: a b',
    killed,
    'stack: c',
    'stack: mine',
    'exception = workerd/x: other',
    'stack: d',
  ]) {
    take(line)
  }
  expect(kept).toEqual(['stack: mine', 'exception = workerd/x: other', 'stack: d'])
})
