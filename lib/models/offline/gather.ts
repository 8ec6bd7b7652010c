import type { Profile } from './choose.ts'
import { clauseFor } from './clauses.ts'
import type { Call, Conversation } from './conversation.ts'
import type { Evidence } from './evidence.ts'
import { fill } from './fill.ts'
import type { Filled } from './fill.ts'
import { refersBack } from './intent.ts'
import type { Intent } from './intent.ts'
import { knownIn } from './known.ts'
import { proseOf } from './render.ts'
import { isRecord } from './schema.ts'

/** A turn being worked on: what was said, with which tools, to what end. */
export interface Scene {
  readonly conversation: Conversation
  readonly profiles: readonly Profile[]
  readonly intent: Intent
}

/** How many earlier requests are searched, and how much of each. */
const REMEMBERED = 6
const READ = 2000

/** The arguments that the conversation gives a tool at this point of the turn. */
export function gather(profile: Profile, { conversation, profiles, intent }: Scene): Filled {
  const { turn, turns, system } = conversation
  const isFollowUp = intent.by === 'follow-up'
  const back = isFollowUp || refersBack(turn.request) ? intent.since : undefined
  const results = [...(back && !isFollowUp ? back.calls : []), ...turn.calls].filter(isGood).toReversed()
  const latest = results[0]?.outcome?.value
  const said = turns.map(({ request }) => request).toReversed()
  const evidence: Evidence = {
    text: intent.by === 'words' ? clauseFor(turn.request, profile, intent.goals) : turn.request,
    system,
    known: results.flatMap((call) => knownIn(call.outcome?.value, call.toolName, call.input)),
    earlier: [turn.request, ...said.slice(0, REMEMBERED)].map((text) => text.slice(0, READ)),
    tool: profile.stems,
    others: new Set(profiles.filter((one) => one !== profile).flatMap(({ stems }) => stems)),
    ...(latest !== undefined && { prose: proseOf(latest) }),
  }
  const made = back?.calls.findLast(({ toolName }) => toolName === profile.name)?.input
  const previous =
    made ?? (back && fill(profile.schema, { ...evidence, text: back.request, earlier: [] }).value)
  return fill(profile.schema, isRecord(previous) ? { ...evidence, previous } : evidence)
}

const isGood = ({ outcome }: Call): boolean => outcome?.type === 'ok'
