import type { LanguageModelV4Prompt, LanguageModelV4ToolResultPart } from '@ai-sdk/provider'

/** A tool call of a turn and what became of it. */
export interface Call {
  readonly id: string
  readonly toolName: string
  readonly input: unknown
  /** Which message of the prompt made it: calls of one step share it. */
  readonly step: number
  readonly outcome?: { readonly type: 'ok' | 'error' | 'denied'; readonly value: unknown }
}

/** What the user asked, what was called for it, what was answered. */
export interface Turn {
  readonly request: string
  readonly calls: readonly Call[]
  readonly reply: string
}

/** A prompt as turns; the last one is being worked on. */
export interface Conversation {
  readonly system: string
  readonly turns: readonly Turn[]
  readonly turn: Turn
}

/** Folds a prompt to turns. A turn begins with a user message and ends before the next. */
export function conversationOf(prompt: LanguageModelV4Prompt): Conversation {
  const system: string[] = []
  const turns: Turn[] = []
  let turn: Turn = { request: '', calls: [], reply: '' }
  for (const [step, message] of prompt.entries()) {
    switch (message.role) {
      case 'system':
        system.push(message.content)
        break
      case 'user':
        turns.push(turn)
        turn = { request: message.content.map(textOfPart).filter(Boolean).join('\n'), calls: [], reply: '' }
        break
      case 'assistant':
        for (const part of message.content) {
          if (part.type === 'text') turn = { ...turn, reply: turn.reply + part.text }
          if (part.type === 'tool-call') {
            const { toolCallId: id, toolName, input } = part
            turn = { ...turn, calls: [...turn.calls, { id, toolName, input, step }] }
          }
          if (part.type === 'tool-result') turn = withResult(turn, part)
        }
        break
      case 'tool':
        for (const part of message.content) if (part.type === 'tool-result') turn = withResult(turn, part)
    }
  }
  return { system: system.join('\n'), turns: turns.slice(1), turn }
}

type UserPart = Extract<LanguageModelV4Prompt[number], { role: 'user' }>['content'][number]

function textOfPart(part: UserPart): string {
  if (part.type === 'text') return part.text
  return part.data.type === 'text' ? part.data.text : ''
}

function withResult(turn: Turn, part: LanguageModelV4ToolResultPart): Turn {
  const outcome = outcomeOf(part)
  return {
    ...turn,
    calls: turn.calls.map((call) => (call.id === part.toolCallId ? { ...call, outcome } : call)),
  }
}

function outcomeOf({ output }: LanguageModelV4ToolResultPart): NonNullable<Call['outcome']> {
  switch (output.type) {
    case 'text':
      return { type: 'ok', value: parsed(output.value) }
    case 'json':
      return { type: isFailure(output.value) ? 'error' : 'ok', value: output.value }
    case 'error-text':
    case 'error-json':
      return { type: 'error', value: output.value }
    case 'execution-denied':
      return { type: 'denied', value: output.reason ?? '' }
    case 'content':
      return {
        type: 'ok',
        value: parsed(output.value.map((part) => (part.type === 'text' ? part.text : '')).join('\n')),
      }
  }
}

/** Some tools return their failure instead of throwing it: `{ error: '...' }` and little else. */
function isFailure(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('error' in value)) return false
  return Boolean(value.error) && Object.keys(value).length < 4
}

function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return text
  }
}
