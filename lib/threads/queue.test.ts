import { describe, expect, it } from 'vitest'
import { says, scriptedModel } from '../../test/fixtures/scripted-model.ts'
import type { ScriptedModel } from '../../test/fixtures/scripted-model.ts'
import { ThreadWorld, ask } from '../../test/fixtures/thread-world.ts'

/** Answers `a` with `re: a`, once it is let go. */
function held(): { model: ScriptedModel; letGo: () => void } {
  const gate = Promise.withResolvers<void>()
  const model = scriptedModel(({ prompt }) => {
    const last = prompt.at(-1)
    const [part] = last?.role === 'user' ? last.content : []
    const asked = part?.type === 'text' ? part.text : ''
    return { items: [`re: ${asked}`, { type: 'gate', until: gate.promise }] }
  })
  return { model, letGo: gate.resolve }
}

function echo(): ScriptedModel {
  const { model, letGo } = held()
  letGo()
  return model
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('turns that come while one runs', () => {
  it('wait, and run one after the other in the order in which they came', async () => {
    const { model, letGo } = held()
    const world = new ThreadWorld(model)
    const turns = [
      await world.start({ input: ask('a') }),
      await world.start({ input: ask('b') }),
      await world.start({ input: ask('c') }),
    ]
    await tick()
    expect(model.asked).toHaveLength(1)
    expect(world.thread.meta?.open.map(({ turn, state }) => [turn, state])).toEqual([
      [turns[0], 'running'],
      [turns[1], 'queued'],
      [turns[2], 'queued'],
    ])
    // What waits is no part of the conversation yet.
    expect(world.texts()).toEqual(['a'])
    letGo()
    await world.platform.idle()
    expect(world.texts()).toEqual(['a', 're: a', 'b', 're: b', 'c', 're: c'])
    expect(world.problems).toEqual([])
  })

  it('are refused when eight wait already, and taken again when one has run', async () => {
    const { model, letGo } = held()
    const world = new ThreadWorld(model)
    for (let i = 0; i <= 8; i += 1) await world.start({ input: ask(`q${i}`) })
    const refused = world.start({ input: ask('ninth') })
    await expect(refused).rejects.toMatchObject({ code: 'thread_busy', headers: { 'retry-after': '5' } })
    letGo()
    await world.platform.idle()
    await world.run({ input: ask('ninth') })
    expect(world.texts().slice(-2)).toEqual(['ninth', 're: ninth'])
  })

  it('run after a crash, the one that was cut off first', async () => {
    const world = new ThreadWorld(held().model)
    await world.start({ input: ask('a') })
    await world.start({ input: ask('b') })
    await tick()
    const model = echo()
    Object.assign(world.model, { doStream: model.doStream })
    world.restart()
    await world.ring()
    expect(world.texts()).toEqual(['a', 're: a', 'b', 're: b'])
    expect(world.problems).toEqual([])
  })
})

it('a turn sets the alarm anew when the one that is set has passed', async () => {
  const { model } = held()
  const world = new ThreadWorld(model)
  await world.start({ input: ask('a') })
  world.now += 60_000
  await world.start({ input: ask('b') })
  expect(world.platform.alarmAt).toBeGreaterThan(world.now)
  expect(world.problems).toEqual([])
})

describe('a request that comes twice', () => {
  it('joins the turn of its message, while that waits, runs, and when it is over', async () => {
    const { model, letGo } = held()
    const world = new ThreadWorld(model)
    const [a, b] = [await world.start({ input: ask('a') }), await world.start({ input: ask('b') })]
    expect([await world.start({ input: ask('a') }), await world.start({ input: ask('b') })]).toEqual([a, b])
    letGo()
    await world.platform.idle()
    world.restart()
    expect(await world.run({ input: ask('a') })).toBe(a)
    expect(model.asked).toHaveLength(2)
  })

  it('joins the turn of its key, whatever ids it came with', async () => {
    const world = new ThreadWorld(echo())
    const idempotency = { scope: 'caller/chat/1', hash: 'h' }
    const turn = await world.run({ input: ask('a'), idempotency })
    expect(await world.run({ input: ask('other', 'a'), idempotency })).toBe(turn)
    expect(
      await world.run({ input: ask('b'), idempotency: { ...idempotency, scope: 'caller/chat/2' } }),
    ).not.toBe(turn)
  })

  it('is refused when its key came with another body', async () => {
    const world = new ThreadWorld(echo())
    await world.run({ input: ask('a'), idempotency: { scope: 's', hash: 'h' } })
    const other = world.start({ input: ask('b'), idempotency: { scope: 's', hash: 'i' } })
    await expect(other).rejects.toMatchObject({ code: 'idempotency_mismatch' })
  })

  it('is a new one when its key has run out, which is forgotten then', async () => {
    const world = new ThreadWorld(echo())
    const idempotency = { scope: 's', hash: 'h' }
    const turn = await world.run({ input: ask('a'), idempotency })
    world.now += 24 * 3600_000 - 1
    expect(await world.run({ input: ask('b'), idempotency })).toBe(turn)
    world.now += 1
    expect(await world.run({ input: ask('c'), idempotency })).not.toBe(turn)
    world.now += 24 * 3600_000
    await world.ring()
    expect(world.thread.parts.rows.nextKeyExpiry()).toBeUndefined()
  })
})

describe('a message that is sent again', () => {
  it('is answered anew when its turn had failed, or was stopped', async () => {
    const world = new ThreadWorld([{ fails: new TypeError('no') }, says('ok')])
    await world.run({ input: ask('a') })
    await world.run({ input: ask('a') })
    expect(world.texts()).toEqual(['a', 'ok'])
    const { model } = held()
    const stopped = new ThreadWorld(model)
    await stopped.start({ input: ask('a') })
    await tick()
    await stopped.thread.stop()
    Object.assign(stopped.model, { doStream: echo().doStream })
    await stopped.run({ input: ask('a') })
    expect(stopped.texts()).toEqual(['a', 're: a'])
  })

  it('with other words is an edit: it takes its turn and all after it back', async () => {
    const world = new ThreadWorld(echo())
    for (const id of ['a', 'b', 'c']) await world.run({ input: ask(id) })
    await world.run({ input: ask('b', 'b2') })
    expect(world.texts()).toEqual(['a', 're: a', 'b2', 're: b2'])
    expect(world.model.asked.at(-1)?.prompt.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
  })

  it('cannot be edited while a turn runs', async () => {
    const { model, letGo } = held()
    const world = new ThreadWorld(model)
    await world.start({ input: ask('a') })
    await expect(world.start({ input: ask('a', 'other') })).rejects.toMatchObject({ code: 'thread_busy' })
    letGo()
    await world.platform.idle()
    expect(world.texts()).toEqual(['a', 're: a'])
  })
})

async function threeTurns(): Promise<ThreadWorld> {
  const world = new ThreadWorld(echo())
  for (const id of ['a', 'b', 'c']) await world.run({ input: ask(id) })
  return world
}

describe('an answer that is given anew', () => {
  it('is the last one, if none is named', async () => {
    const world = await threeTurns()
    await world.run({ regenerate: {} })
    expect(world.texts()).toEqual(['a', 're: a', 'b', 're: b', 'c', 're: c'])
    expect(world.model.asked).toHaveLength(4)
    expect(world.messages()[4]).toEqual(ask('c'))
  })

  it('is the one named, by its own id or by that of its question; what came later is taken back', async () => {
    const world = await threeTurns()
    const answer = world.messages()[3]
    await world.run({ regenerate: { messageId: answer?.id ?? '' } })
    expect(world.texts()).toEqual(['a', 're: a', 'b', 're: b'])
    await world.run({ regenerate: { messageId: 'a' } })
    expect(world.texts()).toEqual(['a', 're: a'])
  })

  it('must be there, and nothing may run', async () => {
    const empty = new ThreadWorld(echo())
    await expect(empty.start({ regenerate: {} })).rejects.toMatchObject({ code: 'thread_not_found' })
    const world = await threeTurns()
    const unknown = world.start({ regenerate: { messageId: 'nope' } })
    await expect(unknown).rejects.toMatchObject({ code: 'message_not_found' })
    const { model } = held()
    const busy = new ThreadWorld(model)
    await busy.start({ input: ask('a') })
    await expect(busy.start({ regenerate: {} })).rejects.toMatchObject({ code: 'thread_busy' })
  })
})

describe('a turn that is stopped', () => {
  it('ends as aborted with what it had said, and the next one runs', async () => {
    const { model, letGo } = held()
    const world = new ThreadWorld(model)
    await world.start({ input: ask('a') })
    await world.start({ input: ask('b') })
    await tick()
    const running = world.thread.meta?.open[0]
    expect(await world.thread.stop()).toBe(running?.runId)
    expect(world.messages()[1]).toMatchObject({
      parts: [{ type: 'step-start' }, { type: 'text', text: 're: a' }],
      outcome: { status: 'aborted' },
    })
    letGo()
    await world.platform.idle()
    expect(world.texts()).toEqual(['a', 're: a', 'b', 're: b'])
  })

  it('while it waits is taken out of the queue, by its run', async () => {
    const { model, letGo } = held()
    const world = new ThreadWorld(model)
    await world.start({ input: ask('a') })
    await world.start({ input: ask('b') })
    const queued = world.thread.meta?.open[1]?.runId ?? ''
    expect(await world.thread.stop('run_unknown')).toBeUndefined()
    expect(await world.thread.stop(queued)).toBe(queued)
    letGo()
    await world.platform.idle()
    expect(world.texts()).toEqual(['a', 're: a'])
  })

  it('after a crash is taken up only to be stopped', async () => {
    const world = new ThreadWorld(held().model)
    await world.start({ input: ask('a') })
    await tick()
    world.restart()
    expect(await world.thread.stop()).toBeDefined()
    await world.platform.idle()
    expect(world.thread.meta?.open).toEqual([])
  })
})
