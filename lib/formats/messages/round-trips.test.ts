import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countingIds } from '../../../test/fixtures/loop-services.ts'
import { conversations } from '../../../test/fixtures/messages/arbitrary.ts'
import { canonical } from '../../../test/fixtures/messages/canonical.ts'
import type { Message, Part } from '../../protocol/message.ts'
import { fromMessages, toMessages } from '../convert-messages.ts'
import type { MessageFormat } from './formats.ts'

const FORMATS: MessageFormat[] = [
  'aiV4.ui',
  'aiV4.core',
  'aiV5.ui',
  'aiV5.model',
  'aiV6.ui',
  'aiV6.model',
  'aiV7.ui',
  'aiV7.model',
  'openai.chat',
  'openai.responses',
  'anthropic',
  'mastra',
  'mastra.v1',
  'native',
]

const services = { now: () => 7, newId: (kind: string) => `${kind}_new` }

/** What was sent, as its reader has it: without what only its writer's memory has. */
function sent(value: object): object {
  return JSON.parse(JSON.stringify(value))
}

describe.each(FORMATS)('a conversation as %s', (format) => {
  it('comes back as it was, unless something is said to be lost', () => {
    let whole = 0
    fc.assert(
      fc.property(conversations(), (messages) => {
        const { losses, ...written } = toMessages(messages, format)
        if (losses.length > 0) return
        whole++
        const ids = countingIds()
        const read = fromMessages(sent('system' in written ? written : written.messages), {
          ...services,
          newId: ids,
          format,
        })
        expect(read.losses).toEqual([])
        expect(read.messages.map((message) => ofRecord(message, format))).toEqual(
          messages.map((message) => ofRecord(message, format)),
        )
      }),
      { numRuns: 150 },
    )
    expect(whole).toBeGreaterThan(0)
  })

  it('is written again as it was written, whatever was lost', () => {
    fc.assert(
      fc.property(conversations(), (messages) => {
        const { losses: _, ...first } = toMessages(messages, format)
        const body = sent('system' in first ? first : first.messages)
        const read = fromMessages(body, { ...services, newId: countingIds(), format })
        const { losses: __, ...again } = toMessages(read.messages, format)
        expect(canonical(again, format)).toEqual(canonical(first, format))
      }),
      { numRuns: 150 },
    )
  })
})

/** What is of the record and not of what was said, as far as the format does not have it. */
function ofRecord(
  { id, role, createdAt, parts, metadata, outcome }: Message,
  format: MessageFormat,
): Partial<Message> {
  const words = parts.map((part) =>
    part.type === 'step-start' && !HAS_MODELS.has(format) ? { type: part.type } : part,
  )
  if (format === 'native' || /V[567]\.ui/.test(format))
    return { id, role, createdAt, parts: words, ...(metadata && { metadata }), ...(outcome && { outcome }) }
  const timed = HAS_IDS.has(format) ? { id, createdAt, ...(metadata && { metadata }) } : {}
  const ended = format === 'mastra' ? { outcome: { error: outcome?.error, object: outcome?.object } } : {}
  return {
    role,
    parts: format === 'mastra' ? withoutFirst(words) : words,
    ...timed,
    ...ended,
  } as Partial<Message>
}

const HAS_IDS = new Set<MessageFormat>(['aiV4.ui', 'mastra'])
const HAS_MODELS = new Set<MessageFormat>(['mastra', 'native'])

/** There the first step is known by its model alone. */
function withoutFirst(parts: Part[]): Part[] {
  const [first, ...rest] = parts
  return first?.type === 'step-start' && first.model === undefined ? rest : parts
}
