import { describe, expect, it } from 'vitest'
import type { StreamEncoder } from '../formats/encoder.ts'
import { Follower } from './follower.ts'
import { createMemoryLog } from './memory-log.ts'
import { ThreadLog } from './thread-log.ts'
import type { StreamEntry, TurnEvent } from '../protocol/event.ts'
import { START } from '../protocol/offset.ts'
import type { FollowOptions } from './stream.ts'
import { streamLog } from './stream.ts'

/** Says the type of each event on a line, and nothing of a step's end. */
const encoder: StreamEncoder = {
  headers: {},
  encode: ({ event }) => (event.type === 'step-end' ? '' : `${event.type}\n`),
  end: () => 'end\n',
  keepAlive: ':\n',
}
const stepStart: TurnEvent = { type: 'step-start', step: 0, model: 'm' }
const stepEnd: TurnEvent = { type: 'step-end', step: 0, finishReason: 'stop', usage: {}, isContinued: true }
const turnEnd: TurnEvent = { type: 'turn-end', status: 'completed', finishReason: 'stop', usage: {} }
const text: TurnEvent = { type: 'text-delta', id: 't', delta: 'a' }

function openLog(): ThreadLog {
  const log = new ThreadLog(createMemoryLog())
  log.beginGeneration(1, 1)
  return log
}

function commit(log: ThreadLog, ...events: TurnEvent[]): void {
  for (const event of events) log.push(event)
  log.rows.append(log.takeRows())
  log.publish()
}

const isLast = ({ event }: StreamEntry): boolean => event.type === 'turn-end'

function follow(log: ThreadLog, over: Partial<FollowOptions> = {}): ReadableStreamDefaultReader<string> {
  const options = { encoder, isLast, atEdge: () => [], ...over }
  const stream = streamLog(new Follower(log, START), options)
  return stream.pipeThrough(new TextDecoderStream(), { preventCancel: false }).getReader()
}

async function readAll(reader: ReadableStreamDefaultReader<string>): Promise<string> {
  let said = ''
  for (let next = await reader.read(); !next.done; next = await reader.read()) said += next.value
  return said
}

describe('a followed log', () => {
  it('is told as it is said, to its last entry and no further', async () => {
    const log = openLog()
    const reader = follow(log)
    const first = reader.read()
    log.push(stepStart)
    expect((await first).value).toBe('step-start\n')
    commit(log, text, turnEnd)
    log.beginGeneration(2, 2)
    commit(log, stepStart, text, turnEnd)
    expect(await readAll(reader)).toBe('text-delta\nturn-end\nend\n')
  })

  it('ends after its last entry though the next turn lies right behind it', async () => {
    const log = openLog()
    commit(log, stepStart, turnEnd)
    log.beginGeneration(2, 2)
    commit(log, stepStart, text, turnEnd)
    expect(await readAll(follow(log))).toBe('step-start\nturn-end\nend\n')
  })

  it('goes on behind what its protocol has no word for', async () => {
    const log = openLog()
    commit(log, stepEnd)
    log.push(stepStart)
    const reader = follow(log)
    expect((await reader.read()).value).toBe('step-start\n')
    await reader.cancel()
  })

  it('asks at its edge what else there is to say, and may be moved or ended there', async () => {
    const log = openLog()
    const answers: ReturnType<FollowOptions['atEdge']>[] = [
      'again',
      [{ event: { type: 'step-restart' } }],
      'end',
    ]
    const atEdge = () => answers.shift() ?? []
    expect(await readAll(follow(log, { atEdge }))).toBe('step-restart\nend\n')
  })

  it('gives a sign of life while nothing is said', async () => {
    const log = openLog()
    const reader = follow(log, { keepAliveMs: 2 })
    expect((await reader.read()).value).toBe(':\n')
    await reader.cancel()
  })

  it('is not read when its client has gone', async () => {
    const log = openLog()
    let edges = 0
    const atEdge = (): [] => {
      edges += 1
      return []
    }
    const reader = follow(log, { atEdge })
    const reading = reader.read()
    await reader.cancel()
    expect((await reading).done).toBe(true)
    const before = edges
    log.push(stepStart)
    await new Promise((resolve) => setImmediate(resolve))
    expect(edges).toBe(before)
  })
})
