import { describe, expect, it } from 'vitest'
import { CountingEmbedder } from '../../test/fixtures/counting-embedder.ts'
import { says } from '../../test/fixtures/scripted-model.ts'
import { ask, ThreadWorld } from '../../test/fixtures/thread-world.ts'
import { eraseIndexes } from '../memory/export-resource.ts'
import type { MemoryOptions } from '../memory/memory-options.ts'
import { Memory } from '../memory/memory.ts'
import { readSweep } from '../memory/sweep-state.ts'
import { unpackRow } from '../log/row.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { Message } from '../protocol/message.ts'

/** Threads of one resource, each an object of its own, on one storage. */
class Town {
  readonly worlds: ThreadWorld[] = []

  constructor(count: number, memory: Memory) {
    for (let n = 0; n < count; n += 1) {
      const [first] = this.worlds
      const options = { address: `-/t${n}`, ...(first && { shares: first }), embedThread: this.#embed }
      this.worlds.push(new ThreadWorld(() => says('ok'), { memory }, options))
    }
  }

  at(n: number): ThreadWorld {
    const world = this.worlds[n]
    if (!world) throw new Error(`there is no thread ${n}`)
    return world
  }

  /** Another version of the app is deployed: all objects begin anew. */
  deploy(memory: Memory): void {
    for (const world of this.worlds) {
      world.restart()
      world.replaceAgent({ memory })
      // What was said lately is looked for beside the index.
      world.now += 600_000
    }
  }

  async save(n: number, ...texts: string[]): Promise<void> {
    const messages = texts.map((text) => said(`${n}-${text}`, text))
    await this.at(n).memory('save', { ...placeOf(n), fallback: 'ann', messages })
    await this.idle()
  }

  async say(n: number, text: string): Promise<void> {
    await this.at(n).run({ threadId: `t${n}`, input: said(`${n}-${text}`, text) })
    await this.idle()
  }

  async idle(): Promise<void> {
    for (const world of this.worlds) await world.platform.idle()
  }

  /** Lets the alarms ring until no thread has anything left to do. */
  async settle(rings = 100): Promise<void> {
    await this.idle()
    for (let i = 0; i < rings; i += 1) {
      const waiting = this.worlds.filter(({ thread }) => thread.parts.rows.hasOutbox())
      if (waiting.length === 0) return
      for (const world of waiting) await world.ring()
    }
    throw new Error('it never comes to an end')
  }

  async indexed(embedder: string): Promise<string[]> {
    const vector = Array.from({ length: 256 }, () => 1)
    const found = await this.at(0).vectors.query(`messages/test/${embedder}`, { vector, topK: 1000 })
    return found.map(({ metadata }) => String(metadata?.['text'])).toSorted()
  }

  async sweep() {
    return (await readSweep(this.at(0).documents))?.sweep
  }

  readonly #embed = async (address: string, resourceId: string, before: number) => {
    const world = this.worlds.find((one) => one.address === address)
    try {
      return await world?.memory('embed', { before }, { resourceId })
    } catch (error) {
      if (error instanceof EdgewiseError && error.code === 'thread_not_found') return undefined
      throw error
    }
  }
}

const placeOf = (n: number) => ({ address: `-/t${n}`, threadId: `t${n}` })
const said = (id: string, text: string): Message => ask(id, text)
const words = (n: number, count: number): string[] => Array.from({ length: count }, (_, i) => `word${n}x${i}`)
const recalling = (embedder: CountingEmbedder, semanticRecall: MemoryOptions['semanticRecall'] = true) =>
  new Memory({ embedder, options: { lastMessages: false, semanticRecall } })

/** Three threads with `count` messages each in the index of "old", and the app now has another embedder. */
async function changed(count = 3) {
  const town = new Town(3, recalling(new CountingEmbedder('old')))
  for (const n of [0, 1, 2]) await town.save(n, ...words(n, count))
  await town.settle()
  const embedder = new CountingEmbedder('new')
  town.deploy(recalling(embedder))
  const all = [0, 1, 2].flatMap((n) => words(n, count))
  return { town, embedder, all }
}

describe('a change of the embedder', () => {
  it('has all threads of the resource embedded anew, each message once', async () => {
    const { town, embedder, all } = await changed()
    await town.say(1, 'hello')
    await town.settle()
    expect(await town.indexed('new')).toEqual([...all, 'hello', 'ok'].toSorted())
    // The greeting was asked with as well.
    embedder.times.delete('hello')
    expect(embedder.most).toBe(1)
    expect(await town.sweep()).toMatchObject({ status: 'done', threads: 4, messages: 9, refused: 0 })
  })

  it('is told of by the first turn, which recalls what was said of late; from then on all is recalled', async () => {
    const { town } = await changed()
    const world = town.at(2)
    await town.say(2, 'What about word2x1?')
    expect(warningsOf(world)).toEqual([
      'recall_incomplete: Of what was said before only the latest is recalled: it was embedded by test/old, not by test/new, and is embedded anew now',
    ])
    expect(JSON.stringify(world.model.asked[0]?.prompt)).toContain('word2x1')
    await town.settle()
    await town.say(2, 'And word0x2?')
    expect(warningsOf(world)).toHaveLength(1)
    expect(JSON.stringify(world.model.asked[1]?.prompt)).toContain('word0x2')
  })

  it('costs nothing more once it was done, and is done again when the embedder is another again', async () => {
    const { town, embedder } = await changed()
    await town.say(1, 'hello')
    await town.settle()
    const begun = await town.sweep()
    const { calls } = embedder
    await town.say(0, 'one')
    await town.say(1, 'two')
    await town.settle()
    expect(await town.sweep()).toEqual(begun)
    // Each turn is looked for, and embedded.
    expect(embedder.calls).toBe(calls + 4)
    const again = new CountingEmbedder('old')
    town.deploy(recalling(again))
    await town.say(2, 'three')
    await town.settle()
    expect(await town.indexed('old')).toEqual([...(await town.indexed('new')), 'ok', 'three'].toSorted())
    expect(again.times.has('word0x1')).toBe(false)
  })

  it('is done by one thread, though two hear of it at once', async () => {
    const { town, embedder } = await changed(60)
    const [one, two] = [0, 2].map((n) =>
      town.at(n).run({ threadId: `t${n}`, input: said(`${n}`, `from ${n}`) }),
    )
    await Promise.all([one, two])
    await town.settle()
    expect(embedder.most).toBeLessThanOrEqual(2)
    expect(await town.sweep()).toMatchObject({ status: 'done', messages: 180 })
  })

  it('goes on where it was when the object dies, whenever it does', async () => {
    for (let call = 2; call <= 7; call += 1) {
      const { town, embedder, all } = await changed(90)
      const { promise: never } = Promise.withResolvers<void>()
      const reached = Promise.withResolvers<void>()
      embedder.before = (_texts, made) => {
        if (made !== call) return undefined
        reached.resolve()
        return never
      }
      void town.say(1, 'hello')
      await reached.promise
      for (const world of town.worlds) world.restart()
      // Whoever was answering died as well: what is left is done by the alarms alone.
      await town.settle()
      expect(await town.indexed('new')).toEqual([...all, 'hello', 'ok'].toSorted())
      embedder.times.delete('hello')
      // The call that was cut off was not counted, and its slice was the only one that was done again.
      expect(embedder.most).toBe(1)
      expect(await town.sweep()).toMatchObject({ status: 'done' })
    }
  })

  it('waits for an embedder that has had too much, and is told of meanwhile', async () => {
    const { town, embedder, all } = await changed(50)
    let isBusy = true
    embedder.before = (texts) => {
      if (isBusy && texts.length > 2) throw new EdgewiseError('storage_unavailable', 'too much')
    }
    await town.say(1, 'hello')
    await town.at(1).ring()
    await town.at(1).ring()
    expect(await town.sweep()).toMatchObject({ status: 'running', messages: 0 })
    expect(town.at(1).logged.join()).toContain('too much')
    isBusy = false
    await town.settle()
    expect(await town.indexed('new')).toEqual([...all, 'hello', 'ok'].toSorted())
  })

  it('passes over what no embedder takes, and says how much that was', async () => {
    const { town, embedder, all } = await changed(5)
    embedder.before = (texts) => {
      if (texts.some((text) => text === 'word0x1' || text === 'word2x3')) throw new RangeError('too long')
    }
    await town.say(1, 'hello')
    await town.settle()
    const left = all.filter((text) => text !== 'word0x1' && text !== 'word2x3')
    expect(await town.indexed('new')).toEqual([...left, 'hello', 'ok'].toSorted())
    expect(await town.sweep()).toMatchObject({ status: 'done', messages: 13, refused: 2 })
  })

  it('is given up with its reason where nothing can be embedded, and tried again an hour later', async () => {
    const { town, embedder } = await changed(250)
    const [any] = town.worlds
    let isBroken = true
    embedder.before = (texts) => {
      if (isBroken && texts.some((text) => text.startsWith('word'))) throw new TypeError('no such model')
    }
    await town.say(1, 'hello')
    await town.settle()
    const failed = await town.sweep()
    expect(failed).toMatchObject({ status: 'failed', error: 'no such model' })
    isBroken = false
    await town.say(0, 'now')
    await town.settle()
    expect(await town.sweep()).toEqual(failed)
    for (const world of town.worlds) world.now += 3600_001
    expect(any).toBeDefined()
    await town.say(0, 'later')
    await town.settle()
    expect(await town.sweep()).toMatchObject({ status: 'done', messages: 750 })
  })

  it('brings nothing back that is deleted meanwhile, nor a thread, were it the one that does it', async () => {
    const { town, embedder } = await changed(100)
    const { promise: gate, resolve: letGo } = Promise.withResolvers<void>()
    const reached = Promise.withResolvers<void>()
    embedder.before = (_texts, call) => {
      if (call < 3) return undefined
      reached.resolve()
      return gate
    }
    const talk = town.say(1, 'hello')
    await reached.promise
    const removed = town.at(1).memory('remove', {})
    const deleted = town.at(0).memory('delete', { messageIds: ['0-word0x0'] })
    letGo()
    await Promise.all([talk, removed, deleted])
    await town.settle()
    const left = [...words(0, 100).slice(1), ...words(2, 100)]
    expect(await town.indexed('new')).toEqual(left.toSorted())
    await town.at(1).ring()
    expect(town.at(1).thread.parts.rows.hasTables).toBe(false)
  })

  it('ends when the resource is erased', async () => {
    const { town, embedder } = await changed(100)
    embedder.before = (texts) => {
      if (texts.length > 2) throw new EdgewiseError('storage_unavailable', 'too much')
    }
    await town.say(1, 'hello')
    for (const world of town.worlds) await world.memory('remove', {})
    const { documents, vectors } = town.at(0)
    await eraseIndexes({ documents, vectors: () => vectors, embedder: () => embedder, now: () => 0 })
    await town.settle()
    expect(await town.sweep()).toBeUndefined()
    expect(await vectors.listIndexes()).toEqual([])
  })
})

it('what was said before recall was switched on is embedded when it is', async () => {
  const town = new Town(3, new Memory())
  await town.say(0, 'My dog is called Rex')
  await town.save(1, 'My cat is called Tom')
  await town.settle()
  expect(await town.at(0).vectors.listIndexes()).toEqual([])
  town.deploy(recalling(new CountingEmbedder('new'), { topK: 1, messageRange: 0 }))
  await town.say(2, 'hello')
  await town.settle()
  await town.say(2, 'What is my dog called?')
  expect(JSON.stringify(town.at(2).model.asked[1]?.prompt)).toContain('Rex')
  // What is deleted leaves the index, as ever.
  await town.at(0).memory('remove', {})
  await town.at(1).memory('delete', { messageIds: ['1-My cat is called Tom'] })
  await town.settle()
  expect(await town.indexed('new')).toEqual(['What is my dog called?', 'hello', 'ok', 'ok'])
})

function warningsOf(world: ThreadWorld): string[] {
  const { events, rows } = world.thread.parts
  const turns = rows.turnsFrom(1, 100).flatMap(({ generations }) => events.readGenerations(generations))
  return turns.flatMap((row) =>
    unpackRow(row).flatMap(({ event }) =>
      event.type === 'warning' ? [`${event.code}: ${event.message}`] : [],
    ),
  )
}
