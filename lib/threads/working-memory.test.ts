import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { MemoryScope, WorkingMemoryOptions } from '../memory/memory-options.ts'
import { Memory } from '../memory/memory.ts'
import { readWorking, WORKING_COLLECTION } from '../memory/working-store.ts'
import type { ScriptStep } from '../../test/fixtures/scripted-model.ts'
import { calls, says } from '../../test/fixtures/scripted-model.ts'
import { ThreadWorld, ask } from '../../test/fixtures/thread-world.ts'
import { currentWorking, ownWorking, setOwnWorking } from './working-memory.ts'

const TOOL = 'updateWorkingMemory'
const profile = z.object({
  name: z.string(),
  likes: z.array(z.string()),
  home: z.object({ city: z.string() }),
})

for (const scope of ['thread', 'resource'] as const) {
  describe(`working memory with the scope ${scope}`, () => {
    it('is in the system message, and what the agent writes is there in the next turn', async () => {
      const world = worldOf({ scope, template: '# Name:' }, { memory: '# Name: Ada' })
      await world.run({ input: ask('q1') })
      expect(systemOf(world, 0)).toContain('## Working memory')
      expect(systemOf(world, 0)).toContain('# Name:')
      await world.run({ input: ask('q2') })
      expect(systemOf(world, -1)).toContain('# Name: Ada')
    })

    it('merges what fits the schema, field by field', async () => {
      const world = worldOf({ scope, schema: profile }, { memory: { name: 'Ada', home: { city: 'Paris' } } })
      await world.run({ input: ask('q1') })
      await world.run({ input: ask('q2') })
      expect(JSON.parse((await kept(world, scope)) ?? '')).toEqual({ name: 'Ada', home: { city: 'Paris' } })
    })

    it('refuses what does not fit, which the model reads', async () => {
      const world = worldOf({ scope, schema: profile }, { memory: { name: 7 } })
      await world.run({ input: ask('q1') })
      expect(JSON.stringify(world.messages())).toContain('tool_input_invalid')
      expect(await kept(world, scope)).toBeUndefined()
    })

    it('refuses what would make it too long, which the model reads, and takes what makes it shorter', async () => {
      const long = 'x'.repeat(30_000)
      const inputs = [{ name: long }, { home: { city: long } }, { name: 'Ada', home: { city: 'Paris' } }]
      const world = worldOf(
        { scope, schema: profile },
        inputs.map((memory) => ({ memory })),
      )
      await world.run({ input: ask('q1') })
      const said = JSON.stringify(world.messages())
      expect(said.match(/it would be 600\d\d characters long and may be 50000/g)).toHaveLength(1)
      expect(said.match(/"success":true/g)).toHaveLength(2)
      expect(JSON.parse((await kept(world, scope)) ?? '')).toEqual({ name: 'Ada', home: { city: 'Paris' } })
    })

    it('has every change once, whichever commit the object dies after', async () => {
      for (let k = 0; k < 8; k += 1) {
        const world = worldOf({ scope, schema: profile }, { memory: { likes: ['tea'] } })
        const death = dieAfter(world, k)
        await world.start({ input: ask('q1') })
        await Promise.race([world.platform.idle(), death])
        world.restart()
        await world.ring()
        await world.ring()
        expect(JSON.parse((await kept(world, scope)) ?? ''), `after commit ${k}`).toEqual({ likes: ['tea'] })
        expect(world.thread.parts.rows.readOutbox()).toEqual([])
        expect(world.texts().at(-1)).toBe('done')
        expect(world.problems).toEqual([])
      }
    })
  })
}

describe('working memory of a thread', () => {
  it('makes no call of a step twice, however many there are', async () => {
    const world = worldOf({ scope: 'thread', schema: profile }, undefined)
    await world.run({ input: ask('q1') })
    const { rows } = world.thread.parts
    const make = (at: number): void =>
      setOwnWorking(rows, { id: `run/0/c${at}`, type: 'merge', patch: { name: `name ${at}` } })
    for (let at = 0; at < 60; at += 1) make(at)
    for (let at = 0; at < 60; at += 1) make(at)
    expect(ownWorking(rows)?.content).toEqual({ name: 'name 59' })
    expect(ownWorking(rows)?.applied).toHaveLength(60)
    setOwnWorking(rows, { id: 'run/1/c0', type: 'merge', patch: { name: 'Ada' } })
    expect(ownWorking(rows)?.applied).toHaveLength(20)
  })
})

describe('working memory of a resource', () => {
  it('is known on its other threads, and goes with none of them', async () => {
    const first = worldOf({ template: '# Name:' }, { memory: '# Name: Ada' })
    await first.run({ input: ask('q1') })
    const second = worldOf({ template: '# Name:' }, undefined, first)
    await second.run({ input: ask('q1') })
    expect(systemOf(second, 0)).toContain('# Name: Ada')
    await first.memory('remove', {})
    await second.run({ input: ask('q2') })
    expect(systemOf(second, -1)).toContain('# Name: Ada')
  })

  it('is not written by whoever could not read it', async () => {
    const world = worldOf({ template: '# Name:' }, { memory: '# Name: Ada' })
    world.isStoreDown = true
    await world.run({ input: ask('q1') })
    const [first] = world.model.asked
    expect(first?.tools ?? []).toEqual([])
    expect(systemOf(world, 0)).not.toContain('Working memory')
  })

  it('takes a change in though the storage went away meanwhile, and the storage hears of it later', async () => {
    const world: ThreadWorld = worldOf({ template: '# Name:' }, { memory: '# Name: Ada' }, undefined, () => {
      world.isStoreDown = true
    })
    await world.run({ input: ask('q1') })
    expect(JSON.stringify(world.messages())).toContain('"success":true')
    world.isStoreDown = false
    await world.ring()
    expect(await kept(world, 'resource')).toBe('# Name: Ada')
  })

  it('takes a change in though there is something to forget and the vectors are away', async () => {
    const options = { semanticRecall: true, workingMemory: { enabled: true, template: '# Name:' } }
    const world = new ThreadWorld(
      ({ prompt }) =>
        prompt.some(({ role }) => role === 'tool')
          ? says('done')
          : calls([TOOL, { memory: '# Name: Ada' }, 'c1']),
      { memory: new Memory({ options }) },
    )
    await world.run({ input: ask('q1') })
    await world.documents.clear(WORKING_COLLECTION)
    world.vectors.listIndexes = async () => {
      throw new Error('The vectors cannot be reached')
    }
    await world.run({ regenerate: {} })
    expect(await kept(world, 'resource')).toBe('# Name: Ada')
  })

  it('has taken in what a thread still had to tell once that was deleted again: an erasure comes after it', async () => {
    const world: ThreadWorld = worldOf({ template: '# Name:' }, { memory: '# Name: Ada' }, undefined, () => {
      world.isStoreDown = true
    })
    await world.run({ input: ask('q1') })
    await world.memory('remove', {})
    world.isStoreDown = false
    await world.memory('remove', {})
    await world.documents.clear(WORKING_COLLECTION)
    await world.ring()
    expect(await kept(world, 'resource')).toBeUndefined()
  })

  it('loses no change of two threads that write at once', async () => {
    const first = worldOf({ schema: profile }, { memory: { name: 'Ada' } })
    const second = worldOf({ schema: profile }, { memory: { likes: ['tea'] } }, first)
    await Promise.all([first.run({ input: ask('q1') }), second.run({ input: ask('q1') })])
    await Promise.all([first.ring(), second.ring()])
    expect(JSON.parse((await kept(first, 'resource')) ?? '')).toEqual({ name: 'Ada', likes: ['tea'] })
  })

  it('is not offered unless it is enabled', async () => {
    const world = new ThreadWorld([says('done')], { memory: new Memory({ options: { workingMemory: {} } }) })
    await world.run({ input: ask('q1') })
    expect(world.model.asked[0]?.tools ?? []).toEqual([])
  })
})

/** An agent that calls the tool with each input, a step for each, in its first turn. */
function worldOf(
  options: WorkingMemoryOptions,
  input: object | object[] | undefined,
  shares?: ThreadWorld,
  beforeCall: () => void = () => undefined,
): ThreadWorld {
  const inputs = input === undefined ? [] : [input].flat()
  const script = ({ prompt }: { prompt: { role: string }[] }): ScriptStep => {
    const at = prompt.filter(({ role }) => role === 'tool').length
    const next = inputs[at]
    if (!next) return says('done')
    beforeCall()
    return calls([TOOL, next, `c${at + 1}`])
  }
  const memory = new Memory({ options: { workingMemory: { enabled: true, ...options } } })
  return new ThreadWorld(script, { memory }, shares && { shares, address: '-/second' })
}

function systemOf(world: ThreadWorld, at: number): string {
  const [system] = world.model.asked.at(at)?.prompt ?? []
  return typeof system?.content === 'string' ? system.content : ''
}

/** As it is stored. */
async function kept(world: ThreadWorld, scope: MemoryScope): Promise<string | undefined> {
  const { parts } = world.thread
  const memory = new Memory({ options: { workingMemory: { enabled: true, scope } } })
  const found =
    scope === 'thread' ? await currentWorking(parts, memory, 'ann') : await readWorking(world.documents)
  return found && (typeof found.content === 'string' ? found.content : JSON.stringify(found.content))
}

function dieAfter(world: ThreadWorld, k: number): Promise<void> {
  let commits = 0
  return new Promise((resolve) => {
    world.afterCommit = async () => {
      commits += 1
      if (commits - 1 !== k) return
      world.afterCommit = async () => undefined
      resolve()
      await new Promise(() => undefined)
    }
  })
}
