import { describe, expect, it } from 'vitest'
import { answer, approve, house, runIdOf } from '../../test/fixtures/house.ts'
import { Listener } from '../../test/fixtures/listener.ts'
import { calls, says } from '../../test/fixtures/scripted-model.ts'
import type { Effect } from '../../test/fixtures/team.ts'
import { callsIn, inRounds, member, notingTools, task } from '../../test/fixtures/team.ts'
import { ThreadWorld, ask } from '../../test/fixtures/thread-world.ts'
import type { ToolWait } from '../protocol/message.ts'
import { matchAnswers } from './take-answers.ts'

/** What the turn waits for, at its own calls. */
function waits(world: ThreadWorld): ToolWait[] {
  const parts = world.messages()[1]?.parts ?? []
  return parts.flatMap((part) => (part.type === 'tool' && part.state === 'waiting' ? [part.wait] : []))
}

describe('what a sub-agent waits for', () => {
  const wiring = [calls(['wire', { n: 5 }, 'w1']), says('Wired.')]

  it.each(['b1', 'w1', '*', '0/w1', 'b1/0/w1'])(
    'is asked at the call of the agent, and answered by run and %s',
    async (id) => {
      const { world, effects } = house(wiring)
      await world.run({ input: ask('pay') })
      expect(waits(world)).toEqual([
        {
          for: 'approval',
          nested: { id: '0/w1', agentId: 'clerk', path: ['w1'], step: 0, toolName: 'wire', input: { n: 5 } },
        },
      ])
      expect(effects).toEqual([])
      await answer(world, id, approve)
      expect(effects).toEqual([{ tool: 'wire', key: '/0/b1/0/w1' }])
      expect(world.texts()[1]).toBe('All done.')
      expect(callsIn(world.messages()[1]).map(({ path, part }) => [path, part.state])).toEqual([
        [['b1'], 'done'],
        [['b1', 'w1'], 'done'],
      ])
    },
  )

  it('is handed down through any depth', async () => {
    const { world, effects } = house([calls(['agent-teller', task, 'c1']), says('c')], wiring)
    await world.run({ input: ask('pay') })
    expect(waits(world)).toMatchObject([
      { nested: { id: '0/c1/0/w1', agentId: 'teller', path: ['c1', 'w1'], step: 0, toolName: 'wire' } },
    ])
    await answer(world, 'w1', { type: 'decline', reason: 'no' })
    expect(effects).toEqual([])
    expect(callsIn(world.messages()[1]).map(({ part }) => part.state)).toEqual(['done', 'done', 'failed'])
    expect(world.texts()[1]).toBe('All done.')
  })

  it('is checked against the schema of the tool that waits', async () => {
    const { world, effects } = house(
      [calls(['agent-teller', task, 'c1']), says('c')],
      [calls(['book', { n: 1 }, 'k1']), says('t')],
    )
    await world.run({ input: ask('pay') })
    expect(waits(world)).toMatchObject([
      { for: 'resume', payload: { question: 'Which room?' }, resumeSchema: { type: 'object' } },
    ])
    for (const id of ['b1', 'k1', '*']) {
      await expect(
        world.thread.answer(runIdOf(world), { [id]: { type: 'resume', data: { room: '' } } }),
      ).rejects.toMatchObject({ code: 'invalid_request', issues: [{ field: 'resumeData.room' }] })
    }
    await expect(world.thread.answer(runIdOf(world), { k1: approve })).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ field: 'toolCallId' }],
    })
    await answer(world, 'k1', { type: 'resume', data: { room: '7' } })
    expect(effects).toEqual([{ tool: 'book', key: '/0/b1/0/c1/0/k1' }])
    expect(world.messages()[1]?.outcome?.status).toBe('completed')
  })

  it("may be a tool of the client's own, whose output is checked where it is used", async () => {
    const { world } = house([calls(['locate', {}, 'l1']), says('c')])
    await world.run({ input: ask('where') })
    expect(waits(world)).toMatchObject([{ for: 'client', nested: { toolName: 'locate' } }])
    await answer(world, 'b1', { type: 'output', output: { city: 'Bern' } })
    expect(callsIn(world.messages()[1])[1]?.part).toMatchObject({ state: 'done', output: { city: 'Bern' } })
  })

  it('is answered once: whoever comes second gets 409, by whatever id', async () => {
    const { world, effects } = house(wiring)
    await world.run({ input: ask('pay') })
    const ids = ['b1', 'w1', '0/w1', '*', 'b1/0/w1']
    const answers = await Promise.allSettled(
      ids.map((id) => world.thread.answer(runIdOf(world), { [id]: approve })),
    )
    await world.platform.idle()
    expect(answers.map(({ status }) => status).toSorted()).toEqual([
      'fulfilled',
      ...Array.from({ length: 4 }, () => 'rejected'),
    ])
    for (const id of ['b1', 'w1', 'b1/0/w1'])
      await expect(world.thread.answer(runIdOf(world), { [id]: approve })).rejects.toMatchObject({
        code: 'already_answered',
        status: 409,
      })
    expect(effects).toHaveLength(1)
  })

  it('is asked one after the other where a sub-agent waits for several', async () => {
    const { world, effects } = house([calls(['wire', { n: 1 }, 'w1'], ['wire', { n: 2 }, 'w2']), says('c')])
    await world.run({ input: ask('pay') })
    expect(waits(world)).toMatchObject([{ nested: { path: ['w1'] } }])
    await expect(world.thread.answer(runIdOf(world), { w2: approve })).rejects.toMatchObject({ status: 409 })
    await answer(world, 'w1', approve)
    expect(waits(world)).toMatchObject([{ nested: { path: ['w2'] } }])
    await answer(world, 'b1', approve)
    expect(effects.map(({ key }) => key)).toEqual(['/0/b1/0/w1', '/0/b1/0/w2'])
    expect(world.texts()[1]).toBe('All done.')
  })

  it('names each question: an approval that comes late is not taken for the next', async () => {
    const { world, effects } = house([
      calls(['wire', { n: 1 }, 'w1']),
      calls(['wire', { n: 1_000_000 }, 'w1']),
      says('c'),
    ])
    await world.run({ input: ask('pay') })
    const messageId = world.messages()[1]?.id ?? ''
    const late = { 'b1/0/w1': approve }
    const page = { messageId, namesQuestions: true }
    const { answers } = matchAnswers(world.thread.parts, page, late)
    await world.thread.answer(runIdOf(world), answers)
    await world.platform.idle()
    expect(waits(world)).toMatchObject([{ nested: { id: '1/w1', input: { n: 1_000_000 } } }])
    expect(() => matchAnswers(world.thread.parts, page, late)).toThrow('Nothing that waits was answered')
    // Nor is that of the call itself, which a page has from an approval before any question of its agent.
    expect(() => matchAnswers(world.thread.parts, page, { b1: approve })).toThrow('Nothing that waits')
    await expect(world.thread.answer(runIdOf(world), late)).rejects.toMatchObject({
      code: 'already_answered',
    })
    expect(effects).toHaveLength(1)
    await answer(world, '1/w1', approve)
    expect(effects.map(({ key }) => key)).toEqual(['/0/b1/0/w1', '/0/b1/1/w1'])
  })

  it('is found by the call alone, by any of its names, where a person answers', async () => {
    for (const name of ['b1', 'w1', '0/w1', 'b1/0/w1']) {
      const { world, effects } = house(wiring)
      await world.run({ input: ask('pay') })
      const { runId, answers } = matchAnswers(world.thread.parts, {}, { [name]: approve })
      await world.thread.answer(runId, answers)
      await world.platform.idle()
      expect(effects).toHaveLength(1)
    }
  })

  it('must be named by more than its own id where two agents call theirs alike', async () => {
    const effects: Effect[] = []
    const tools = notingTools(effects)
    const model = inRounds(calls(['agent-a', task, 'b1'], ['agent-b', task, 'b2']), says('All done.'))
    const agents = { a: member('a', wiring, { tools }), b: member('b', wiring, { tools }) }
    const world = new ThreadWorld(model, { agents })
    await world.run({ input: ask('pay') })
    await expect(world.thread.answer(runIdOf(world), { w1: approve })).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ field: 'toolCallId', message: 'must name one of the calls that wait: b1, b2' }],
    })
    await answer(world, 'b2', approve)
    expect(effects).toEqual([{ tool: 'wire', key: '/0/b2/0/w1' }])
    await answer(world, 'w1', approve)
    expect(effects.map(({ key }) => key)).toEqual(['/0/b2/0/w1', '/0/b1/0/w1'])
    expect(world.texts()[1]).toBe('All done.')
  })

  it('comes after the approval of the call itself, where that needs one', async () => {
    const effects: Effect[] = []
    const clerk = member('clerk', wiring, { tools: notingTools(effects) })
    const model = inRounds(calls(['hire', task, 'b1']), says('All done.'))
    const world = new ThreadWorld(model, { tools: { hire: clerk.asTool({ requireApproval: true }) } })
    await world.run({ input: ask('pay') })
    expect(waits(world)).toEqual([{ for: 'approval' }])
    expect(callsIn(world.messages()[1])).toHaveLength(1)
    await answer(world, 'b1', approve)
    expect(waits(world)).toMatchObject([{ for: 'approval', nested: { toolName: 'wire' } }])
    await answer(world, 'b1', approve)
    expect(effects).toHaveLength(1)
    expect(world.texts()[1]).toBe('All done.')
  })

  it('is asked no more once the turn is stopped: all calls are closed, the ones inside as well', async () => {
    const { world, effects } = house([calls(['agent-teller', task, 'c1']), says('c')], wiring)
    await world.run({ input: ask('pay') })
    await world.thread.stop(runIdOf(world))
    const [, message] = world.messages()
    expect(message?.outcome?.status).toBe('aborted')
    expect(callsIn(message)).toMatchObject(
      ['b1', 'c1', 'w1'].map(() => ({ part: { state: 'failed', error: { code: 'tool_aborted' } } })),
    )
    expect(callsIn(message).map(({ part }) => part.agentMessage?.outcome?.status)).toEqual([
      'aborted',
      'aborted',
      undefined,
    ])
    await expect(world.thread.answer(runIdOf(world), { w1: approve })).rejects.toMatchObject({ status: 409 })
    expect(effects).toEqual([])
  })

  it('can be answered while the rest of the turn still runs', async () => {
    const effects: Effect[] = []
    const gate = Promise.withResolvers<void>()
    const slow = member('slow', [{ items: ['slow ', { type: 'gate', until: gate.promise }, 'done'] }])
    const clerk = member('clerk', wiring, { tools: notingTools(effects) })
    const model = inRounds(calls(['agent-clerk', task, 'b1'], ['agent-slow', task, 'b2']), says('All done.'))
    const world = new ThreadWorld(model, { agents: { clerk, slow } })
    const listener = new Listener()
    const asked = Promise.withResolvers<void>()
    listener.onHeard = () => {
      if (listener.heard.at(-1)?.event.type === 'tool-suspend') asked.resolve()
    }
    await world.start({ input: ask('pay') })
    listener.follow(world.thread)
    await asked.promise
    await world.thread.answer(runIdOf(world), { w1: approve })
    expect(effects).toEqual([])
    gate.resolve()
    await world.platform.idle()
    expect(effects).toHaveLength(1)
    expect(world.texts()[1]).toBe('All done.')
    expect(listener.shown).toEqual([world.messages()[1]])
  })
})
