import { expect, it } from 'vitest'
import { findStartError, workerLine } from './output.mjs'
import { startFailure } from './start-failure.mjs'
import { shellVars } from './vars.mjs'

const BUILD = `
✘ [ERROR] Build failed with 1 error:

  ✘ [ERROR] No matching export in "app/b.ts" for import "x"

      app/a.ts:1:9:
        1 │ import { x } from "./b"
`

const BOOT = `⎔ Starting local server...
✘ [ERROR] service core:user:edgewise: Uncaught TypeError: Cannot create agent: id is empty

    at null.<anonymous> (index.js:1:106) in make
    at null.<anonymous> (index.js:1:240)

✘ [ERROR] The Workers runtime failed to start. There was likely a problem with the workerd binary or your configuration.
`

const CONFIG = `✘ [ERROR] Processing wrangler.toml configuration:

    - Expected "minify" to be of type boolean but got "yes".
`

it('finds the error that matters, and where', () => {
  expect(findStartError(BUILD)).toEqual({
    message: 'No matching export in "app/b.ts" for import "x"',
    places: [{ file: 'app/a.ts', line: 1, column: 10 }],
  })
  expect(findStartError(BOOT)).toEqual({
    message: 'TypeError: Cannot create agent: id is empty',
    places: [
      { file: 'index.js', line: 1, column: 106 },
      { file: 'index.js', line: 1, column: 240 },
    ],
  })
  expect(findStartError('all is well')).toBeUndefined()
})

it('says it in one line with the mend', () => {
  const context = { configPath: '/p/wrangler.toml', bundle: undefined, otherwise: 'wrangler gave up' }
  const said = (output: string) => startFailure(output, context).message
  expect(said(BUILD)).toBe(
    'Cannot start: app/a.ts:1:10: No matching export in "app/b.ts" for import "x". Fix it there and run the command again',
  )
  expect(said(CONFIG)).toBe(
    'Cannot start: wrangler.toml: Processing wrangler.toml configuration: Expected "minify" to be of type boolean but got "yes". Fix it there and run the command again',
  )
  expect(said('')).toBe('Cannot start: wrangler gave up')
})

it("passes on what the Worker says and not wrangler's own talk", () => {
  const lines = [
    '[wrangler:info] Ready on http://127.0.0.1:8787',
    '[wrangler:info] GET /health 200 OK (5ms)',
    '⎔ Reloading local server...',
    'Your Worker has access to the following bindings:',
    'Binding                  Resource            Mode',
    'env.THREAD (Thread)      Durable Object      local',
    '✨ Parsed 1 valid header rule.',
    '✨ Parsed 2 valid header rules.',
    'workerd/io/io-gate.c++:12: warning: NOSENTRY SQLite alarm overdue, running despite AlarmManager mismatch; overdueMs = 5012',
    'workerd/io/actor-sqlite.c++:7: info: NOSENTRY DEBUG_ALARM: setAlarm called; logDate(newAlarmTime) = 1',
    'hello',
    'NOSENTRY SQLite alarm overdue, says the app',
    'workerd/api/global-scope.c++:5: error: NOSENTRY Alarm exceeded its allowed execution time',
    '\u001B[31m✘ \u001B[41;31m[\u001B[41;97mERROR\u001B[41;31m]\u001B[0m \u001B[1moh no\u001B[0m',
    '[wrangler:error] Error: boom',
    '[wrangler:info] GET /x 500 Internal Server Error (9ms)',
  ]
  expect(lines.map(workerLine).filter((line) => line !== undefined)).toEqual([
    'hello',
    'NOSENTRY SQLite alarm overdue, says the app',
    'workerd/api/global-scope.c++:5: error: NOSENTRY Alarm exceeded its allowed execution time',
    'error: oh no',
    'error: Error: boom',
    'GET /x 500 Internal Server Error (9ms)',
  ])
})

it("takes from the shell what is the Worker's, and nothing else", () => {
  const env = {
    OPENAI_API_KEY: 'a',
    OPENAI_MODEL: '',
    GOOGLE_AI_API_KEY: 'g',
    GOOGLE_GENERATIVE_AI_BASE_URL: 'h',
    GOOGLE_APPLICATION_CREDENTIALS: 'i',
    PATH: 'b',
    EDGEWISE_API_KEYS: 'c',
    EDGEWISE_API_KEY: 'd',
    EDGEWISE_URL: 'e',
  }
  expect(shellVars(env)).toEqual({
    OPENAI_API_KEY: 'a',
    GOOGLE_AI_API_KEY: 'g',
    GOOGLE_GENERATIVE_AI_BASE_URL: 'h',
    EDGEWISE_API_KEYS: 'c',
  })
})
