import type {
  Answer,
  JsonObject,
  OpenAIServer,
  RecordedRequest,
  ToolOutput,
} from '../fixtures/openai/index.ts'
import { lastUserText, toolOutputs } from '../fixtures/openai/index.ts'
import type { Journal } from './journal.ts'
import { createJournal } from './journal.ts'

/** One request to the model for a play. */
export interface Cue {
  /** The step of the turn, from 0: how many rounds of tools have answered since the user spoke. */
  step: number
  /** How often this step was asked for before: more than 0 after a retry, or after a crash. */
  tries: number
  /** What the tools of this turn have answered. */
  results: ToolOutput[]
  request: RecordedRequest
  /** In milliseconds since 1970. */
  at: number
}

/** What the model says in one step of a turn, whoever asks for it and however often. */
export type Line = Answer | ((cue: Cue) => Answer)

/** Scripts for the model by the tag in the user's message, so that many turns can share one model server. */
export interface Stage {
  /** Answers messages that hold `#tag`, a line a step. Gives what it is asked. */
  play(tag: string, ...lines: Line[]): Journal<Cue>
}

export function openStage(model: OpenAIServer): Stage {
  const plays = new Map<string, { lines: Line[]; cues: Journal<Cue> }>()
  model.route((request) => {
    const tag = /#([\w-]+)/.exec(lastUserText(request))?.[1] ?? ''
    const play = plays.get(tag)
    if (!play) return undefined
    const rounds = roundsOfTurn(request)
    const step = rounds.length
    const tries = play.cues.items.filter((cue) => cue.step === step).length
    const cue = { step, tries, results: rounds.flat(), request, at: Date.now() }
    play.cues.add(cue)
    const line = play.lines[step]
    if (line === undefined) throw new Error(`#${tag} has no line for step ${step}`)
    return typeof line === 'function' ? line(cue) : line
  })
  return {
    play: (tag, ...lines) => {
      const cues = createJournal<Cue>()
      plays.set(tag, { lines, cues })
      return cues
    },
  }
}

/** The answers of tools since the user last spoke, by the step that called them. */
function roundsOfTurn({ body }: RecordedRequest): ToolOutput[][] {
  const list = body['messages'] ?? body['input']
  const items = (Array.isArray(list) ? list : []) as JsonObject[]
  const turn = items.slice(items.findLastIndex(({ role }) => role === 'user') + 1)
  const rounds: ToolOutput[][] = []
  let isInRound = false
  for (const item of turn) {
    const outputs = toolOutputs({ body: { messages: [item] } })
    if (outputs.length > 0 && !isInRound) rounds.push([])
    if (outputs.length > 0) rounds.at(-1)?.push(...outputs)
    isInRound = outputs.length > 0
  }
  return rounds
}
