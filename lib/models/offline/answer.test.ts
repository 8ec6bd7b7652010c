import { describe, expect, it } from 'vitest'
import { answer } from './answer.ts'
import type { Conversation, Turn } from './conversation.ts'
import { render } from './render.ts'

const turnOf = (request: string, more: Partial<Turn> = {}): Turn => ({
  request,
  calls: [],
  reply: '',
  ...more,
})
const after = (...requests: string[]): Conversation => ({
  system: '',
  turns: requests.slice(0, -1).map((request) => turnOf(request)),
  turn: turnOf(requests.at(-1) ?? ''),
})
const reply = (...requests: string[]): string => answer(after(...requests), [])

describe('a conversation', () => {
  it.each([
    ['My name is Ada', 'what is my name?', 'Your name is Ada.'],
    ["Hi, I'm Ada", 'who am I?', 'Your name is Ada.'],
    [
      'My name is Ada. My favourite colour is teal.',
      'What is my favourite colour again?',
      'Your favourite colour is teal.',
    ],
    ['I live in Oslo', 'Where do I live?', 'You live in Oslo.'],
    ["I'm allergic to peanuts", 'What am I allergic to?', 'You are allergic to peanuts.'],
    ['Remember that my dog is called Rex', "What's my dog called?", 'Your dog is called Rex.'],
  ])('remembers "%s"', (said, asked, expected) => {
    expect(reply(said, 'ok', asked)).toBe(expected)
  })

  it('quotes the last message when asked for it', () => {
    expect(reply('What a day', 'What did I just say?')).toBe('You said: “What a day”')
  })

  it('takes the newest of two statements', () => {
    expect(reply('my name is Ada', 'my name is Bo', 'what is my name?')).toBe('Your name is Bo.')
  })

  it('takes note of a statement', () => {
    expect(reply('My name is Ada.')).toBe('Noted: your name is Ada.')
  })

  it('finds what a memory has put in the system message', () => {
    const talk = {
      ...after('what is my name?'),
      system: 'You are helpful.\nEarlier the user said:\nmy name is Ada',
    }
    expect(answer(talk, [])).toBe('Your name is Ada.')
  })
})

describe('without tools', () => {
  it('says what it is when asked, and when there is nothing it can do', () => {
    expect(reply('What are you?')).toContain('I am the offline model: no language model is configured')
    expect(reply('Are you an AI?')).toContain('offline model')
    expect(reply('Write a poem on rain')).toContain('I understood: “Write a poem on rain”')
    expect(reply('Write a poem on rain')).toContain('offline model')
  })

  it('does not say so in small talk', () => {
    for (const text of ['hello', 'Thank you so much!', 'bye', 'How are you?']) {
      expect(reply(text)).not.toContain('offline')
    }
  })

  it('has a reply for an empty request', () => {
    expect(reply('')).toContain('There was no text to work with.')
  })
})

describe('render', () => {
  it('writes small objects as a list with humanised labels and units', () => {
    const value = {
      cityName: 'Rome',
      temperatureC: 21.5,
      humidityPercent: 40,
      windKmh: 12,
      isDay: true,
      orderID: 7,
      x: null,
    }
    expect(render(value)).toBe(
      [
        '- **City name:** Rome',
        '- **Temperature:** 21.5 °C',
        '- **Humidity:** 40%',
        '- **Wind:** 12 km/h',
        '- **Is day:** yes',
        '- **Order ID:** 7',
        '- **X:** –',
      ].join('\n'),
    )
  })

  it('puts first what the request asks for', () => {
    expect(render({ city: 'Rome', humidity: 40 }, new Set(['humidity'])).split('\n')[0]).toBe(
      '- **Humidity:** 40',
    )
  })

  it('presents a finished text before the rest', () => {
    expect(render({ id: 1, summary: 'All is well here.' })).toBe('All is well here.\n\n- **ID:** 1')
  })

  it('fences diagrams', () => {
    expect(render('flowchart LR\n  a --> b')).toBe('```mermaid\nflowchart LR\n  a --> b\n```')
    expect(render({ diagram: 'sequenceDiagram\n  A->>B: hi' })).toBe(
      '**Diagram**\n\n```mermaid\nsequenceDiagram\n  A->>B: hi\n```',
    )
  })

  it('writes equal objects as a table whose cells cannot break it', () => {
    expect(
      render([
        { a: 'x|y', tempC: 1 },
        { a: 'p\nq', tempC: 2 },
      ]),
    ).toContain('| A | Temp |\n| --- | --- |\n| x\\|y | 1 °C |')
  })

  it.each([
    [[], 'Nothing found.'],
    [['a', 'b'], '- a\n- b'],
    [null, 'Done.'],
    [42, '42'],
    ['plain', 'plain'],
    [{ tags: ['a', 'b'], none: [] }, '- **Tags:** a, b\n- **None:** none'],
  ])('writes %j', (value, expected) => {
    expect(render(value)).toBe(expected)
  })
})

describe('failures', () => {
  it('says that a call was not approved', () => {
    const calls = [
      {
        id: 'a',
        toolName: 'sendEmail',
        input: {},
        step: 1,
        outcome: { type: 'denied' as const, value: 'not today' },
      },
    ]
    expect(answer({ ...after('send it'), turn: turnOf('send it', { calls }) }, [])).toBe(
      '**Send email** was not approved: not today',
    )
  })
})
