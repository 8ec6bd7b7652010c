import { describe, expect, it } from 'vitest'
import { createChannel } from './channel.ts'

/** Lets all go on that can. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('a channel', () => {
  it('gives what was pushed, before and while it is read, in order', async () => {
    const channel = createChannel<number>()
    channel.push(1)
    channel.push(2)
    const read = Array.fromAsync(channel)
    await Promise.resolve()
    channel.push(3)
    channel.close()
    expect(await read).toEqual([1, 2, 3])
  })

  it('drops what is pushed after its end', async () => {
    const channel = createChannel<number>()
    channel.push(1)
    channel.close()
    channel.push(2)
    expect(await Array.fromAsync(channel)).toEqual([1])
  })

  it('gives what came before an error, then throws it', async () => {
    const channel = createChannel<number>()
    channel.push(1)
    channel.close(new Error('broken'))
    channel.close()
    const seen: number[] = []
    const read = async (): Promise<void> => {
      for await (const item of channel) seen.push(item)
    }
    await expect(read()).rejects.toThrow('broken')
    expect(seen).toEqual([1])
  })

  it('tells who sends when its item is done with: when the next is asked for', async () => {
    const channel = createChannel<number>()
    const done: number[] = []
    const items = channel[Symbol.asyncIterator]()
    for (const item of [1, 2]) void channel.send(item).then(() => done.push(item))
    await items.next()
    await turn()
    expect(done).toEqual([])
    await items.next()
    await turn()
    expect(done).toEqual([1])
    void items.next()
    await turn()
    expect(done).toEqual([1, 2])
  })

  it('lets nobody wait for a reader that has left, or for one that will never come', async () => {
    const channel = createChannel<number>()
    const sent = [channel.send(1), channel.send(2)]
    for await (const item of channel) if (item === 1) break
    await Promise.all(sent)
    await channel.send(3)
    const closed = createChannel<number>()
    closed.close()
    await closed.send(1)
  })

  it('wakes a reader that waits when it is closed', async () => {
    const channel = createChannel<number>()
    const read = Array.fromAsync(channel)
    await Promise.resolve()
    channel.close()
    expect(await read).toEqual([])
  })
})
