import { describe, expect, it } from 'vitest'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import type { StepContext } from '../workflows/context.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'

const worldOf = (execute: (context: StepContext<unknown>) => unknown): RunWorld => {
  const step = createStep({ id: 'odd', execute: async (context) => execute(context) })
  return new RunWorld(createWorkflow({ id: 'odd' }).then(step).commit())
}

const deep = (): unknown => JSON.parse('{"a":'.repeat(2000) + '1' + '}'.repeat(2000))

describe('a run fails, and can be read, whatever its step', () => {
  it.each([
    ['an object without a prototype', Object.create(null), '{}'],
    ['an error whose message is none', Object.assign(new Error('x'), { message: { deep: 1 } }), '{"deep":1}'],
    ['what cannot be written', { toString: () => Symbol('no'), n: 1n }, 'What was thrown cannot be read'],
    ['a plain object, as clients of databases do', { code: 'E1', message: 'no row' }, 'no row'],
  ])('throws: %s', async (_, thrown, message) => {
    const world = worldOf(() => {
      throw thrown
    })
    expect(await world.through({})).toMatchObject({ status: 'failed', error: { message } })
  })

  it.each<[string, (context: StepContext<unknown>) => unknown]>([
    ['gives', () => ({ order: [{ n: 1n }] })],
    ['suspends with', ({ suspend }) => suspend({ order: [{ n: 1n }] })],
    ['leaves with', ({ bail }) => bail({ order: [{ n: 1n }] })],
  ])('%s a BigInt, and says where', async (_, execute) => {
    expect(await worldOf(execute).through({})).toMatchObject({
      status: 'failed',
      error: { name: 'TypeError', message: 'Cannot keep a value that is no JSON: order[0].n is a BigInt' },
    })
  })

  it.each<[string, (context: StepContext<unknown>) => unknown]>([
    ['gives', deep],
    ['suspends with', ({ suspend }) => suspend(deep())],
    ['leaves with', ({ bail }) => bail(deep())],
    ['sets as its state', ({ setState }) => setState({ a: deep() as never })],
  ])('%s something too deep', async (_, execute) => {
    const world = worldOf(execute)
    expect(await world.through({})).toMatchObject({
      status: 'failed',
      error: { name: 'RangeError', message: 'Cannot keep a value that is nested deeper than 500 levels' },
    })
    expect(await world.run.record()).toMatchObject({ status: 'failed' })
  })
})
