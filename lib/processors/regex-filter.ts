import type { Message } from '../protocol/message.ts'
import type { TextTransform } from './block-text.ts'
import { createBlockTransform, mapTexts } from './block-text.ts'
import { createOwnState } from './own-state.ts'
import type { FilterPattern, PresetName } from './pattern.ts'
import { PRESETS } from './pattern.ts'
import type { HookOptions, Processor } from './processor.ts'
import { createRedactor, redactText } from './redactor.ts'

export interface RegexFilterOptions {
  /** Default: `regex-filter`. */
  id?: string
  /** `pii`: email, phone, credit card, IBAN, SSN. `secrets`: keys and tokens. `urls`: links. */
  presets?: readonly PresetName[]
  /** Further ones. A stream holds its last 256 units back for a bare RegExp: see {@link FilterPattern.chars}. */
  patterns?: readonly (RegExp | FilterPattern)[]
  /** `block` ends the turn, `redact` puts a placeholder in its place, `warn` only says so. Default: `redact`. */
  strategy?: 'block' | 'redact' | 'warn'
}

/**
 * Finds patterns in what users write (as an input processor) and in what the model writes, its reasoning too (as an
 * output processor), also where they straddle the deltas of a stream. Arguments of tools are left alone: what is acted
 * on must not change silently.
 *
 * @throws TypeError if it is given nothing to find.
 */
export function regexFilter(options: RegexFilterOptions): Processor {
  const { id = 'regex-filter', strategy = 'redact' } = options
  const patterns = toPatterns(options)
  if (patterns.length === 0)
    throw new TypeError(`Cannot create processor "${id}": no presets and no patterns`)
  const transform = createBlockTransform()
  // Every step shows the same old messages again.
  const shownOf = createOwnState(() => new Map<string, string>())
  const redactShown = (messages: readonly Message[], shown: Map<string, string>): Message[] | undefined =>
    mapTexts(messages, (text, { role }) => {
      if (role !== 'user') return text
      const clean = shown.get(text) ?? redactText(patterns, text)
      shown.set(text, clean)
      return clean
    })
  return {
    id,
    processInput: ({ messages, ...hook }) => {
      const onFind = toOnFind(strategy, () => hook)
      const changed = mapTexts(messages, (text) => redactText(patterns, text, onFind))
      return strategy === 'redact' ? changed : undefined
    },
    // Messages of earlier turns may be stored as they were written.
    ...(strategy === 'redact' && {
      processInputStep: ({ messages, state }) => redactShown(messages, shownOf(state)),
    }),
    processOutputStream: (options) =>
      transform(options, (current) => {
        const redactor = createRedactor(patterns, toOnFind(strategy, current))
        return strategy === 'warn' ? toListener(redactor) : redactor
      }),
    processOutputResult: ({ message, ...hook }) => {
      // The stream has warned already.
      if (strategy === 'warn') return undefined
      const onFind = toOnFind(strategy, () => hook)
      return mapTexts([message], (text) => redactText(patterns, text, onFind))?.[0]
    },
  }
}

function toPatterns({ presets = [], patterns = [] }: RegexFilterOptions): FilterPattern[] {
  const own = patterns.map((pattern, index) =>
    pattern instanceof RegExp ? { name: `pattern-${index + 1}`, pattern } : pattern,
  )
  return [...presets.flatMap((preset) => PRESETS[preset]), ...own]
}

function toOnFind(
  strategy: RegexFilterOptions['strategy'],
  current: () => Pick<HookOptions, 'abort' | 'warn'>,
): ((name: string) => void) | undefined {
  if (strategy === 'block')
    return (name) => current().abort(`The text holds what must not pass: ${name}`, { metadata: { name } })
  if (strategy !== 'warn') return undefined
  const said = new Set<string>()
  return (name) => {
    if (said.has(name)) return
    said.add(name)
    current().warn('pattern_found', `The text holds what should not pass: ${name}`)
  }
}

/** The text as it is, at once, while somebody listens to it. */
function toListener(transform: TextTransform): TextTransform {
  return {
    push: (text) => {
      transform.push(text)
      return text
    },
    end: () => {
      transform.end()
      return ''
    },
  }
}
