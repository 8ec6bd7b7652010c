import { expect, it } from 'vitest'
import { colorsFor } from '../terminal.mjs'
import type { Chunk } from './client.mjs'
import { createRenderer } from './render.mjs'
import { createScreen } from './screen.mjs'
import { readSse } from './sse.mjs'

function render(chunks: Chunk[], terminal: { isTTY?: boolean; columns?: number } = {}) {
  let shown = ''
  const screen = createScreen({ ...terminal, write: (text: string) => (shown += text) })
  let clock = 0
  const now = () => (clock += 100)
  const renderer = createRenderer({ screen, colors: colorsFor({}, {}), now })
  for (const chunk of chunks) renderer.draw(chunk)
  const outcome = renderer.end()
  return { shown, outcome }
}

const text = (delta: string, id = 't') => ({ type: 'text-delta', id, delta })
const STEP = { type: 'start-step' }
const TOOL = { type: 'tool-input-available', toolCallId: 'c', toolName: 'weather', input: { city: 'Paris' } }
const RESULT = { type: 'tool-output-available', toolCallId: 'c', output: 21 }

it('draws tool calls as one line and text as it comes', () => {
  const { shown, outcome } = render([
    STEP,
    TOOL,
    RESULT,
    STEP,
    text('It is '),
    text('21.'),
    { type: 'text-end', id: 't' },
  ])
  expect(shown).toBe(
    '  weather {"city":"Paris"} 0.1 s\nIt is 21.\n\n2 steps, 1 tool, 0.4 s, first token after 0.30 s\n',
  )
  expect(outcome).toEqual({ error: undefined, abort: undefined })
})

it('draws only what is new of a replay', () => {
  const rejoined = { type: 'client-rejoined' }
  const { shown } = render([
    STEP,
    TOOL,
    RESULT,
    STEP,
    text('It is '),
    rejoined,
    STEP,
    TOOL,
    RESULT,
    STEP,
    text('It is 2'),
    text('1.'),
  ])
  expect(shown).toMatch(/^ {2}weather .*\nIt is 21\.\n\n2 steps, 1 tool/)
})

it('says that a step was started over', () => {
  const start = [STEP, text('It is rai')]
  expect(render([...start, { type: 'reset-step' }, text('It is fine')]).shown).toMatch(
    /^It is rai\n\(this step was started over\)\nIt is fine\n/,
  )
  expect(render([...start, { type: 'client-rejoined' }, STEP, text('It was fine')]).shown).toMatch(
    /^It is rai\n\(this step was started over\)\nIt was fine\n/,
  )
})

it('tells errors of tools, of the turn, and unknown chunks apart', () => {
  const failed = { type: 'tool-output-error', toolCallId: 'c', errorText: 'no such city' }
  const { shown, outcome } = render([
    STEP,
    TOOL,
    failed,
    { type: 'data-x', data: 1 },
    { type: 'error', errorText: 'no model' },
  ])
  expect(shown).toContain('weather {"city":"Paris"} 0.1 s no such city\n')
  expect(outcome).toEqual({ error: 'no model', abort: undefined })
})

it('wraps words on a terminal, however they are cut, and shows a status until there is more', () => {
  const terminal = { isTTY: true, columns: 20 }
  const { shown } = render([STEP, text('one two thr'), text('ee four five six\n\nsev'), text('en')], terminal)
  expect(shown.split('\n').slice(0, 5)).toEqual(['one two three four ', 'five six', '', 'seven', ''])
  const shownOver = `  weather {"cit… ...\r\u001B[2Khi\n`
  expect(render([STEP, TOOL, text('hi')], terminal).shown.slice(0, shownOver.length)).toBe(shownOver)
})

it('reads frames however the bytes are cut', async () => {
  const wire = new TextEncoder().encode(
    ': hello\n\nid: 1\ndata: {"a":"né"}\r\n\r\ndata: x\ndata:y\n\ndata: [DONE]\n\ndata: cut',
  )
  for (const size of [1, 2, 3, 7, 1000]) {
    const events = []
    for await (const event of readSse(pieces(wire, size))) events.push(event)
    expect(events).toEqual([{ id: '1', data: '{"a":"né"}' }, { data: 'x\ny' }, { data: '[DONE]' }])
  }
})

async function* pieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size)
}
