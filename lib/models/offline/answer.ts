import type { Profile } from './choose.ts'
import type { Call, Conversation } from './conversation.ts'
import { phraseOf, sentenceOf, titleOf } from './labels.ts'
import type { Leaf } from './leaves.ts'
import { acknowledge, recall } from './recall.ts'
import { render } from './render.ts'
import { isRecord, textOf } from './schema.ts'
import { fallback, talkBack } from './talk.ts'

/** The answer of a turn: from the results if tools were called, else from the conversation. */
export function answer(conversation: Conversation, tools: readonly Profile[]): string {
  const { turn } = conversation
  if (turn.calls.length > 0) return fromResults(turn.request, turn.calls)
  return (
    recall(conversation) ??
    talkBack(turn.request, tools) ??
    acknowledge(turn.request) ??
    fallback(turn.request, tools)
  )
}

/** The question back when a tool fits but what it is to work on was not said. */
export function askFor(profile: Profile, missing: readonly Leaf[]): string {
  const names = missing.map(({ name, shapes }) => {
    const said = shapes.map(({ schema }) => textOf(schema['description'])).find(Boolean)
    return `the **${phraseOf(name)}**${said ? ` (${said.replace(/\.$/, '')})` : ''}`
  })
  const list = names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names.join('')
  return `To ${phraseOf(profile.name.replace(/[-_]?tool$/i, ''))} I need ${list}.`
}

function fromResults(request: string, calls: readonly Call[]): string {
  const asked = new Set(request.toLowerCase().split(/[^\p{L}\p{N}]+/u))
  const good = calls.filter(({ outcome }) => outcome?.type === 'ok')
  const shown = good.filter((call, index) => !isStepping(call, good.slice(index + 1)))
  const isSeveral = shown.length > 1
  const parts = shown.map((call) => {
    const body = render(call.outcome?.value, asked)
    const title = heading(call, request.toLowerCase())
    if (isSeveral) return `### ${title}\n\n${body}`
    return /^(?:- \*\*|\| )/.test(body) ? `**${title}**\n\n${body}` : body
  })
  return [...parts, ...failures(calls)].join('\n\n') || 'The tools gave no result.'
}

/** Whether a result only led to a later call that took a value from it, and holds little else. */
function isStepping(call: Call, later: readonly Call[]): boolean {
  const own = new Set(marksIn(call.input))
  const given = marksIn(call.outcome?.value).filter((mark) => !own.has(mark))
  const used = new Set(later.flatMap(({ input }) => marksIn(input)))
  const taken = given.filter((mark) => used.has(mark)).length
  return taken > 0 && taken * 2 >= given.length
}

function marksIn(value: unknown): string[] {
  if (isRecord(value) || Array.isArray(value)) return Object.values(value).flatMap(marksIn)
  return typeof value === 'string' || typeof value === 'number' ? [String(value)] : []
}

/** What a result is, with the first argument that the request spells out. */
function heading({ toolName, input }: Call, request: string): string {
  const subject = isRecord(input)
    ? Object.values(input)
        .map(textOf)
        .find((value) => value !== '' && value.length < 40 && request.includes(value.toLowerCase()))
    : undefined
  const title = titleOf(toolName)
  return subject && !title.toLowerCase().includes(subject.toLowerCase()) ? `${title}: ${subject}` : title
}

/** A sentence for each tool that failed and was not mended by a later call. */
function failures(calls: readonly Call[]): string[] {
  const last = calls.filter(
    ({ toolName, outcome }, index) =>
      outcome &&
      outcome.type !== 'ok' &&
      !calls.slice(index + 1).some((later) => later.toolName === toolName),
  )
  return last.map(({ toolName, outcome }) => {
    const name = sentenceOf(toolName)
    const reason = reasonOf(outcome?.value)
    if (outcome?.type === 'denied') return `**${name}** was not approved${reason ? `: ${reason}` : '.'}`
    return `**${name}** did not work${reason ? `: ${reason}` : '.'}`
  })
}

function reasonOf(value: unknown): string {
  if (isRecord(value)) return reasonOf(value['message'] ?? value['error'] ?? JSON.stringify(value))
  const text = String(value ?? '').replace(/^Error: /, '')
  return text.length > 300 ? `${text.slice(0, 297)}...` : text
}
