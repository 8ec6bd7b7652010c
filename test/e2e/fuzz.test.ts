import { afterAll, beforeAll, expect, it } from 'vitest'
import { build } from '../../bench/run/build.ts'
import type { ServedWorker } from '../../bench/run/workerd.ts'
import { serve } from '../../bench/run/workerd.ts'
import { deadUrl } from '../fixtures/openai/index.ts'
import { fuzz } from '../fuzz/run.ts'
import { hangUp } from '../fuzz/send.ts'

/** `npm test -- --long` sets it to 10,000. */
const COUNT = Number(process.env['FUZZ'] ?? 4000)
const SEED = Number(process.env['FUZZ_SEED'] ?? 1)

const KEY = 'canary-of-the-caller-4711'
const SECRETS = [KEY, 'sk-canary-of-the-model-4711']

let server: ServedWorker
beforeAll(async () => {
  const vars = {
    EDGEWISE_API_KEY: KEY,
    OPENAI_API_KEY: 'sk-canary-of-the-model-4711',
    // Facts are embedded by whom a key is for: nobody outside of this machine is to be asked.
    OPENAI_BASE_URL: `${await deadUrl()}/v1`,
  }
  server = await serve(await build('test/fuzz/wrangler.toml'), { vars })
})
afterAll(async () => {
  hangUp()
  await server.stop()
})

it(
  `answers ${COUNT} requests as its document says, whatever they hold`,
  async () => {
    const { faults, statuses } = await fuzz({
      url: server.url,
      key: KEY,
      secrets: SECRETS,
      seed: SEED,
      count: COUNT,
    })
    expect([`seed ${SEED}`, ...faults.values()].join('\n\n')).toBe(`seed ${SEED}`)
    // It got past the door: every operation was answered well, too.
    const shut = [...statuses].filter(([, counts]) => Math.min(...counts.keys()) >= 400).map(([name]) => name)
    // Few requests leave one or two operations to chance.
    expect(shut.slice(COUNT < 5000 ? 8 : 2)).toEqual([])
    if (process.env['FUZZ_TALLY']) console.log(statuses)
  },
  60_000 + COUNT * 60,
)
