import { MessageList } from '../message-list.ts'
import type { WrittenAs } from '../messages/formats.ts'
import type { ListLoss } from '../messages/strict.ts'

/** Mastra's names of the formats. */
const NAMES = {
  'Mastra.V2': 'mastra',
  'AIV4.UI': 'aiV4.ui',
  'AIV4.Core': 'aiV4.core',
  'AIV5.UI': 'aiV5.ui',
  'AIV5.Model': 'aiV5.model',
  'AIV6.UI': 'aiV6.ui',
} as const

export type OutputFormat = keyof typeof NAMES

/** Messages of any format, to be given in another: `convertMessages(messages).to('AIV5.UI')`. */
export function convertMessages(messages: unknown): MessageConverter {
  const list = new MessageList().add(messages)
  return {
    to: (format) => list.to(NAMES[format]).messages,
    get losses() {
      return list.losses
    },
  }
}

export interface MessageConverter {
  to<Format extends OutputFormat>(format: Format): WrittenAs[(typeof NAMES)[Format]]['messages']
  /** What did not come along so far. */
  readonly losses: ListLoss[]
}
