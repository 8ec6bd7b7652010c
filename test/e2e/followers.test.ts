import { spawn } from 'node:child_process'
import { EventSource } from 'eventsource'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { StreamEntry } from '../../lib/protocol/event.ts'
import { holdBefore } from '../fixtures/openai/index.ts'
import type { Heard } from './client.ts'
import { answerOf, chat, collect, contextOf, newId, readChunks } from './client.ts'
import { foldHeard } from './heard.ts'
import type { Journal } from './journal.ts'
import { createJournal } from './journal.ts'
import type { World } from './kit.ts'
import { openWorld } from './kit.ts'
import { openRelay } from './relay.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

describe('an EventSource', () => {
  it('comes back by itself after the connection was cut, with nothing twice and nothing lost', async () => {
    const id = newId('t')
    const hold = holdBefore(2)
    world.stage.play(id, { type: 'reply', text: ['one ', 'two ', 'three ', 'four'], gate: hold.gate })
    const turn = collect(readChunks((await chat(world, { thread: id, text: `#${id}` })).body))
    const relay = await openRelay(world.url)
    onTestFinished(() => relay.close())
    const { heard, failures } = listen(`${relay.url}/api/threads/${id}/events?after=0`)
    const seen = await heard.reached('the second word', isDelta, 2)
    relay.cut()
    await failures.reached('the cut')
    hold.release()
    await heard.reached('the end', ({ event }) => event.type === 'turn-end')
    await turn

    expect(foldHeard(heard.items)).toEqual([await answerOf(world, id)])
    expect(relay.sent.map((head) => /last-event-id: (.*)/i.exec(head)?.[1])).toEqual([undefined, seen.id])
    expect(failures.items).toHaveLength(1)
  })

  it('follows turn after turn of a thread', async () => {
    const id = newId('t')
    const [first, second] = [`${id}-1`, `${id}-2`]
    for (const tag of [first, second]) world.stage.play(tag, { type: 'reply', text: `the ${tag}` })
    await collect(readChunks((await chat(world, { thread: id, text: `#${first}` })).body))
    const { heard, opened } = listen(`${world.url}/api/threads/${id}/events`)
    await opened.reached('the stream')
    await collect(readChunks((await chat(world, { thread: id, text: `#${second}` })).body))
    await heard.reached('the end', ({ event }) => event.type === 'turn-end')

    // Nothing ran when it came, so it hears what is new from then on.
    expect(foldHeard(heard.items)).toEqual([await answerOf(world, id)])
  })
})

describe('curl -N', () => {
  it('shows the first words of an answer while the model is still silent about the rest', async () => {
    const id = newId('t')
    const hold = holdBefore(1)
    world.stage.play(id, { type: 'reply', text: ['early ', 'late'], gate: hold.gate })
    const message = { id: 'm1', role: 'user', parts: [{ type: 'text', text: `#${id}` }] }
    const body = JSON.stringify({ id, messages: [message], runtimeContext: contextOf(world) })
    const asked = curl(
      `${world.url}/api/agents/clerk/chat`,
      '-H',
      'content-type: application/json',
      '-d',
      body,
    )
    await asked.printed.reached('the first word', isPrinted('"delta":"early "'))
    const followed = curl(`${world.url}/api/threads/${id}/events`)
    await followed.printed.reached('the first word', isPrinted('"delta":"early "'))
    hold.release()

    await followed.printed.reached('the end', isPrinted('"type":"turn-end"'))
    expect(await asked.exited).toBe(0)
    expect(asked.printed.items.at(-1)).toContain('data: [DONE]\n\n')
  })
})

function isDelta({ event }: Heard): boolean {
  return event.type === 'text-delta'
}

/** An EventSource that is closed when the test ends. */
function listen(url: string): {
  heard: Journal<Heard>
  failures: Journal<unknown>
  opened: Journal<unknown>
} {
  const [heard, failures, opened] = [
    createJournal<Heard>(),
    createJournal<unknown>(),
    createJournal<unknown>(),
  ]
  const source = new EventSource(url)
  source.addEventListener('open', (event) => opened.add(event))
  source.addEventListener('error', (event) => failures.add(event))
  source.addEventListener('message', ({ data, lastEventId }) => {
    const event = JSON.parse(String(data)) as StreamEntry['event']
    heard.add({ event, id: lastEventId })
  })
  onTestFinished(() => source.close())
  return { heard, failures, opened }
}

/** What curl has printed so far, an item each time it printed more. */
function curl(...args: string[]): { printed: Journal<string>; exited: Promise<number | null> } {
  const child = spawn('curl', ['--silent', '--no-buffer', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill())
  const printed = createJournal<string>()
  child.stdout
    .setEncoding('utf8')
    .on('data', (text: string) => printed.add((printed.items.at(-1) ?? '') + text))
  return { printed, exited: new Promise((resolve) => child.once('close', resolve)) }
}

function isPrinted(text: string): (output: string) => boolean {
  return (output) => output.includes(text)
}
