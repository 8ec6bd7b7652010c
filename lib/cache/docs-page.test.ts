import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { cacheWorld } from '../../test/fixtures/cache-world.ts'
import { testServices } from '../../test/fixtures/loop-services.ts'
import { calls, says, scriptedModel } from '../../test/fixtures/scripted-model.ts'
import { AgentStream } from '../agents/agent-stream.ts'
import { streamAlone } from '../agents/alone.ts'
import { Edgewise } from '../runtime/edgewise.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url).href)
mkdirSync(join(ROOT, '.edgewise'), { recursive: true })
/** Inside the checkout, so that `edgewise` is found by its own name. */
const folder = mkdtempSync(join(ROOT, '.edgewise/caching-page-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('the example of the page on caches runs: the second who asks costs nothing, and the tool answers from the cache', async () => {
  const page = readFileSync(join(ROOT, 'docs/caching.md'), 'utf8')
  const code = /```ts file=app\/index\.ts\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const file = join(folder, 'app.ts')
  writeFileSync(file, code)
  const { default: app }: { default: unknown } = await import(pathToFileURL(file).href)
  if (!(app instanceof Edgewise)) throw new Error('the example exports no app')

  const model = scriptedModel([
    calls(['openingHours', { city: 'Bern' }]),
    says('From nine to six.'),
    calls(['openingHours', { city: 'BERN' }]),
    says('As before.'),
  ])
  const services = { ...testServices({ resolveModel: () => model }), cache: cacheWorld().isolate() }
  const run = (question: string, resourceId: string) =>
    new AgentStream(streamAlone(app.getAgent('helper'), question, { resourceId }, services)).result()
  expect(await run('When is Bern open?', 'ann')).toMatchObject({
    text: 'From nine to six.',
    usage: { totalTokens: 30 },
  })
  expect(await run('When is Bern open?', 'ann')).toMatchObject({
    text: 'From nine to six.',
    usage: { totalTokens: 0 },
  })
  expect(model.asked).toHaveLength(2)
  expect((await run('When is BERN open?', 'bob')).toolResults).toMatchObject([{ output: { city: 'Bern' } }])
  expect(model.asked).toHaveLength(4)
})
