import { commands, isRelevant, isQuestion } from './choose.ts'
import type { Profile } from './choose.ts'
import type { Conversation } from './conversation.ts'
import { correct } from './correct.ts'
import type { Filled } from './fill.ts'
import { gather, isGrounded } from './gather.ts'
import type { Scene } from './gather.ts'
import { intentOf } from './intent.ts'
import type { Leaf } from './leaves.ts'
import { isId, nounsOf } from './roles.ts'
import { choicesOf, isRecord } from './schema.ts'
import { contentOf, isAlike, isStop, relatedTo, stem } from './words.ts'

/** A call to make. */
export interface Planned {
  readonly toolName: string
  readonly input: unknown
}

/** What to do next in a turn: call tools, ask for what is missing, or write the answer. */
export type Plan =
  | { readonly type: 'calls'; readonly calls: readonly Planned[] }
  | { readonly type: 'ask'; readonly profile: Profile; readonly missing: readonly Leaf[] }
  | { readonly type: 'answer' }

/** `force`: a tool must be called, whatever the request says; with a name, that one. */
export interface Force {
  readonly toolName?: string
}

const MAX_CALLS = 8

/** Decides the next step of the running turn. Made afresh from the prompt each time: nothing is remembered. */
export function plan(conversation: Conversation, profiles: readonly Profile[], force?: Force): Plan {
  const { calls } = conversation.turn
  const left = MAX_CALLS - calls.length
  if (profiles.length === 0 || left <= 0) return { type: 'answer' }
  const desk: Desk = { conversation, profiles, intent: intentOf(conversation, profiles), asked: [] }
  const next =
    force && calls.length === 0
      ? forced(desk, force)
      : [...corrections(desk), ...goals(desk), ...followers(desk)]
  const done = new Set(calls.map(keyOf))
  const fresh = next.filter(
    (call, index) => !done.has(keyOf(call)) && next.findIndex((one) => keyOf(one) === keyOf(call)) === index,
  )
  if (fresh.length > 0) return { type: 'calls', calls: fresh.slice(0, left) }
  const [question] = desk.asked
  return question && calls.length === 0 ? { type: 'ask', ...question } : { type: 'answer' }
}

/** The scene, and the questions that turned up while planning. */
interface Desk extends Scene {
  readonly asked: { profile: Profile; missing: readonly Leaf[] }[]
}

function forced(desk: Desk, { toolName }: Force): Planned[] {
  const { profiles, intent } = desk
  const open = toolName === undefined ? intent.goals : profiles.filter(({ name }) => name === toolName)
  const ready = toolName === undefined ? goals(desk) : []
  const [first] = open.length > 0 ? open : profiles
  return ready.length > 0 || !first ? ready : inputsOf(first, gather(first, desk))
}

/** One more try for each tool that has failed once and whose error says what to change. */
function corrections(desk: Desk): Planned[] {
  const { turn } = desk.conversation
  const failed = turn.calls.filter(({ outcome }) => outcome?.type === 'error')
  return failed.flatMap((call) => {
    const profile = desk.profiles.find(({ name }) => name === call.toolName)
    const isRetried = turn.calls.some(
      ({ toolName, step }) => toolName === call.toolName && step !== call.step,
    )
    if (!profile || isRetried) return []
    const fresh = gather(profile, desk).value
    const input = correct(profile.schema, call.input, call.outcome?.value, turn.request, fresh)
    return input ? [{ toolName: call.toolName, input }] : []
  })
}

/**
 * What the request asks for and was not called yet, or what must be known before that. What rests on a guess waits
 * until the others have results.
 */
function goals(desk: Desk): Planned[] {
  const open = desk.intent.goals.filter((profile) => !isCalled(profile, desk))
  const next = open.map((profile) => {
    const calls = ready(profile, desk, [profile])
    const isOwn = calls.some(({ toolName }) => toolName === profile.name)
    return { calls, isSure: !isOwn || isGrounded(profile, gather(profile, desk)) }
  })
  const sure = next.filter(({ calls, isSure }) => isSure && calls.length > 0)
  return (sure.length > 0 ? sure : next).flatMap(({ calls }) => calls)
}

/** What the results have made possible: the request speaks of it and a result gives its required input. */
function followers(desk: Desk): Planned[] {
  const { conversation, profiles, intent } = desk
  const { request, calls } = conversation.turn
  if (!calls.some(({ outcome }) => outcome?.type === 'ok')) return []
  const called = profiles.filter((profile) => isCalled(profile, desk) || intent.goals.includes(profile))
  const open = profiles.filter((profile) => !called.includes(profile))
  return open.flatMap((profile) => {
    const isMeant = intent.by === 'brief' ? !profile.isActing : isRelevant(request, profile, profiles, called)
    if (!isMeant || (profile.isActing && !isCommanded(request, profile))) return []
    const filled = gather(profile, desk)
    const isFed = profile.leaves.some(
      ({ path, required }) => required && filled.sources.get(path) === 'result',
    )
    return isFed && filled.missing.length === 0 ? inputsOf(profile, filled) : []
  })
}

/** The calls that bring a goal nearer: its own, or those of the tools that give what it lacks. */
function ready(profile: Profile, desk: Desk, path: readonly Profile[]): Planned[] {
  const filled = gather(profile, desk)
  const first = lookupFirst(filled, desk, path)
  if (first.length > 0) return first
  const producers = filled.missing
    .map((leaf) => producerOf(leaf, desk, path))
    .filter((one) => one !== undefined)
  const before = [...new Set(producers)].flatMap((one) => ready(one, desk, [...path, one]))
  if (before.length > 0) return before
  if (path.length > 1 && filled.missing.length > 0) {
    desk.asked.push({ profile, missing: filled.missing })
    return []
  }
  return isEnough(profile, filled, desk) ? inputsOf(profile, filled) : []
}

/** Look before you act: what an acting goal is about is looked up first, if there is a tool for that. */
function lookupFirst({ sources }: Filled, desk: Desk, path: readonly Profile[]): Planned[] {
  const [root] = path
  const last = path.at(-1)
  if (!root?.isActing || !last || isQuestion(desk.conversation.turn.request)) return []
  const nouns = last.leaves.filter((leaf) => isId(leaf) && sources.get(leaf.path) === 'text').flatMap(nounsOf)
  const looker = desk.profiles.find(
    (one) =>
      !path.includes(one) && !isCalled(one, desk) && isLookup(one) && nouns.includes(one.stems.at(-1) ?? ''),
  )
  const filled = looker && gather(looker, desk)
  return looker && filled && filled.missing.length === 0 ? inputsOf(looker, filled) : []
}

const isLookup = ({ stems, isActing }: Profile): boolean =>
  !isActing && ['get', 'find', 'check'].map(stem).some((verb) => isAlike(verb, stems[0] ?? ''))

/** The tool whose words promise the value of a leaf; it must not itself ask for it. */
function producerOf(leaf: Leaf, desk: Desk, path: readonly Profile[]): Profile | undefined {
  const last = path.at(-1)
  const own = last && isLookup(last) ? last.stems : []
  const nouns = nounsOf(leaf).filter((noun) => !isStop(noun) && noun.length > 2 && !own.includes(noun))
  const scored = desk.profiles
    .filter((one) => !path.includes(one) && !isCalled(one, desk))
    .filter((one) => !one.isActing || desk.intent.goals.includes(one))
    .filter((one) => !one.leaves.some((own) => own.required && own.stems.join() === leaf.stems.join()))
    .map((one) => ({
      one,
      score: Math.max(
        0,
        ...nouns.flatMap((noun) => [noun, ...relatedTo(noun)]).map((word) => one.bag.get(word) ?? 0),
      ),
    }))
    .filter(({ score }) => score >= 1.2)
    .sort((a, b) => b.score - a.score)
  return scored[0]?.one
}

/** Whether to call with neutral values in the gaps. A name or mark that nobody gave is asked for instead. */
function isEnough(profile: Profile, { sources, missing }: Filled, desk: Desk): boolean {
  const { intent } = desk
  const found = [...sources.values()]
  if (intent.by === 'follow-up' && found.every((source) => source === 'earlier')) return false
  const names = missing.filter(({ shapes }) =>
    shapes.every((shape) => shape.type === 'string' && !choicesOf(shape)),
  )
  if (names.length === 0 && !(profile.isActing && missing.length > 0)) return true
  if (found.length > 0 && !profile.isActing && intent.by === 'words') return true
  if (intent.by === 'words' || intent.by === 'follow-up') desk.asked.push({ profile, missing })
  return false
}

const inputsOf = ({ name }: Profile, { value, siblings }: Filled): Planned[] =>
  [value, ...siblings].map((input) => ({ toolName: name, input }))

const isCalled = ({ name }: Profile, { conversation }: Desk): boolean =>
  conversation.turn.calls.some(({ toolName }) => toolName === name)

const isCommanded = (request: string, profile: Profile): boolean =>
  contentOf(request).includes(profile.stems[0] ?? '') || commands(contentOf(request), profile)

const keyOf = ({ toolName, input }: Planned): string => `${toolName} ${stable(input)}`

function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join()}]`
  if (!isRecord(value)) return JSON.stringify(value) ?? ''
  return `{${Object.keys(value)
    .sort()
    .map((key) => `${key}:${stable(value[key])}`)
    .join()}}`
}
