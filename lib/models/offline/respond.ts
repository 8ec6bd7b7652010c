import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import { answer, askFor } from './answer.ts'
import { profileOf } from './choose.ts'
import type { Profile } from './choose.ts'
import { conversationOf } from './conversation.ts'
import type { Conversation } from './conversation.ts'
import { fill } from './fill.ts'
import { hash } from './hash.ts'
import { knownIn } from './known.ts'
import { isKeeper, noteOf, withoutNotes } from './notes.ts'
import { plan } from './plan.ts'
import type { Planned } from './plan.ts'
import { proseOf } from './render.ts'

/** What the model says: a text, or calls, each with an id of its own in the conversation. */
export type Response =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'calls'; readonly calls: readonly (Planned & { readonly id: string })[] }

/** The whole model as a pure function: same options, same response. */
export function respond(options: LanguageModelV4CallOptions): Response {
  const { prompt, tools = [], toolChoice = { type: 'auto' }, responseFormat } = options
  const whole = conversationOf(prompt)
  const all = tools.filter((tool) => tool.type === 'function').map(profileOf)
  const force = forceOf(toolChoice)
  const isForced = force?.toolName !== undefined && isKeeper({ name: force.toolName })
  const profiles = isForced ? all : all.filter((tool) => !isKeeper(tool))
  const conversation = isForced ? whole : withoutNotes(whole)
  const next = plan(conversation, toolChoice.type === 'none' ? [] : profiles, force)
  const note = isForced || toolChoice.type === 'none' ? undefined : noteOf(whole, all)
  const calls = [...(note ? [note] : []), ...(next.type === 'calls' ? next.calls : [])]
  if (calls.length > 0) return { type: 'calls', calls: numbered(calls, whole) }
  if (responseFormat?.type === 'json')
    return { type: 'text', text: json(conversation, profiles, responseFormat.schema) }
  const text = next.type === 'ask' ? askFor(next.profile, next.missing) : answer(conversation, profiles)
  return { type: 'text', text }
}

function forceOf(choice: NonNullable<LanguageModelV4CallOptions['toolChoice']>) {
  if (choice.type === 'required') return {}
  return choice.type === 'tool' ? { toolName: choice.toolName } : undefined
}

/** Ids count the calls of the prompt; a digest of the request keeps them apart where old messages are cut off. */
function numbered(calls: readonly Planned[], { turns, turn }: Conversation) {
  const before = [...turns, turn].reduce((sum, { calls }) => sum + calls.length, 0)
  const digest = hash(turn.request).toString(36)
  return calls.map((call, index) => ({ ...call, id: `call-${digest}-${before + index + 1}` }))
}

function json(conversation: Conversation, profiles: readonly Profile[], schema: unknown): string {
  const { turn, turns, system } = conversation
  if (schema === undefined) return JSON.stringify({ answer: answer(conversation, profiles) })
  const good = turn.calls.filter(({ outcome }) => outcome?.type === 'ok').toReversed()
  const latest = good[0]?.outcome?.value
  const { value } = fill(schema, {
    text: turn.request,
    system,
    known: good.flatMap((call) => knownIn(call.outcome?.value, call.toolName)),
    earlier: turns.map(({ request }) => request).toReversed(),
    tool: [],
    others: new Set(),
    ...(latest !== undefined && { prose: proseOf(latest) }),
  })
  return JSON.stringify(value)
}
