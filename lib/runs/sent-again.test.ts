import { describe, expect, it } from 'vitest'
import { RunWorld } from '../../test/fixtures/run-world.ts'
import { parseSse } from '../protocol/sse.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'
import { answerRunCall } from './answer.ts'
import type { RunCall } from './run-call.ts'

/** Three steps, each of which notes that it was executed. */
function steps(done: string[]) {
  const step = (id: string) =>
    createStep({
      id,
      execute: () => {
        done.push(id)
        return id
      },
    })
  return createWorkflow({ id: 'steps' }).then(step('a')).then(step('b')).then(step('c')).commit()
}

/** Asks twice, and gives both answers. */
const asking = createWorkflow({ id: 'asking' }).then(question('first')).then(question('second')).commit()

function question(id: string) {
  return createStep({ id, execute: ({ resumeData, suspend }) => resumeData ?? suspend({ question: id }) })
}

type Resume = RunCall & { type: 'resume' }

const goOn = (nonce: string, over: Partial<Resume> = {}): Resume => ({
  type: 'resume',
  target: {},
  perStep: true,
  format: 'json',
  nonce,
  ...over,
})

async function ask(world: RunWorld, call: RunCall): Promise<unknown> {
  return (await answerRunCall(world.run, call)).json()
}

async function hear(world: RunWorld, call: RunCall): Promise<{ id: string | undefined; event: unknown }[]> {
  const { body } = await answerRunCall(world.run, call)
  const heard: { id: string | undefined; event: unknown }[] = []
  if (body) for await (const { id, data } of parseSse(body)) heard.push({ id, event: JSON.parse(data) })
  return heard
}

/** The same, of which the object that dies under it says nothing. */
async function tellDying(world: RunWorld, call: RunCall): Promise<void> {
  const died = new Promise<void>((resolve) => {
    world.afterCommit = async () => {
      world.afterCommit = undefined
      world.restart()
      resolve()
      await new Promise(() => undefined)
    }
  })
  await Promise.race([ask(world, call), died])
}

describe('a call that is sent again', () => {
  it('lets a run that pauses do one step, at once and after', async () => {
    const done: string[] = []
    const world = new RunWorld(steps(done))
    await world.through(null, { perStep: true })
    const [one, two] = await Promise.all([ask(world, goOn('n1')), ask(world, goOn('n1'))])
    expect(done).toEqual(['a', 'b'])
    expect(one).toMatchObject({ status: 'paused' })
    expect(two).toEqual(one)
    expect(await ask(world, goOn('n1'))).toEqual(one)
    expect(done).toEqual(['a', 'b'])
    expect(await ask(world, goOn('n2'))).toMatchObject({ status: 'success', result: 'c' })
    expect(done).toEqual(['a', 'b', 'c'])
  })

  it('lets it do one step where its object died under it, whatever it had committed', async () => {
    const done: string[] = []
    const world = new RunWorld(steps(done))
    await world.through(null, { perStep: true })
    await tellDying(world, goOn('n1'))
    expect(await ask(world, goOn('n1'))).toMatchObject({ status: 'paused' })
    world.restart()
    expect(await ask(world, goOn('n1'))).toMatchObject({ status: 'paused' })
    // What a crash cut off was begun again, and nothing behind it.
    expect([...new Set(done)]).toEqual(['a', 'b'])
    expect(world.problems).toEqual([])
  })

  it('answers one question, and never the next', async () => {
    const world = new RunWorld(asking)
    await world.through(null)
    const yes = goOn('n1', { resumeData: 'yes', perStep: false })
    await tellDying(world, yes)
    expect(await ask(world, yes)).toMatchObject({ status: 'suspended', suspended: [['second']] })
    expect(await ask(world, yes)).toMatchObject({ status: 'suspended', suspended: [['second']] })
    expect(await ask(world, { ...yes, nonce: 'n2' })).toMatchObject({ status: 'success' })
  })

  it('is answered with what followed from it when it came first', async () => {
    const world = new RunWorld(asking)
    await world.through(null)
    const yes = goOn('n1', { resumeData: 'yes', perStep: false, format: 'native' })
    const heard = await hear(world, yes)
    expect(heard[0]).toMatchObject({ id: '000001-0000-000005', event: { type: 'run-resume', nonce: 'n1' } })
    expect(await hear(world, yes)).toEqual(heard)
    world.restart()
    expect(await hear(world, yes)).toEqual(heard)
  })

  it('is refused each time if it was refused', async () => {
    const world = new RunWorld(steps([]))
    await world.through(null)
    for (let i = 0; i < 2; i += 1)
      await expect(ask(world, goOn('n1'))).rejects.toMatchObject({ code: 'run_not_suspended' })
  })

  it('restarts a run that failed once, also if it has failed again since', async () => {
    let tries = 0
    const fails = createStep({
      id: 'fails',
      execute: () => {
        tries += 1
        throw new Error('no luck')
      },
    })
    const world = new RunWorld(createWorkflow({ id: 'flow' }).then(fails).commit())
    await world.through(null)
    const restart: RunCall & { type: 'restart' } = { type: 'restart', format: 'json', nonce: 'n1' }
    await ask(world, restart)
    world.restart()
    expect(await ask(world, restart)).toMatchObject({ status: 'failed' })
    expect(tries).toBe(2)
    await ask(world, { ...restart, nonce: 'n2' })
    expect(tries).toBe(3)
  })

  it('was not said to a run that goes on from a step of the one that it was said to', async () => {
    const world = new RunWorld(asking)
    await world.through(null)
    await ask(world, goOn('n1', { resumeData: 'yes', perStep: false }))
    const other = new RunWorld(world.workflow)
    other.callRun = (_address, call) => answerRunCall(world.run, call)
    const from = { address: 'a', runId: 'r1' }
    const request = {
      runId: 'r2',
      workflowId: 'asking',
      runtimeContext: {},
      from,
      travel: { step: 'second' },
    }
    await other.run.travel(request, 'b')
    await other.settle()
    expect(await ask(other, goOn('n1', { resumeData: 'no', perStep: false }))).toMatchObject({ result: 'no' })
  })
})
