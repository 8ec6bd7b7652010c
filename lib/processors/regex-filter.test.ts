import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  answerOf,
  contextOf,
  drain,
  inputTexts,
  streamParts,
  streamText,
  userSays,
} from '../../test/fixtures/processing.ts'
import { messageText } from '../protocol/message.ts'
import type { FilterPattern, PresetName } from './pattern.ts'
import { hasLuhnDigit, PRESETS } from './pattern.ts'
import { createRedactor, redactText } from './redactor.ts'
import { regexFilter } from './regex-filter.ts'
import { runInputStep, runOutputResult } from './run-processors.ts'

const CARD = '4111 1111 1111 1111'
const IBAN = 'DE89 3704 0044 0532 0130 00'
const redact = (text: string, ...presets: PresetName[]): string =>
  redactText(
    presets.flatMap((name) => PRESETS[name]),
    text,
  )

const filter = (strategy: 'block' | 'redact' | 'warn') => regexFilter({ presets: ['pii'], strategy })

describe('the preset pii', () => {
  it.each([
    ['ann.lee+x@mail.example.co.uk', '[email]'],
    ['müller@straße.de', '[email]'],
    ['+49 30 901820', '[phone]'],
    ['+1 (555) 010-9999', '[phone]'],
    ['0044 20 7946 0958', '[phone]'],
    ['(555) 010-9999', '[phone]'],
    ['555-010-9999', '[phone]'],
    [CARD, '[credit-card]'],
    ['378282246310005', '[credit-card]'],
    ['5500-0000-0000-0004', '[credit-card]'],
    [IBAN, '[iban]'],
    ['GB82WEST12345698765432', '[iban]'],
    ['123-45-6789', '[ssn]'],
    ['123 45 6789', '[ssn]'],
  ])('finds %s', (text, label) => {
    expect(redact(`It is ${text}, you see.`, 'pii')).toBe(`It is ${label}, you see.`)
    expect(redact(text, 'pii')).toBe(label)
  })

  it.each([
    'at 12:30 on 2026-11-21 we had 1,234,567.89 left',
    'order 4111 1111 1111 1112 and 0000 0000 0000 0000',
    'GB00 WEST 1234 5698 7654 32',
    'version 1.2.3-4 of 10.0.0.1',
    '666-45-6789 and 123-00-6789',
    'in 2019 2020 2021 2022 2023 and at 10 20 30 40 50 60 70 80',
    'mail me @ home',
  ])('leaves %s', (text) => {
    expect(redact(text, 'pii')).toBe(text)
  })

  it('finds a card among other numbers', () => {
    expect(redact(`12 34 ${CARD} 567 8`, 'pii')).toBe('12 34 [credit-card] 567 8')
    expect(redact(`${IBAN} AND MORE`, 'pii')).toBe('[iban] AND MORE')
  })
})

it('the Luhn sum knows a wrong digit and a swapped pair', () => {
  expect(hasLuhnDigit('79927398713')).toBe(true)
  expect(hasLuhnDigit('79927398714')).toBe(false)
  expect(hasLuhnDigit('79927398731')).toBe(false)
})

it('the preset secrets finds what our own messages would not show', () => {
  const clean = redact(
    'Use sk-proj-Abc123def456 or "Bearer opaque-token-value", key=AIzaSyA1234567890abcdefghijk.',
    'secrets',
  )
  expect(clean).toBe('Use [redacted] or "Bearer [redacted]", key=[redacted].')
  expect(redact('the bearer of this letter: token_limit_exceeded', 'secrets')).toBe(
    'the bearer of this letter: token_limit_exceeded',
  )
})

it('the preset urls takes links, without what closes the sentence', () => {
  expect(redact('See https://a.test/x?y=1#z, (www.b.test) or HTTP://C.test!', 'urls')).toBe(
    'See [url], ([url]) or [url]!',
  )
})

describe('redaction of a stream', () => {
  const own: FilterPattern[] = [
    { name: 'ab', pattern: /\bab+a\b/, maxLength: 8 },
    { name: 'pair', pattern: /(?<=x)y{1,3}(?=z)/, maxLength: 3, chars: /[xyz]/, replacement: '<y>' },
    { name: 'over', pattern: /b{2,4}/i, maxLength: 4, replacement: '<b>' },
  ]
  const all = [...PRESETS.pii, ...PRESETS.secrets, ...PRESETS.urls, ...own]
  const piece = fc.oneof(
    fc.constantFrom(
      CARD,
      IBAN,
      'a@b.example',
      '+49 30 901820',
      '123-45-6789',
      'https://a.test/x.',
      'Bearer abcdefgh1',
    ),
    fc.constantFrom(
      'sk-abcdef12',
      ' ',
      'aba',
      'abbba',
      'xyyz',
      '1',
      '4',
      '😀',
      '. ',
      '\n',
      '(',
      '@',
      '-',
      'bearer ',
    ),
    fc.string({ maxLength: 6, unit: 'binary' }),
  )
  const text = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''))
  const cuts = fc.array(fc.nat(240), { maxLength: 40 })

  it('is that of the whole, however it is cut', () => {
    const choose = fc.subarray(all, { minLength: 1 })
    fc.assert(
      fc.property(text, cuts, choose, (text, cuts, patterns) => {
        const redactor = createRedactor(patterns)
        const out = split(text, cuts).map((piece) => redactor.push(piece))
        expect(out.join('') + redactor.end()).toBe(redactText(patterns, text))
      }),
      { numRuns: 1500 },
    )
  })

  it('is what replace does, for a pattern alone', () => {
    fc.assert(
      fc.property(text, cuts, fc.constantFrom(...own), (text, cuts, pattern) => {
        const redactor = createRedactor([pattern])
        const out = split(text, cuts).map((piece) => redactor.push(piece))
        const regex = new RegExp(pattern.pattern, `${pattern.pattern.flags}g`)
        expect(out.join('') + redactor.end()).toBe(
          text.replaceAll(regex, pattern.replacement ?? '[redacted]'),
        )
      }),
    )
  })

  it('holds back no more than may still become a match', () => {
    const redactor = createRedactor(PRESETS.pii)
    expect(redactor.push('Write to ann')).toBe('Write to ')
    expect(redactor.push('@mail.exam')).toBe('')
    expect(redactor.push('ple now')).toBe('[email] ')
    expect(redactor.end()).toBe('now')
    const endless = createRedactor(PRESETS.pii)
    const given = endless.push('a'.repeat(5000)).length
    expect(5000 - given).toBeLessThan(700)
  })

  it('gives two finds that overlap one replacement', () => {
    const patterns = [
      { name: 'a', pattern: /abc/, replacement: '<a>' },
      { name: 'b', pattern: /cde/, replacement: '<b>' },
    ]
    expect(redactText(patterns, 'xabcdey')).toBe('x<a>y')
  })

  it('does not part a character', () => {
    const redactor = createRedactor([{ name: 'x', pattern: /x{3}/, maxLength: 3 }])
    expect(redactor.push('ab😀cde')).toBe('ab')
  })
})

describe('regexFilter', () => {
  it('redacts what users write, also in the history', async () => {
    expect(await inputTexts(filter('redact'), 'I am a@b.example', 'fine')).toEqual({
      warnings: [],
      texts: ['I am [email]', 'fine'],
    })
    const history = [userSays('I am a@b.example'), answerOf({ type: 'text', text: 'You are a@b.example' })]
    const run = runInputStep([filter('redact')], contextOf(), {
      step: 0,
      messages: history,
      instructions: '',
    })
    const { result } = await drain(run)
    expect(result.map(messageText)).toEqual(['I am [email]', 'You are a@b.example'])
  })

  it('blocks or warns, and names what was found but not its words', async () => {
    await expect(inputTexts(filter('block'), 'fine', `Pay ${CARD}`)).rejects.toMatchObject({
      processorId: 'regex-filter',
      reason: 'The text holds what must not pass: credit-card',
      metadata: { name: 'credit-card' },
    })
    expect(await inputTexts(filter('warn'), 'a@b.example', 'c@d.example')).toEqual({
      warnings: ['pattern_found: The text holds what should not pass: email'],
      texts: ['a@b.example', 'c@d.example'],
    })
  })

  it('works on a stream, over its deltas', async () => {
    const pieces = ['Write to a@b.', 'exam', 'ple or ', 'c@d.example']
    expect(await streamText(filter('redact'), pieces)).toEqual({
      text: 'Write to [email] or [email]',
      warnings: [],
    })
    expect(await streamText(filter('warn'), pieces)).toEqual({
      text: pieces.join(''),
      warnings: ['pattern_found'],
    })
    await expect(streamText(filter('block'), pieces)).rejects.toMatchObject({ metadata: { name: 'email' } })
    await expect(streamText(filter('block'), ['a@b.example'])).rejects.toMatchObject({ reason: /email/ })
  })

  it('redacts reasoning, keeps blocks apart and leaves the input of tools alone', async () => {
    const call = { type: 'tool-call', toolCallId: '1', toolName: 't', input: { to: 'a@b.example' } } as const
    const events = await streamParts(
      [filter('redact')],
      [
        { type: 'reasoning-start', id: '1' },
        { type: 'reasoning-delta', id: '1', delta: 'a@b' },
        { type: 'text-start', id: '1' },
        { type: 'text-delta', id: '1', delta: 'see ' },
        { type: 'reasoning-delta', id: '1', delta: '.example' },
        { type: 'reasoning-end', id: '1' },
        call,
      ],
    )
    expect(events).toEqual([
      { type: 'reasoning-start', id: '1' },
      { type: 'text-start', id: '1' },
      { type: 'text-delta', id: '1', delta: 'see' },
      { type: 'reasoning-delta', id: '1', delta: '[email]' },
      { type: 'reasoning-end', id: '1' },
      call,
      { type: 'text-delta', id: '1', delta: ' ' },
      { type: 'text-end', id: '1' },
    ])
  })

  it('works on results', async () => {
    const message = answerOf({ type: 'text', text: 'a@b.example' })
    const run = (strategy: 'block' | 'redact' | 'warn') =>
      drain(runOutputResult([filter(strategy)], contextOf(), { message, settled: 0 }))
    expect(messageText((await run('redact')).result.message)).toBe('[email]')
    expect(await run('warn')).toEqual({ warnings: [], result: { message, isChanged: false } })
    await expect(run('block')).rejects.toMatchObject({ metadata: { name: 'email' } })
  })

  it('takes patterns of one’s own', async () => {
    const processor = regexFilter({
      patterns: [/ticket \d+/y, { name: 'code', pattern: /\bQ\d\b/, replacement: 'Q?' }],
    })
    expect((await inputTexts(processor, 'My ticket 12 is Q7')).texts).toEqual(['My [redacted] is Q?'])
    expect(await streamText(processor, ['My tick', 'et 1', '2 is Q', '7'])).toMatchObject({
      text: 'My [redacted] is Q?',
    })
    expect(() => regexFilter({ id: 'empty' })).toThrow(
      new TypeError('Cannot create processor "empty": no presets and no patterns'),
    )
  })
})

function split(text: string, cuts: readonly number[]): string[] {
  const places = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])].toSorted(
    (a, b) => a - b,
  )
  return places.slice(1).map((end, i) => text.slice(places[i], end))
}
