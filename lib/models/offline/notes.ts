import type { Profile } from './choose.ts'
import type { Call, Conversation, Turn } from './conversation.ts'
import type { Leaf } from './leaves.ts'
import type { Planned } from './plan.ts'
import { statementsIn } from './recall.ts'
import { itemsOf } from './schema.ts'
import { stem } from './words.ts'

/** The tool by which an agent keeps its working memory. No request asks for it, whatever its words. */
const KEEPER = 'updateWorkingMemory'

export const isKeeper = ({ name }: Pick<Profile, 'name'>): boolean => name === KEEPER

/** The conversation without what was noted in it: that is no work that somebody asked for. */
export function withoutNotes(conversation: Conversation): Conversation {
  return { ...conversation, turns: conversation.turns.map(bare), turn: bare(conversation.turn) }
}

/** The call that keeps what the user has just told of themselves; undefined if there is nothing to keep, or it was. */
export function noteOf({ turn, system }: Conversation, tools: readonly Profile[]): Planned | undefined {
  const keeper = tools.find(isKeeper)
  const said = keeper && !turn.calls.some(isNote) ? statementsIn(turn.request) : []
  if (!keeper || said.length === 0) return undefined
  const isText = keeper.leaves.some(({ path }) => path === '/memory')
  const memory = isText ? notesWith(said, system) : fieldsOf(said, keeper.leaves)
  return memory === undefined ? undefined : { toolName: KEEPER, input: { memory } }
}

const bare = (turn: Turn): Turn => ({ ...turn, calls: turn.calls.filter((call) => !isNote(call)) })

const isNote = ({ toolName }: Call): boolean => toolName === KEEPER

/** The fields that a sentence names, or that its verb stands for; undefined if there are none. */
function fieldsOf(said: readonly string[], leaves: readonly Leaf[]): object | undefined {
  const kept = leaves.flatMap(({ path, name, shapes }): [string, unknown][] => {
    const words = said.map((sentence) => valueFor(name, sentence)).find((value) => value !== undefined)
    const [shape] = shapes
    if (!shape || words === undefined || path.split('/').length !== 3) return []
    if (shape.type === 'string') return [[name, words]]
    const isList = shape.type === 'array' && itemsOf(shape)[0]?.type === 'string'
    return isList ? [[name, words.split(/\s*,\s*(?:and\s+)?|\s+and\s+/)]] : []
  })
  return kept.length > 0 ? Object.fromEntries(kept) : undefined
}

/** What a field is called, and how its value is told without that name. */
const TOLD: readonly (readonly [RegExp, RegExp])[] = [
  [/name$/i, /\b(?:[Cc]all me|I am|I['’]m) (\p{Lu}[\p{L}'-]*)$/u],
  [/^(?:city|town|home|location|place|country|address)$/i, /\bI (?:live in|am from|moved to) (.+)$/i],
  [/^(?:likes?|interests?|hobbies|preferences)$/i, /\bI (?:really )?(?:like|love|prefer) (.+)$/i],
  [/^dislikes?$/i, /\bI (?:hate|dislike|do not like|don['’]t like) (.+)$/i],
  [/^(?:job|role|occupation|profession)$/i, /\bI (?:work as|am) an? (.+)$/i],
]

function valueFor(field: string, sentence: string): string | undefined {
  const bare = sentence.replace(/[.!\s]+$/, '')
  const named = /\bmy ([\w' -]+?) (?:is|are) (?:called )?(.+)$/i.exec(bare)
  if (named?.[1] && plain(named[1]) === plain(field)) return named[2]
  const told = TOLD.find(([name, verb]) => name.test(field) && verb.test(bare))
  return told?.[1].exec(bare)?.[1]
}

const plain = (name: string): string => stem(name.toLowerCase().replaceAll(/[^a-z]/g, ''))

/** The notes that the system message shows, whole, with what was said behind them. */
function notesWith(said: readonly string[], system: string): string | undefined {
  const shown = /(?:^|\n)## Working memory\n.*\n\n([^]*?)(?=\n+## |$)/.exec(system)?.[1] ?? ''
  const before = shown.replace('(nothing yet)', '').trim()
  const fresh = said.filter((sentence) => !before.includes(sentence))
  return fresh.length > 0 ? [before, ...fresh.map((one) => `- ${one}`)].join('\n').trim() : undefined
}
