import { describe, expect, it } from 'vitest'
import type { Script } from '../../test/fixtures/scripted-model.ts'
import { calls, says } from '../../test/fixtures/scripted-model.ts'
import { ThreadWorld, ask } from '../../test/fixtures/thread-world.ts'
import { toolOf } from '../../test/fixtures/turns.ts'
import type { AgentOptions } from '../agents/agent-options.ts'

const SECRET = 'sesame-7431'

/** Reads, then answers; by the prompt alone. */
const script: Script = ({ prompt }) =>
  prompt.at(-1)?.role === 'tool' ? says('done') : calls(['read', {}, 'c'])

/** A thread whose hub declares the key `token` as secret, with a tool that reads it. */
function worldOf(agent: Partial<AgentOptions> = {}) {
  const read: unknown[] = []
  const tool = toolOf((_input, { runtimeContext }) => {
    read.push([runtimeContext.get('token'), runtimeContext.get('plan')])
    return 'read'
  })
  const world = new ThreadWorld(script, { tools: { read: tool }, ...agent })
  const start = () => world.start({ input: ask('a'), runtimeContext: { token: SECRET, plan: 'pro' } })
  return { world, read, start }
}

function everythingWritten(world: ThreadWorld): string {
  const tables = ['state', 'turns', 'log']
  return JSON.stringify(tables.flatMap((table) => world.platform.sql.run(`SELECT * FROM ${table}`)))
}

function runIdOf(world: ThreadWorld): string {
  return world.thread.parts.rows.readTurn(1)?.runId ?? ''
}

/** Lets the object die after its n-th commit, and another take the turn up. */
async function dieAfter(world: ThreadWorld, commit: number, start: () => Promise<unknown>): Promise<void> {
  const died = Promise.withResolvers<void>()
  let commits = 0
  world.afterCommit = async () => {
    commits += 1
    if (commits !== commit) return
    died.resolve()
    await new Promise(() => undefined)
  }
  await start()
  await died.promise
  world.restart()
  await world.ring()
}

describe('a secret key of the runtime context', () => {
  it('is read like any other, and written down nowhere', async () => {
    const { world, read, start } = worldOf()
    await start()
    await world.platform.idle()
    expect(read).toEqual([[SECRET, 'pro']])
    expect(world.texts()[1]).toContain('done')
    const written = everythingWritten(world)
    expect(written).toContain('pro')
    expect(written).not.toContain(SECRET)
  })

  it('that a tool reads after a crash is asked for again, and the call goes on with it', async () => {
    const { world, read, start } = worldOf({ tools: { read: readAgain() } })
    await dieAfter(world, 2, start)
    const [waiting] = world.messages()[1]?.parts.filter(({ type }) => type === 'tool') ?? []
    expect(waiting).toMatchObject({ state: 'waiting', wait: { for: 'context', contextKeys: ['token'] } })
    expect(read).toEqual([])
    await expect(world.thread.answer(runIdOf(world), {}, { plan: 'free' })).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ field: 'runtimeContext.token', message: 'is required' }],
    })
    await world.thread.answer(runIdOf(world), {}, { token: SECRET, plan: 'free' })
    await world.platform.idle()
    const [done] = world.messages()[1]?.parts.filter(({ type }) => type === 'tool') ?? []
    // What is not secret stays as it was committed.
    expect(done).toMatchObject({ state: 'done', output: `${SECRET.length} pro` })
    expect(world.problems).toEqual([])
  })

  it('that instructions read after a crash suspends the turn before its next step', async () => {
    const { world, start } = worldOf({
      instructions: ({ runtimeContext }) => `You know ${String(runtimeContext.get('token')).length} letters`,
    })
    await dieAfter(world, 1, start)
    // The first life had asked; the second has not.
    expect(world.model.asked).toHaveLength(1)
    expect(world.thread.meta?.open).toEqual([])
    await world.thread.answer(runIdOf(world), {}, { token: SECRET })
    await world.platform.idle()
    expect(world.model.asked[1]?.prompt[0]).toEqual({ role: 'system', content: 'You know 11 letters' })
    expect(world.messages()[1]?.outcome).toMatchObject({ status: 'completed' })
    expect(everythingWritten(world)).not.toContain(SECRET)
  })

  it('that nobody reads is not asked for', async () => {
    const { world, start } = worldOf({ tools: { read: toolOf(() => 'blind', { effect: 'retry' }) } })
    await dieAfter(world, 2, start)
    expect(world.messages()[1]?.outcome).toMatchObject({ status: 'completed' })
  })

  it('is refused by a run that waits for none', async () => {
    const { world } = worldOf()
    await world.run({ input: ask('a'), runtimeContext: { plan: 'pro' } })
    await expect(world.thread.answer(runIdOf(world), {}, { token: SECRET })).rejects.toMatchObject({
      code: 'run_not_suspended',
    })
  })
})

/** May be called again, so a crash makes it read again. */
function readAgain() {
  return toolOf(
    (_input, { runtimeContext }) =>
      `${String(runtimeContext.get('token')).length} ${String(runtimeContext.get('plan'))}`,
    { effect: 'retry' },
  )
}
