import { describe, expect, it } from 'vitest'
import { Listener } from '../../test/fixtures/listener.ts'
import { calls, says } from '../../test/fixtures/scripted-model.ts'
import type { Effect } from '../../test/fixtures/team.ts'
import { callsIn, comparable, inRounds, member, notingTools } from '../../test/fixtures/team.ts'
import { ThreadWorld, ask } from '../../test/fixtures/thread-world.ts'
import type { Part } from '../protocol/message.ts'

const task = { prompt: 'do it' }

/** Three deep, two side by side, every model naming its calls alike: `once`, `retry` and an approval at the bottom. */
function team() {
  const effects: Effect[] = []
  const { charge, look, wire } = notingTools(effects)
  const teller = member(
    'teller',
    [calls(['charge', { n: 1 }], ['look', { n: 2 }]), calls(['wire', { n: 3 }]), says('It is ', 'paid.')],
    { tools: { charge: charge!, wire: wire!, look: look! } },
  )
  const clerk = member(
    'clerk',
    [calls(['look', { n: 4 }], ['agent-teller', task]), says('The clerk ', 'is done.')],
    {
      tools: { look: look! },
      agents: { teller },
    },
  )
  const scout = member('scout', [calls(['look', { n: 5 }]), says('The scout ', 'saw.')], {
    tools: { look: look! },
  })
  const model = inRounds(calls(['agent-clerk', task], ['agent-scout', task]), says('All ', 'done.'))
  const world = new ThreadWorld(model, { agents: { clerk, scout } })
  return { effects, world }
}

/** When objects die: after commits, or right after a client heard so many events. */
interface Deaths {
  commits?: readonly number[]
  heard?: readonly number[]
}

/** Runs the turn through its deaths; each time another object goes on. The question is answered when it comes. */
async function runThrough({ commits: deadly = [], heard = [] }: Deaths) {
  const { effects, world } = team()
  const listener = new Listener()
  let commits = 0
  let died = Promise.withResolvers<'died'>()
  const die = (): void => {
    world.restart()
    died.resolve('died')
  }
  world.afterCommit = async () => {
    if (!deadly.includes(commits++)) return
    die()
    // Nothing may follow.
    await new Promise(() => undefined)
  }
  listener.onHeard = () => {
    if (heard.includes(listener.heard.length)) die()
  }
  const live = async (work: () => Promise<unknown>): Promise<void> => {
    const life = work().then(() => world.platform.idle())
    if ((await Promise.race([life, died.promise])) !== 'died') return
    died = Promise.withResolvers()
    listener.follow(world.thread)
  }
  await live(async () => {
    await world.start({ input: ask('pay') })
    listener.follow(world.thread)
  })
  let questions = 0
  const runId = world.thread.parts.rows.readTurn(1)?.runId ?? ''
  for (let lives = 0; lives < 20 && world.messages()[1]?.outcome === undefined; lives += 1) {
    const isAsked = world.thread.meta?.open.length === 0
    if (isAsked) questions += 1
    await live(() => (isAsked ? world.thread.answer(runId, { '*': { type: 'approve' } }) : world.ring()))
  }
  return { effects, world, commits, questions, listener, parts: world.messages()[1]?.parts ?? [] }
}

/** The calm answer where nobody knows what became of a call that may be made once. */
function withCalm(parts: readonly Part[], calm: readonly Part[]): Part[] {
  return parts.map((part, i) => {
    const other = calm[i]
    if (part.type !== 'tool' || other?.type !== 'tool') return part
    if (part.agentMessage && other.agentMessage) {
      const inside = withCalm(part.agentMessage.parts, other.agentMessage.parts)
      return { ...part, agentMessage: { ...part.agentMessage, parts: inside } }
    }
    const isUnknown = part.state === 'failed' && part.error.code === 'tool_outcome_unknown'
    return isUnknown && ['charge', 'wire'].includes(part.toolName) ? other : part
  })
}

describe('a turn with sub-agents whose object dies', async () => {
  const calm = await runThrough({})
  const COMMITS = 23

  it('makes each call once when nothing dies, each under a key of its own', () => {
    expect(calm.effects.toSorted((a, b) => a.key.localeCompare(b.key))).toEqual([
      { tool: 'look', key: '/0/call-1/0/call-1' },
      { tool: 'charge', key: '/0/call-1/0/call-2/0/call-1' },
      { tool: 'look', key: '/0/call-1/0/call-2/0/call-2' },
      { tool: 'wire', key: '/0/call-1/0/call-2/1/call-1' },
      { tool: 'look', key: '/0/call-2/0/call-1' },
    ])
    expect(calm.questions).toBe(1)
    expect(calm.world.messages()[1]?.outcome).toMatchObject({ status: 'completed' })
    expect(callsIn(calm.world.messages()[1]).every(({ part }) => part.state === 'done')).toBe(true)
    // Start, step; scout: step, result, step, result; clerk: step, result; teller: step, two results, step, question;
    // the question twice upwards, the suspension; resumed; result, step, result; step, result; the end.
    expect(calm.commits).toBe(COMMITS)
  })

  const expectCalm = ({ effects, world, parts, listener }: typeof calm): void => {
    expect(world.problems).toEqual([])
    expect(world.messages()[1]?.outcome?.status).toBe('completed')
    expect(world.thread.meta?.open).toEqual([])
    // Whatever happened is what an undisturbed turn does, under the same keys.
    expect(calm.effects).toEqual(expect.arrayContaining(effects))
    const onces = effects.filter(({ tool }) => tool !== 'look').map(({ key }) => key)
    expect(new Set(onces).size).toBe(onces.length)
    const looked = new Set(effects.filter(({ tool }) => tool === 'look').map(({ key }) => key))
    expect(looked.size).toBe(3)
    expect(comparable(withCalm(parts, calm.parts))).toEqual(comparable(calm.parts))
    // What is said to have happened did.
    for (const { path, part } of callsIn(world.messages()[1])) {
      if (part.state !== 'done' || part.agentMessage) continue
      const made = effects.map(({ key }) => key.split('/').filter((_, i) => i > 0 && i % 2 === 0))
      expect(made).toContainEqual(path)
    }
    // A client that heard all of it, the lost as well, shows what is stored.
    expect(listener.shown).toEqual([world.messages()[1]])
  }

  const single = Array.from({ length: COMMITS }, (_, k) => [k])
  const double = single.flatMap(([k = 0]) =>
    Array.from({ length: COMMITS + 2 - k }, (_, j) => [k, k + 1 + j]),
  )

  it.each([...single, ...double].map((commits) => ({ commits })))(
    'after its commits $commits, ends as the undisturbed one does',
    async (deaths) => expectCalm(await runThrough(deaths)),
  )

  const events = calm.listener.heard.map((_, i) => i + 1).slice(0, -1)

  it.each(
    events.flatMap((first) => [[first], [first, first + 3], [first, first + 20]]).map((heard) => ({ heard })),
  )(
    'after a client heard so many events $heard, ends as the undisturbed one does, for the client too',
    async (deaths) => expectCalm(await runThrough(deaths)),
  )
})
