import type { Message } from '../protocol/message.ts'
import { messageText } from '../protocol/message.ts'
import type { Finding, Guard, GuardOptions } from './guard.ts'
import { createGuard } from './guard.ts'
import { createOwnState } from './own-state.ts'
import type { HookOptions, OutputStreamOptions, Processor, StreamAnswer } from './processor.ts'

const CATEGORIES = {
  hate: 'it attacks or demeans people for what they are',
  harassment: 'it insults, threatens or stalks somebody',
  violence: 'it glorifies or plans violence, or shows it for its own sake',
  'self-harm': 'it encourages or instructs suicide, self-injury or eating disorders',
  sexual: 'it is sexually explicit',
  minors: 'it sexualises anybody under age',
  illicit: 'it instructs or encourages crime: weapons, drugs, fraud, intrusion',
}

export type ModerationCategory = keyof typeof CATEGORIES

export interface ModerationGuardOptions extends GuardOptions<ModerationCategory> {
  /**
   * `block` ends the turn, `warn` only says so, `filter` leaves the message or the piece of the answer out (and ends
   * the turn if nothing is left of what was asked). Default: `block`.
   */
  strategy?: 'block' | 'warn' | 'filter'
  /**
   * How many UTF-16 units of an answer are held until they are judged together, with what came before them as their
   * context. Nothing is shown unjudged, so this is also how far the stream lags. Default: the whole block of text.
   */
  windowChars?: number
}

/** How much of the text before a window is judged with it. */
const CONTEXT_CHARS = 500

/**
 * Asks a model whether what a user writes (as an input processor) or what the agent answers (as an output processor) is
 * fit to be said.
 *
 * @throws RangeError if the window is not a positive number.
 */
export function moderationGuard(options: ModerationGuardOptions): Processor {
  const { id = 'moderation-guard', strategy = 'block', windowChars = Infinity } = options
  if (!(windowChars > 0))
    throw new RangeError(
      `Cannot create processor "${id}": windowChars is ${windowChars}, it must be positive`,
    )
  const guard = createGuard(options, {
    known: CATEGORIES,
    task: 'You moderate a conversation with an assistant: judge the text as a piece of it.',
    label: 'Moderation',
  })
  const blocksOf = createOwnState(() => new Map<string, Block>())
  return {
    id,
    processInput: ({ messages, ...hook }) => moderateMessages(messages, { guard, strategy, hook }),
    processOutputStream: (hook) =>
      moderatePart(hook, { guard, strategy, windowChars, blocks: blocksOf(hook.stepState) }),
  }
}

type Strategy = NonNullable<ModerationGuardOptions['strategy']>
type Hook = Pick<HookOptions, 'abort' | 'warn' | 'signal'>

async function moderateMessages(
  messages: readonly Message[],
  { guard, strategy, hook }: { guard: Guard; strategy: Strategy; hook: Hook },
): Promise<Message[] | undefined> {
  const kept: Message[] = []
  let reason: string | undefined
  for (const message of messages) {
    const finding = await guard(messageText(message), hook)
    if (finding) reason = finding.reason
    if (!finding || passes(finding, strategy, hook)) kept.push(message)
  }
  if (kept.length === 0 && reason !== undefined) return hook.abort(reason)
  return kept.length < messages.length ? kept : undefined
}

interface Block {
  held: string
  /** The end of what was let through. */
  context: string
}

interface StreamGuard {
  guard: Guard
  strategy: Strategy
  windowChars: number
  blocks: Map<string, Block>
}

async function moderatePart(hook: OutputStreamOptions, stream: StreamGuard): Promise<StreamAnswer> {
  const { part } = hook
  const { blocks, windowChars } = stream
  switch (part.type) {
    case 'text-delta':
    case 'reasoning-delta': {
      const block = blockOf(blocks, keyOf(part))
      block.held += part.delta
      if (block.held.length < windowChars) return null
      const delta = await release(block, hook, stream)
      return delta === '' ? null : { ...part, delta }
    }
    case 'text-end':
    case 'reasoning-end': {
      const delta = await release(blockOf(blocks, keyOf(part)), hook, stream)
      const type = part.type === 'text-end' ? 'text-delta' : 'reasoning-delta'
      blocks.delete(keyOf(part))
      return delta === '' ? undefined : [{ type, id: part.id, delta }, part]
    }
    default:
      return undefined
  }
}

async function release(block: Block, hook: Hook, { guard, strategy }: StreamGuard): Promise<string> {
  const { held, context } = block
  block.held = ''
  const finding = await guard(held === '' ? '' : context + held, hook)
  if (finding && !passes(finding, strategy, hook)) return ''
  block.context = (context + held).slice(-CONTEXT_CHARS)
  return held
}

/** Whether the text goes on. */
function passes({ reason, scores }: Finding, strategy: Strategy, { abort, warn }: Hook): boolean {
  if (strategy === 'block') return abort(reason, { metadata: { scores } })
  warn('moderation', strategy === 'filter' ? `${reason}; it was left out` : reason)
  return strategy === 'warn'
}

function blockOf(blocks: Map<string, Block>, key: string): Block {
  const known = blocks.get(key)
  if (known) return known
  const made = { held: '', context: '' }
  blocks.set(key, made)
  return made
}

function keyOf({ type, id }: { type: string; id: string }): string {
  return `${type.split('-')[0]} ${id}`
}
