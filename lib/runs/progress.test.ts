import { expect, it } from 'vitest'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import { workflowRunAddress } from '../protocol/address.ts'
import type { StepContext } from '../workflows/context.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'
import { answerRunCall } from './answer.ts'

function worldOf(execute: (context: StepContext<unknown>) => unknown): RunWorld {
  const step = createStep({ id: 'tell', execute: async (context) => execute(context) })
  return new RunWorld(createWorkflow({ id: 'telling' }).then(step).commit())
}

async function streamOf(world: RunWorld, format: 'native' | 'mastra'): Promise<string> {
  const request = { runId: 'r1', workflowId: 'telling', inputData: {}, runtimeContext: {} }
  const address = workflowRunAddress(undefined, 'telling', 'r1')
  const response = await answerRunCall(world.run, { type: 'start', request, address, format })
  return response.text()
}

const count = (text: string, part: string): number => text.split(part).length - 1

it.each([
  ['native', '"type":"step-progress"'],
  ['mastra', '"type":"workflow-step-output"'],
] as const)(
  'what a step says before its first wait is heard though the run ends before anybody listens: %s',
  async (format, part) => {
    const world = worldOf(({ writer }) => {
      for (let n = 0; n < 5; n += 1) writer.write({ n })
      return 'done'
    })
    await world.through({})
    const heard = await streamOf(world, format)
    expect(count(heard, part)).toBe(5)
    expect(count(await (await answerRunCall(world.run, { type: 'follow', format })).text(), part)).toBe(5)
    // It is not kept: the object's next life knows all but that.
    world.restart()
    const later = await streamOf(world, format)
    expect(count(later, part)).toBe(0)
    expect(count(later, '"type"')).toBe(count(heard, '"type"') - 5)
  },
)

it('what a step says at length does not pile up in memory, and the run goes on behind it', async () => {
  const lengths: boolean[] = []
  const world: RunWorld = worldOf(async ({ writer }) => {
    for (let n = 0; n < 90; n += 1) {
      writer.write({ page: 'x'.repeat(100_000) })
      await new Promise((resolve) => setImmediate(resolve))
    }
    lengths.push(world.run.parts.log.isLong)
  })
  await world.start({})
  const heard = await streamOf(world, 'native')
  expect(count(heard, '"type":"step-progress"')).toBe(90)
  expect(lengths).toEqual([false])
  expect(await world.run.result()).toMatchObject({ status: 'success' })
  world.restart()
  expect(await world.run.result()).toMatchObject({ status: 'success' })
})

it('what is said while it is found out what became of a step is not heard, and harms nothing', async () => {
  const step = createStep({
    id: 'once',
    effect: 'reconcile',
    execute: () => new Promise(() => undefined),
    reconcile: ({ writer }) => {
      writer.write('looking')
      return { status: 'done', output: 'found' }
    },
  })
  const world = new RunWorld(createWorkflow({ id: 'telling' }).then(step).commit())
  await world.start({})
  world.restart()
  await world.ring()
  expect(await world.settle()).toMatchObject({ status: 'success', result: 'found' })
})

it('what a step says must be JSON, and is what it was when it was said', async () => {
  const world = worldOf(({ writer }) => {
    const said = { n: 1 }
    writer.write(said)
    said.n = 2
    // @ts-expect-error -- no JSON
    writer.write(1n)
  })
  const heard = await streamOf(world, 'native')
  expect(heard).toContain('"data":{"n":1}')
  expect(await world.run.result()).toMatchObject({ status: 'failed', error: { name: 'TypeError' } })
})
