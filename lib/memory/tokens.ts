import type { Message, Part } from '../protocol/message.ts'

/** What a message costs besides its words, and a file whatever it holds. */
const MESSAGE_TOKENS = 4
const FILE_TOKENS = 1000

/** An estimate: four characters a token, as most models have it for English. */
export function textTokens(text: string): number {
  return Math.ceil(text.length / 4)
}

/** An estimate of what a message takes up in a prompt. */
export function messageTokens({ parts }: Message): number {
  return parts.reduce((sum, part) => sum + partTokens(part), MESSAGE_TOKENS)
}

function partTokens(part: Part): number {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return textTokens(part.text)
    case 'file':
      return FILE_TOKENS
    case 'tool': {
      const call = textTokens(part.toolName) + textTokens(JSON.stringify(part.input))
      if (part.state === 'done') return call + textTokens(JSON.stringify(part.output))
      return part.state === 'failed' ? call + textTokens(part.error.message) : call
    }
    case 'source':
    case 'step-start':
      return 0
    default:
      return part satisfies never
  }
}
