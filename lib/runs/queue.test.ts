import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { ObjectWorld, settle } from '../../test/fixtures/object-world.ts'
import { queueAddress, workflowRunAddress } from '../protocol/address.ts'
import { isRecord } from '../protocol/json.ts'
import type { Concurrency } from '../workflows/concurrency.ts'
import type { RunRecord, WorkflowResult } from '../workflows/result.ts'
import { NonRetryableError } from '../workflows/retry.ts'
import { createStep } from '../workflows/step.ts'
import { createWorkflow } from '../workflows/workflow.ts'
import { CALLS_AN_INVOCATION } from './call-budget.ts'
import { listRuns } from './run-list.ts'

/** Runs in the order in which they began. */
let begun: string[]
/** Those that have failed, and do not when they are restarted. */
let failed: Set<string>
beforeEach(() => {
  begun = []
  failed = new Set()
})

/** Begins, and goes on until somebody says how it is to end. */
const work = createStep({
  id: 'work',
  execute: ({ runId, resumeData, suspend }) => {
    if (!resumeData || failed.delete(runId)) {
      begun.push(runId)
      return suspend({})
    }
    if (resumeData !== 'fail') return { runId }
    failed.add(runId)
    throw new NonRetryableError('it failed')
  },
})

function flowOf(concurrency: Concurrency) {
  return createWorkflow({ id: 'flow', concurrency }).then(work).commit()
}

/** Has done something before it works, which the code can make good, or cannot. */
function undoable(compensate?: () => void) {
  const before = createStep({ id: 'before', execute: () => null, ...(compensate && { compensate }) })
  return createWorkflow({ id: 'flow', concurrency: { limit: 1 } })
    .then(before)
    .then(work)
    .commit()
}

const addressOf = (runId: string): string => workflowRunAddress(undefined, 'flow', runId)
const all = queueAddress('-', 'flow', '')

async function start(
  world: ObjectWorld,
  runId: string,
  inputData: unknown = null,
  format = 'ack',
): Promise<unknown> {
  const address = addressOf(runId)
  const request = { runId, workflowId: 'flow', inputData, runtimeContext: { tenant: 'ann' } }
  const said = await world.ask(address, { type: 'start', request, address, format })
  await settle()
  return said
}

async function end(world: ObjectWorld, runId: string, how: 'succeed' | 'fail' = 'succeed'): Promise<void> {
  await world.ask(addressOf(runId), { type: 'resume', target: {}, resumeData: how, format: 'ack' })
  await settle()
}

async function tell(world: ObjectWorld, runId: string, type: string): Promise<unknown> {
  const said = await world.ask(addressOf(runId), { type, format: 'ack' })
  await settle()
  return said
}

const record = (world: ObjectWorld, runId: string): Promise<RunRecord> =>
  world.ask(addressOf(runId), { type: 'record' })

async function statusesOf(world: ObjectWorld, ...ids: string[]): Promise<string[]> {
  return Promise.all(ids.map(async (id) => (await record(world, id)).status))
}

/** How many rows the queue has. */
const rowsOf = (world: ObjectWorld, queue = all): number =>
  world.platformOf(queue).sql.run('SELECT * FROM queue').length

const teamOf = ({ inputData }: { inputData: unknown }): string =>
  isRecord(inputData) ? String(inputData['team']) : ''

/** A call between a run and its queue. */
const isOurs = (type: string): boolean => type === 'admit' || type.startsWith('queue-')

describe('a workflow with a limit', () => {
  it('has so many runs going at once; the others wait in their order', async () => {
    const world = new ObjectWorld(flowOf({ limit: 2 }))
    for (const id of ['a', 'b', 'c', 'd']) await start(world, id)
    expect(begun).toEqual(['a', 'b'])
    expect(await statusesOf(world, 'a', 'b', 'c', 'd')).toEqual([
      'suspended',
      'suspended',
      'pending',
      'pending',
    ])
    expect((await record(world, 'd')).before).toBe(1)
    await end(world, 'b')
    expect(begun).toEqual(['a', 'b', 'c'])
    expect((await record(world, 'd')).before).toBe(0)
    await end(world, 'a', 'fail')
    expect(begun).toEqual(['a', 'b', 'c', 'd'])
    for (const id of ['c', 'd']) await end(world, id)
    expect(await statusesOf(world, 'a', 'b', 'c', 'd')).toEqual(['failed', 'success', 'success', 'success'])
    expect(rowsOf(world)).toBe(0)
  })

  it('says in its list which wait', async () => {
    const world = new ObjectWorld(flowOf({ limit: 1 }))
    for (const id of ['a', 'b']) await start(world, id)
    await world.advance(5000)
    const found = await listRuns('flow', '-', { status: 'pending' }, world.documents)
    expect(found.map(({ runId }) => runId)).toEqual(['b'])
  })

  it('counts runs by their key', async () => {
    const world = new ObjectWorld(flowOf({ limit: 1, key: teamOf }))
    await start(world, 'a', { team: 'red' })
    await start(world, 'b', { team: 'red' })
    await start(world, 'c', { team: 'blue/1' })
    expect(begun).toEqual(['a', 'c'])
    expect(rowsOf(world, queueAddress('-', 'flow', 'blue/1'))).toBe(1)
  })

  it('may make the key of the runtime context', async () => {
    const world = new ObjectWorld(
      flowOf({ limit: 1, key: ({ runtimeContext }) => String(runtimeContext.get('tenant')) }),
    )
    await start(world, 'a')
    expect(rowsOf(world, queueAddress('-', 'flow', 'ann'))).toBe(1)
  })

  it.each([
    ['is no text', () => 7],
    ['is too long', () => 'x'.repeat(300)],
    [
      'throws',
      () => {
        throw new Error('no team')
      },
    ],
  ])('refuses a run whose key %s', async (_what, key) => {
    const world = new ObjectWorld(flowOf({ limit: 1, key: key as () => string }))
    await expect(start(world, 'a')).rejects.toThrow('invalid_request')
    await expect(record(world, 'a')).rejects.toThrow('run_not_found')
  })

  it.each([0, -1, 1.5, Number.NaN])('cannot have the limit %d', (limit) => {
    expect(() => flowOf({ limit })).toThrow(RangeError)
  })

  it('makes whoever waits for a run wait for its turn as well', async () => {
    const world = new ObjectWorld(flowOf({ limit: 1 }))
    await start(world, 'a')
    const second = start(world, 'b', null, 'json')
    await settle()
    await end(world, 'a')
    expect((await second) as WorkflowResult).toMatchObject({ status: 'suspended' })
  })

  it('lets a hundred go, in as many invocations as it takes, each of which calls no more than it may', async () => {
    const world = new ObjectWorld(flowOf({ limit: 1 }))
    const ids = Array.from({ length: 100 }, (_, n) => `r${n}`)
    for (const id of ids) await start(world, id)
    world.workflows = [flowOf({ limit: 100 })]
    world.calls.length = 0
    await world.advance(0)
    await end(world, 'r0')
    const admitted = (): number => world.calls.filter(({ type }) => type === 'admit').length
    expect(admitted()).toBe(CALLS_AN_INVOCATION)
    for (let round = 0; round < 10; round += 1) await world.advance(1)
    expect(admitted()).toBe(99)
    expect(begun).toEqual(ids)
  })

  it('lets another go when a run is canceled, deleted, or cannot be gone on with', async () => {
    const world = new ObjectWorld(flowOf({ limit: 1 }))
    for (const id of ['a', 'b', 'c', 'd', 'e']) await start(world, id)
    // One that waits leaves its place.
    await tell(world, 'c', 'cancel')
    await tell(world, 'a', 'cancel')
    expect(begun).toEqual(['a', 'b'])
    await tell(world, 'b', 'remove')
    expect(begun).toEqual(['a', 'b', 'd'])
    await tell(world, 'd', 'remove')
    expect(begun).toEqual(['a', 'b', 'd', 'e'])
    expect(await statusesOf(world, 'a', 'c', 'e')).toEqual(['canceled', 'canceled', 'suspended'])
  })

  it('makes a failed run that is restarted wait for its turn again', async () => {
    const world = new ObjectWorld(flowOf({ limit: 1 }))
    for (const id of ['a', 'b']) await start(world, id)
    await end(world, 'a', 'fail')
    await tell(world, 'a', 'restart')
    expect(await statusesOf(world, 'a', 'b')).toEqual(['pending', 'suspended'])
    await end(world, 'b')
    expect(await statusesOf(world, 'a', 'b')).toEqual(['suspended', 'success'])
    await end(world, 'a')
    expect(rowsOf(world)).toBe(0)
  })

  it('lets a run that is canceled while it waits compensate when its turn comes, and no sooner', async () => {
    const undone: string[] = []
    const world = new ObjectWorld(undoable())
    await start(world, 'a')
    await end(world, 'a', 'fail')
    // Only the code of now can make good what was done.
    world.workflows = [undoable(() => void undone.push('done'))]
    world.die(addressOf('a'))
    await start(world, 'b')
    await tell(world, 'a', 'restart')
    expect(await tell(world, 'a', 'cancel')).toBe('compensating')
    expect(await statusesOf(world, 'a', 'b')).toEqual(['pending', 'suspended'])
    world.die(addressOf('a'))
    await world.advance(60_000)
    expect(undone).toEqual([])
    await end(world, 'b')
    await world.advance(60_000)
    expect(undone).toEqual(['done'])
    expect((await record(world, 'a')).compensation).toEqual({
      done: [{ step: 'before', path: '0' }],
      failed: [],
    })
    expect(await statusesOf(world, 'a')).toEqual(['canceled'])
    await start(world, 'c')
    expect(await statusesOf(world, 'c')).toEqual(['suspended'])
  })

  it('ends a run at once that is canceled while it waits, if it has done nothing that must be made good', async () => {
    const luckless = createStep({
      id: 'luckless',
      execute: () => Promise.reject(new Error('no')),
      compensate: () => undefined,
    })
    const flow = createWorkflow({ id: 'flow', concurrency: { limit: 1 } })
      .then(luckless)
      .then(work)
      .commit()
    const other = createWorkflow({ id: 'flow', concurrency: { limit: 1 } })
      .then(work)
      .commit()
    const world = new ObjectWorld(flow)
    await start(world, 'a')
    world.workflows = [other]
    await start(world, 'b')
    world.workflows = [flow]
    await tell(world, 'a', 'restart')
    expect(await statusesOf(world, 'a')).toEqual(['pending'])
    expect(await tell(world, 'a', 'cancel')).toBe(true)
    expect(await statusesOf(world, 'a')).toEqual(['canceled'])
  })

  it('takes no word about a lease that is over for one about a later one', async () => {
    const world = new ObjectWorld(flowOf({ limit: 1 }))
    await start(world, 'a')
    const [row] = world.platformOf(all).sql.run('SELECT ticket FROM queue')
    const old = { address: addressOf('a'), ticket: row?.['ticket'] }
    await end(world, 'a', 'fail')
    await start(world, 'b')
    await tell(world, 'a', 'restart')
    // It waits for its second lease: the first does not let it go.
    expect(await world.ask(addressOf('a'), { type: 'admit', ...old })).toBe(false)
    expect(await statusesOf(world, 'a', 'b')).toEqual(['pending', 'suspended'])
    await end(world, 'b')
    await start(world, 'c')
    expect(await statusesOf(world, 'a', 'c')).toEqual(['suspended', 'pending'])
    // What was said of the first comes late.
    for (const type of ['queue-release', 'queue-acquire']) await world.ask(all, { type, ...old })
    await world.advance(400_000)
    expect(await statusesOf(world, 'a', 'c')).toEqual(['suspended', 'pending'])
    await end(world, 'a')
    await world.ask(all, { type: 'queue-acquire', ...old })
    await end(world, 'c')
    await start(world, 'd')
    expect(begun).toEqual(['a', 'b', 'a', 'c', 'd'])
  })

  it('lets more go when the limit was raised, at the next occasion or by itself, and all when it is gone', async () => {
    const world = new ObjectWorld(flowOf({ limit: 1 }))
    for (const id of ['a', 'b', 'c', 'd']) await start(world, id)
    world.workflows = [flowOf({ limit: 2 })]
    await world.advance(301_000)
    expect(begun).toEqual(['a', 'b'])
    world.workflows = [createWorkflow({ id: 'flow' }).then(work).commit()]
    await world.advance(301_000)
    expect(begun.toSorted()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('takes the lease of a run that is gone without a word', async () => {
    const world = new ObjectWorld(flowOf({ limit: 1 }))
    for (const id of ['a', 'b']) await start(world, id)
    await world.platformOf(addressOf('a')).deleteAll()
    world.die(addressOf('a'))
    await world.advance(301_000)
    expect(begun).toEqual(['a', 'b'])
  })

  it('loses nobody though the queue is erased: they ask again', async () => {
    const world = new ObjectWorld(flowOf({ limit: 1 }))
    for (const id of ['a', 'b']) await start(world, id)
    await world.platformOf(all).deleteAll()
    world.die(all)
    await end(world, 'a')
    await world.advance(301_000)
    expect(begun).toEqual(['a', 'b'])
  })

  it('leaves nothing of a queue that nobody comes to', async () => {
    const world = new ObjectWorld(flowOf({ limit: 1 }))
    await start(world, 'a')
    await end(world, 'a')
    await world.advance(61_000)
    expect(world.platformOf(all).sql.run('SELECT name FROM sqlite_master')).toEqual([])
    await start(world, 'b')
    expect(begun).toEqual(['a', 'b'])
  })

  it('costs runs of other workflows nothing', async () => {
    const world = new ObjectWorld(createWorkflow({ id: 'flow' }).then(work).commit())
    await start(world, 'a')
    expect(world.calls.map(({ address }) => address)).toEqual([addressOf('a')])
  })
})

describe('whatever happens', () => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f']
  const id = fc.constantFrom(...ids)
  const action = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constant('start' as const), id) },
    { weight: 4, arbitrary: fc.tuple(fc.constantFrom('succeed' as const, 'fail' as const), id) },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.constantFrom('cancel' as const, 'remove' as const, 'restart' as const), id),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.constantFrom('die' as const, 'dieSoon' as const), fc.constantFrom(...ids, null)),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.constantFrom('lose' as const, 'refuse' as const, 'twice' as const), id),
    },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom('second' as const, 'minutes' as const), id) },
  )

  it('no more runs are going than may, and each comes to its turn', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.array(action, { maxLength: 25 }),
        async (limit, actions) => {
          begun = []
          failed.clear()
          const world = new ObjectWorld(flowOf({ limit }))
          const trouble = troubleOf(world)
          for (const [what, of] of actions) {
            await act(world, trouble, what, of)
            await settle()
            expect(await countGoing(world)).toBeLessThanOrEqual(limit)
          }
          trouble.end()
          // All that have not ended come to their turn, as the others end.
          for (let round = 0; round < 3 * ids.length; round += 1) {
            for (const one of await withStatus(world, 'suspended')) await end(world, one)
            expect(await countGoing(world)).toBeLessThanOrEqual(limit)
            if ((await withStatus(world, 'pending')).length > 0) await world.advance(310_000)
          }
          expect(await withStatus(world, 'pending')).toEqual([])
        },
      ),
      { numRuns: 60 },
    )
  })

  it('those that come one after the other go one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(ids, { minLength: 3 }),
        fc.integer({ min: 1, max: 3 }),
        async (order, limit) => {
          begun = []
          failed.clear()
          const world = new ObjectWorld(flowOf({ limit }))
          for (const one of order) {
            await start(world, one)
            world.die(all)
          }
          for (const one of order) {
            world.die(addressOf(one))
            await end(world, one)
          }
          expect(begun).toEqual(order)
        },
      ),
      { numRuns: 30 },
    )
  })

  async function withStatus(world: ObjectWorld, status: string): Promise<string[]> {
    const found: string[] = []
    for (const one of ids)
      if ((await record(world, one).catch(() => undefined))?.status === status) found.push(one)
    return found
  }

  /** The runs that were let go and have not ended, as their logs say. */
  async function countGoing(world: ObjectWorld): Promise<number> {
    return (await withStatus(world, 'suspended')).length + (await withStatus(world, 'running')).length
  }
})

async function act(world: ObjectWorld, trouble: Trouble, what: string, of: string | null): Promise<void> {
  const address = of === null ? all : addressOf(of)
  const one = of ?? 'a'
  if (what === 'start') await start(world, one).catch(() => undefined)
  else if (what === 'succeed' || what === 'fail') await end(world, one, what).catch(() => undefined)
  else if (what === 'die') world.die(address)
  else if (what === 'dieSoon') trouble.dieAt = address
  else if (what === 'second' || what === 'minutes') await world.advance(what === 'second' ? 1000 : 400_000)
  else if (what === 'lose' || what === 'refuse' || what === 'twice') trouble[what] += 1
  else await tell(world, one, what).catch(() => undefined)
}

/** What goes wrong next. */
interface Trouble {
  /** So many answers get lost, calls are refused, calls come again later. */
  lose: number
  refuse: number
  twice: number
  /** This object dies after its next commit. */
  dieAt: string | undefined
  end(): void
}

function troubleOf(world: ObjectWorld): Trouble {
  const trouble: Trouble = {
    lose: 0,
    refuse: 0,
    twice: 0,
    dieAt: undefined,
    end: () => Object.assign(trouble, { lose: 0, refuse: 0, twice: 0, dieAt: undefined }),
  }
  world.isLost = (_to, type) => isOurs(type) && trouble.lose-- > 0
  world.intercept = (_to, type) =>
    isOurs(type) && trouble.refuse-- > 0 ? new Response('{}', { status: 503 }) : undefined
  world.isTwice = (_to, type) => isOurs(type) && trouble.twice-- > 0
  world.afterCommit = async (_commit, address) => {
    if (address !== trouble.dieAt) return
    trouble.dieAt = undefined
    world.die(address)
    await new Promise(() => undefined)
  }
  return trouble
}
