import { describe, expect, it } from 'vitest'
import type { ScriptStep } from '../../test/fixtures/scripted-model.ts'
import { calls, says, scriptedModel } from '../../test/fixtures/scripted-model.ts'
import { ThreadWorld, ask } from '../../test/fixtures/thread-world.ts'
import { toolOf } from '../../test/fixtures/turns.ts'
import type { Part } from '../protocol/message.ts'

/** Two rounds of a call that may happen once and one that may be repeated, then an answer; by the prompt alone. */
function teller() {
  const effects: { tool: string; key: string }[] = []
  const effect = (tool: string, kind: 'once' | 'retry') =>
    toolOf(
      ({ n }, { idempotencyKey }) => {
        effects.push({ tool, key: idempotencyKey.slice(idempotencyKey.indexOf('/')) })
        return { did: n }
      },
      { effect: kind },
    )
  const model = scriptedModel(({ prompt }): ScriptStep => {
    const answered = prompt.reduce(
      (sum, { role, content }) => sum + (role === 'tool' ? content.length : 0),
      0,
    )
    if (answered >= 4) return says('All ', 'done.')
    const round = answered / 2
    return calls(['charge', { n: round }, `charge-${round}`], ['look', { n: round }, `look-${round}`])
  })
  return {
    effects,
    world: new ThreadWorld(model, {
      tools: { charge: effect('charge', 'once'), look: effect('look', 'retry') },
    }),
  }
}

/** Kills the object after each of the commits named, and lets another one come to the end of the turn. */
async function runThrough(deaths: readonly number[], by: 'alarm' | 'request') {
  const { effects, world } = teller()
  let commits = 0
  let died = Promise.withResolvers<void>()
  world.afterCommit = async () => {
    const isLast = deaths.includes(commits)
    commits += 1
    if (!isLast) return
    died.resolve()
    // It is dead: nothing may follow.
    await new Promise(() => undefined)
  }
  await world.start({ input: ask('pay') })
  for (const _ of deaths) {
    await died.promise
    died = Promise.withResolvers()
    world.restart()
    // The next life dies in turn, or comes to its end.
    const life = by === 'alarm' ? world.ring() : world.thread.takeUp().then(() => world.platform.idle())
    await Promise.race([life, died.promise])
  }
  await world.platform.idle()
  return { effects, world, commits, parts: world.messages()[1]?.parts ?? [] }
}

function isUnknown(part: Part): boolean {
  return part.type === 'tool' && part.state === 'failed' && part.error.code === 'tool_outcome_unknown'
}

describe('a turn whose object dies after a commit', async () => {
  const calm = await runThrough([], 'alarm')

  it('has one commit for its start, for each step that goes on, for each result, and for its end', () => {
    expect(calm.commits).toBe(8)
    expect(calm.effects).toEqual([
      { tool: 'charge', key: '/0/charge-0' },
      { tool: 'look', key: '/0/look-0' },
      { tool: 'charge', key: '/1/charge-1' },
      { tool: 'look', key: '/1/look-1' },
    ])
  })

  const single = Array.from({ length: 8 }, (_, k) => [k])
  // The second death in any commit of the second life, which has one more: that it lives.
  const double = single
    .slice(0, 7)
    .flatMap(([k = 0]) => Array.from({ length: 8 - k }, (_, j) => [k, k + 1 + j]))
  const cases = [...single, ...double].flatMap((deaths) => [
    { deaths, by: 'alarm' as const },
    { deaths, by: 'request' as const },
  ])

  it.each(cases)('ends as the undisturbed one does: $deaths, taken up by the $by', async ({ deaths, by }) => {
    const { effects, world, parts } = await runThrough(deaths, by)
    expect(world.problems).toEqual([])
    expect(world.messages()[1]?.outcome?.status).toBe('completed')
    expect(world.thread.meta?.open).toEqual([])
    // Whatever happened is what an undisturbed turn does, under the same keys.
    const charged = effects.filter(({ tool }) => tool === 'charge').map(({ key }) => key)
    expect(new Set(charged).size).toBe(charged.length)
    expect(calm.effects).toEqual(expect.arrayContaining(effects))
    const looked = effects.filter(({ tool }) => tool === 'look').map(({ key }) => key)
    expect([...new Set(looked)].toSorted()).toEqual(['/0/look-0', '/1/look-1'])
    // The answer is the same, but for calls of which nobody knows.
    const unknown = parts.filter(isUnknown)
    expect(unknown.every((part) => part.type === 'tool' && part.toolName === 'charge')).toBe(true)
    expect(parts.map((part, i) => (isUnknown(part) ? calm.parts[i] : part))).toEqual(calm.parts)
  })
})

describe('a turn whose object dies in a step that was so long that it was written out', () => {
  it('leaves nothing of that step, and runs it again', async () => {
    const long = 'x'.repeat(4_100_000)
    const never = { type: 'gate' as const, until: new Promise<void>(() => undefined) }
    const world = new ThreadWorld([{ items: [long, ' and on', never] }, says('short')])
    await world.start()
    await new Promise((resolve) => setImmediate(resolve))
    const { events } = world.thread.parts
    expect(events.hasAttempt(1, 1)).toBe(true)
    // It can be read, though it counts for nothing yet.
    expect(world.texts()[1]).toHaveLength(long.length)
    world.restart()
    await world.ring()
    expect(world.texts()).toEqual(['q1', 'short'])
    expect(events.hasAttempt(1, 1)).toBe(false)
  })
})

describe('a turn that keeps dying', () => {
  it('is given up when it has come no further for too long, and the thread goes on', async () => {
    const { world } = teller()
    world.afterCommit = async () => undefined
    const model = { doStream: world.model.doStream }
    Object.assign(world.model, { doStream: () => new Promise(() => undefined) })
    await world.start({ input: ask('pay') })
    for (let life = 1; life <= 5; life += 1) {
      world.restart()
      await world.thread.takeUp()
      expect(world.thread.meta?.open).toMatchObject([{ tries: life }])
    }
    world.restart()
    await world.ring()
    expect(world.messages()).toEqual([ask('pay')])
    expect(world.thread.meta?.open).toEqual([])
    Object.assign(world.model, model)
    await world.run({ input: ask('next') })
    expect(world.texts().at(-1)).toBe('All done.')
  })

  it('has its tries counted anew whenever it comes further', async () => {
    const { world } = teller()
    let commits = 0
    let dead = Promise.withResolvers<void>()
    // The first commit of a life is that it lives: it dies of the second, one step further.
    world.afterCommit = async () => {
      commits += 1
      if (commits % 2 === 1) return
      dead.resolve()
      await new Promise(() => undefined)
    }
    await world.start({ input: ask('pay') })
    const tries: (number | undefined)[] = []
    while (world.thread.meta?.open.length === 1) {
      await dead.promise
      dead = Promise.withResolvers()
      world.restart()
      await world.thread.takeUp()
      tries.push(world.thread.meta.open[0]?.tries)
    }
    expect(tries.length).toBeGreaterThan(5)
    expect(new Set(tries.slice(0, -1))).toEqual(new Set([1]))
    expect(world.messages()[1]?.outcome?.status).toBe('completed')
  })
})

describe('a turn whose storage fails', () => {
  it('is taken up from its rows by the alarm, in the same object', async () => {
    const { world, effects } = teller()
    let commits = 0
    world.afterCommit = async () => {
      commits += 1
      if (commits === 3) throw new Error('the disk is full')
    }
    await world.run({ input: ask('pay') })
    expect(world.logged).toEqual([expect.stringContaining('turn interrupted')])
    expect([world.thread.running, world.thread.meta?.open.length, world.platform.alarmAt]).toEqual([
      undefined,
      1,
      expect.any(Number),
    ])
    await world.ring()
    expect(world.messages()[1]?.outcome?.status).toBe('completed')
    expect(effects.filter(({ key }) => key === '/0/charge-0')).toHaveLength(1)
    expect(world.problems).toEqual([])
  })
})
