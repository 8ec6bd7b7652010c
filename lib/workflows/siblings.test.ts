import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import { createStep } from './step.ts'
import { createWorkflow } from './workflow.ts'

/** A step that goes on until somebody lets it end. */
function held(id: string) {
  const { promise, resolve } = Promise.withResolvers<string>()
  const aborted = Promise.withResolvers<void>()
  const reasons: string[] = []
  const step = createStep({
    id,
    execute: ({ abortSignal }) => {
      abortSignal.addEventListener('abort', () => {
        reasons.push((abortSignal.reason as Error).message)
        aborted.resolve()
      })
      return promise
    },
  })
  return { step, end: () => resolve(id), reasons, aborted: aborted.promise }
}

const bails = createStep({ id: 'bails', execute: ({ bail }) => bail('left') })

/** A step that asks, and one that fails until it is mended. */
function open() {
  const did: string[] = []
  let isBroken = true
  const asks = createStep({
    id: 'asks',
    resumeSchema: z.object({ by: z.string() }),
    execute: ({ resumeData, suspend }) => {
      if (!resumeData) return suspend({ question: 'sure?' })
      did.push(resumeData.by)
      return resumeData.by
    },
  })
  const fails = createStep({
    id: 'fails',
    execute: () => {
      if (isBroken) throw new Error('no')
      return 'yes'
    },
  })
  const mend = (): void => {
    isBroken = false
  }
  return { did, asks, fails, mend }
}

describe('what runs beside a step', () => {
  it('that leaves their workflow is aborted, and what runs beside that workflow is not', async () => {
    const left = held('left')
    const deep = held('deep')
    const beside = held('beside')
    const deeper = createWorkflow({ id: 'deeper' }).then(deep.step).commit()
    const inner = createWorkflow({ id: 'inner' }).parallel([left.step, deeper, bails]).commit()
    const world = new RunWorld(createWorkflow({ id: 'flow' }).parallel([inner, beside.step]).commit())
    const result = world.through(null)
    await left.aborted
    await deep.aborted
    expect(left.reasons).toEqual(['The step is no longer waited for'])
    expect(deep.reasons).toEqual(left.reasons)
    expect(beside.reasons).toEqual([])
    beside.end()
    expect(await result).toMatchObject({ status: 'success', result: { inner: 'left', beside: 'beside' } })
  })

  it('is aborted by its time as well, and with the run', async () => {
    const slow = createStep({
      id: 'slow',
      timeoutMs: 5,
      execute: ({ abortSignal }) => new Promise((resolve) => abortSignal.addEventListener('abort', resolve)),
    })
    const beside = held('beside')
    const run = createWorkflow({ id: 'flow' }).parallel([slow, beside.step]).commit().createRun()
    await run.startAsync({ inputData: {} })
    for await (const event of run.observe()) if (event.type === 'step-fail') break
    expect(beside.reasons).toEqual([])
    await run.cancel()
    expect(beside.reasons).toEqual(['The run is over: canceled'])
  })

  it('that has failed is not tried again meanwhile, but after a restart', async () => {
    const tries: string[] = []
    let isBroken = true
    const flaky = createStep({
      id: 'flaky',
      retries: { attempts: 3, delay: 1000 },
      execute: () => {
        tries.push('flaky')
        if (isBroken) throw new Error('not yet')
        return 'at last'
      },
    })
    const fails = createStep({
      id: 'fails',
      execute: () => {
        if (isBroken) throw new Error('no')
        return 'yes'
      },
    })
    const slow = held('slow')
    const world = new RunWorld(createWorkflow({ id: 'flow' }).parallel([flaky, fails, slow.step]).commit())
    await world.start(null)
    while (!world.run.parts.log.tail) await world.news()
    for (let second = 0; second < 8; second += 1) await world.advance(1000)
    expect(tries).toEqual(['flaky'])
    slow.end()
    expect(await world.settle()).toMatchObject({ status: 'failed', error: { message: 'no' } })
    expect(tries).toEqual(['flaky'])
    isBroken = false
    await world.run.restart()
    await world.advance(10_000)
    expect(await world.settle()).toMatchObject({
      status: 'success',
      result: { flaky: 'at last', fails: 'yes', slow: 'slow' },
    })
    expect(tries).toEqual(['flaky', 'flaky'])
    expect(world.problems).toEqual([])
  })

  describe('that has failed', () => {
    const late = {
      code: 'run_not_suspended',
      message:
        'A step of this workflow run has failed, and the run fails with it: what waits can be answered after a restart',
    }

    it('lets no answer begin anything while others run: it is refused, and may be given after a restart', async () => {
      const { did, asks, fails, mend } = open()
      const slow = held('slow')
      const world = new RunWorld(createWorkflow({ id: 'flow' }).parallel([asks, fails, slow.step]).commit())
      await world.start(null)
      while ((await world.run.record())?.steps?.['fails']?.status !== 'failed') await world.advance(0)
      const answer = { by: 'ann' }
      for (const target of [{ step: 'asks' }, {}])
        await expect(world.run.resume(target, answer)).rejects.toMatchObject(late)
      slow.end()
      expect(await world.settle()).toMatchObject({ status: 'failed', error: { message: 'no' } })
      expect(did).toEqual([])
      mend()
      await world.run.restart()
      expect(await world.settle()).toMatchObject({ status: 'suspended' })
      await world.run.resume({ step: 'asks' }, answer)
      expect(await world.settle()).toMatchObject({ status: 'success', result: { asks: 'ann' } })
      expect(did).toEqual(['ann'])
      expect(world.problems).toEqual([])
    })

    it('lets no answer begin anything that was being checked when it failed', async () => {
      const { did, fails } = open()
      const checked = Promise.withResolvers<void>()
      const checking = Promise.withResolvers<void>()
      const resumeSchema = z.string().refine(async () => {
        checking.resolve()
        await checked.promise
        return true
      })
      const asks = createStep({
        id: 'asks',
        resumeSchema,
        execute: ({ resumeData, suspend }) => {
          if (!resumeData) return suspend({})
          did.push(resumeData)
          return resumeData
        },
      })
      const slow = held('slow')
      const first = held('first')
      const failing = createWorkflow({ id: 'failing' }).then(first.step).then(fails).commit()
      const world = new RunWorld(createWorkflow({ id: 'flow' }).parallel([asks, failing, slow.step]).commit())
      await world.start(null)
      while ((await world.run.record())?.steps?.['asks']?.status !== 'suspended') await world.advance(0)
      const answered = world.run.resume({ step: 'asks' }, 'ann').catch((error: unknown) => error)
      await checking.promise
      first.end()
      while ((await world.run.record())?.steps?.['failing']?.status !== 'failed') await world.advance(0)
      checked.resolve()
      expect(await answered).toMatchObject({ code: 'run_not_suspended' })
      slow.end()
      expect(await world.settle()).toMatchObject({ status: 'failed' })
      expect(did).toEqual([])
    })
  })
})
