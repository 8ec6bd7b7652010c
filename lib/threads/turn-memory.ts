import type { TurnEvent } from '../protocol/event.ts'
import type { Message } from '../protocol/message.ts'
import type { ToolSet } from '../tools/tool.ts'

/** What memory adds to a turn. */
export interface TurnMemory {
  /** The conversation before the turn, as it is to be shown. */
  history: Message[]
  /** What the system message says after the instructions. */
  sections: string[]
  tools: ToolSet
  /** What could not be had, and what the cache of vectors knew. */
  news: MemoryNews[]
}

export type MemoryNews = TurnEvent & { type: 'warning' | 'cache' }
