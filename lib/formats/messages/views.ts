import type { MessageFormat, WrittenAs } from './formats.ts'

type In<Format extends MessageFormat> = () => WrittenAs[Format]['messages']

/** The messages in every format, under the names that Mastra's people know. */
export interface MessageViews {
  /** As Mastra stores them. */
  db: In<'mastra'>
  v1: In<'mastra.v1'>
  /** As we store them. */
  native: In<'native'>
  aiV4: { ui: In<'aiV4.ui'>; core: In<'aiV4.core'> }
  aiV5: { ui: In<'aiV5.ui'>; model: In<'aiV5.model'> }
  aiV6: { ui: In<'aiV6.ui'>; model: In<'aiV6.model'> }
  aiV7: { ui: In<'aiV7.ui'>; model: In<'aiV7.model'> }
  openai: { chat: In<'openai.chat'>; responses: In<'openai.responses'> }
  /** Without the system prompt, which stands apart there: `list.to('anthropic')` has both. */
  anthropic: In<'anthropic'>
}

export function viewsOf(
  write: <Format extends MessageFormat>(format: Format) => WrittenAs[Format]['messages'],
): MessageViews {
  return {
    db: () => write('mastra'),
    v1: () => write('mastra.v1'),
    native: () => write('native'),
    aiV4: { ui: () => write('aiV4.ui'), core: () => write('aiV4.core') },
    aiV5: { ui: () => write('aiV5.ui'), model: () => write('aiV5.model') },
    aiV6: { ui: () => write('aiV6.ui'), model: () => write('aiV6.model') },
    aiV7: { ui: () => write('aiV7.ui'), model: () => write('aiV7.model') },
    openai: { chat: () => write('openai.chat'), responses: () => write('openai.responses') },
    anthropic: () => write('anthropic'),
  }
}
