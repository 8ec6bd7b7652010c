import type { Message } from '../protocol/message.ts'
import { createOwnState } from './own-state.ts'
import type { OutputStreamOptions, StreamAnswer } from './processor.ts'

/**
 * Changes a text that comes in pieces.
 *
 * **Contract:** what `push` and `end` gave, joined, is the changed text, however it was cut into pieces. Nothing is
 * pushed after `end`.
 */
export interface TextTransform {
  push(text: string): string
  end(): string
}

/**
 * A stream hook's work for blocks of text and reasoning: takes each block through a transform of its own, and what the
 * transform holds back comes out before the block's end. `create` is given the options of the call that is under way,
 * whichever that is: those of the block's first call can warn and abort no more.
 */
export function createBlockTransform(): (
  options: OutputStreamOptions,
  create: (current: () => OutputStreamOptions) => TextTransform,
) => StreamAnswer {
  const blocksOf = createOwnState(() => new Map<string, Block>())
  return (options, create) => {
    const { part, stepState } = options
    const blocks = blocksOf(stepState)
    switch (part.type) {
      case 'text-start':
      case 'reasoning-start': {
        const call = { options }
        blocks.set(keyOf(part), { call, transform: create(() => call.options) })
        return undefined
      }
      case 'text-delta':
      case 'reasoning-delta': {
        const delta = enter(blocks, options, keyOf(part))?.push(part.delta) ?? part.delta
        return delta === '' ? null : { ...part, delta }
      }
      case 'text-end':
      case 'reasoning-end': {
        const delta = enter(blocks, options, keyOf(part))?.end() ?? ''
        blocks.delete(keyOf(part))
        const type = part.type === 'text-end' ? 'text-delta' : 'reasoning-delta'
        return delta === '' ? undefined : [{ type, id: part.id, delta }, part]
      }
      default:
        return undefined
    }
  }
}

interface Block {
  call: { options: OutputStreamOptions }
  transform: TextTransform
}

function enter(
  blocks: Map<string, Block>,
  options: OutputStreamOptions,
  key: string,
): TextTransform | undefined {
  const block = blocks.get(key)
  if (block) block.call.options = options
  return block?.transform
}

/** The messages with the text of their text parts changed; undefined if it all stayed as it was. */
export function mapTexts(
  messages: readonly Message[],
  change: (text: string, message: Message) => string,
): Message[] | undefined {
  let isChanged = false
  const changed = messages.map((message) => {
    const parts = message.parts.map((part) => {
      if (part.type !== 'text') return part
      const text = change(part.text, message)
      if (text === part.text) return part
      isChanged = true
      return { ...part, text }
    })
    return { ...message, parts }
  })
  return isChanged ? changed : undefined
}

function keyOf({ type, id }: { type: string; id: string }): string {
  return `${type.split('-')[0]} ${id}`
}
