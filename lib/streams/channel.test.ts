import { describe, expect, it } from 'vitest'
import { createChannel } from './channel.ts'

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

  it('wakes a reader that waits when it is closed', async () => {
    const channel = createChannel<number>()
    const read = Array.fromAsync(channel)
    await Promise.resolve()
    channel.close()
    expect(await read).toEqual([])
  })
})
