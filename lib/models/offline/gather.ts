import type { Profile } from './choose.ts'
import { clauseFor } from './clauses.ts'
import type { Call, Conversation, Turn } from './conversation.ts'
import type { Evidence } from './evidence.ts'
import { fill } from './fill.ts'
import type { Filled } from './fill.ts'
import { saysMore } from './intent.ts'
import type { Intent } from './intent.ts'
import { knownIn } from './known.ts'
import type { Known } from './known.ts'
import { proseOf } from './render.ts'
import { isRecord } from './schema.ts'
import type { Schema } from './schema.ts'

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
  const back = intent.since
  const redone = new Set(intent.goals.map(({ name }) => name))
  const kept = back && intent.by !== 'follow-up' ? back.calls : []
  const results = [...without(redone, kept), ...turn.calls].filter(isGood).toReversed()
  const latest = results[0]?.outcome?.value
  const said = turns.map(({ request }) => request).toReversed()
  const evidence: Evidence = {
    text: intent.by === 'words' ? clauseFor(turn.request, profile, intent.goals) : turn.request,
    system,
    known: knownFrom(results),
    earlier: [turn.request, ...said.slice(0, REMEMBERED)].map((text) => text.slice(0, READ)),
    tool: profile.stems,
    others: new Set(profiles.filter((one) => one !== profile).flatMap(({ stems }) => stems)),
    ...(latest !== undefined && { prose: proseOf(latest) }),
  }
  const made = back && lastMade(profile.name, [...turns, back], redone)
  const previous =
    made?.input ?? (back && fill(profile.schema, { ...evidence, text: back.request, earlier: [] }).value)
  const filled = fill(profile.schema, isRecord(previous) ? { ...evidence, previous } : evidence)
  const isAwaited = made?.givers.some((name) => !turn.calls.some(({ toolName }) => toolName === name))
  if (made && isAwaited) return awaiting(filled, profile, made.input)
  const old = without(
    redone,
    turns.flatMap(({ calls }) => calls.filter(isGood)),
  )
  if (isGrounded(profile, filled) || old.length === 0 || saysMore(turn.request, intent.goals)) return filled
  return fill(profile.schema, { ...evidence, known: [...evidence.known, ...knownFrom(old.toReversed())] })
}

/** Whether no required value is a guess or a gap. */
export const isGrounded = ({ leaves }: Profile, { sources, missing }: Filled): boolean =>
  missing.length === 0 && leaves.every(({ path, required }) => !required || sources.get(path) !== 'guess')

const without = (names: ReadonlySet<string>, calls: readonly Call[]): Call[] =>
  calls.filter(({ toolName }) => !names.has(toolName))

const knownFrom = (calls: readonly Call[]): Known[] =>
  calls.flatMap((call) => knownIn(call.outcome?.value, call.toolName, call.input))

/**
 * The arguments of a tool's last call in these turns, but for what it took from the results of tools that are now
 * called again: that comes anew. `givers` are those tools.
 */
function lastMade(name: string, turns: readonly Turn[], redone: ReadonlySet<string>) {
  const calls = turns.flatMap((turn) => turn.calls)
  const made = calls.findLast(({ toolName }) => toolName === name)?.input
  if (!isRecord(made)) return undefined
  const givers = new Set<string>()
  const isTaken = (value: unknown): boolean => {
    const giver = calls.find(
      (call) =>
        redone.has(call.toolName) &&
        call.toolName !== name &&
        knownFrom([call]).some((one) => !one.isEcho && JSON.stringify(one.value) === JSON.stringify(value)),
    )
    if (giver) givers.add(giver.toolName)
    return giver !== undefined
  }
  const input: Schema = Object.fromEntries(Object.entries(made).filter(([, value]) => !isTaken(value)))
  return { input, givers: [...givers] }
}

/** What other tools have to give first is missing, even if a word of the text would fit in its place. */
function awaiting(filled: Filled, { leaves }: Profile, kept: Schema): Filled {
  const gaps = leaves.filter(({ name, required }) => required && !(name in kept))
  return { ...filled, missing: [...new Set([...filled.missing, ...gaps])] }
}

const isGood = ({ outcome }: Call): boolean => outcome?.type === 'ok'
